//! The operator's side: listing, ending, counting and sweeping sessions.

mod admin;
mod stats;
pub(crate) mod sweeper;
mod user_sessions;
mod walk;

pub(crate) use admin::{destroy, destroy_all, find, prune, sweep};
pub(crate) use stats::stats;
pub use stats::{Bin, SessionStats, Spread};
pub use user_sessions::UserSessions;
pub(crate) use walk::list;
pub use walk::{SessionBatches, SessionSummary, StoredSession};
