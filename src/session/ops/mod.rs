//! The operator's side: listing, ending, counting and sweeping sessions.

mod admin;
mod stats;
pub(crate) mod sweeper;
mod walk;

pub use stats::{Bin, SessionStats, Spread};
pub use walk::{SessionPages, SessionSummary, StoredSession};
