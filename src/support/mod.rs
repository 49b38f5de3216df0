//! Small things that know nothing of the web: the clock, dotted keys, futures, the limit of open files.

mod clock;
pub mod dot;
mod future;
pub(crate) mod open_files;
mod place;

pub use clock::{Clock, ManualClock, SystemClock};
pub use future::{BoxFuture, CatchUnwind, panic_message};
pub(crate) use place::place;
