//! Small things that know nothing of the web: the clock, dotted keys, durations as text, futures, the limit of open files.

mod clock;
#[cfg(feature = "session")]
pub mod dot;
#[cfg(feature = "session")]
pub mod duration;
mod future;
#[cfg(feature = "session")]
pub(crate) mod lock;
#[cfg(feature = "session")]
#[cfg_attr(not(feature = "framework"), allow(dead_code, reason = "the framework calls all of it"))]
pub(crate) mod media_type;
#[cfg(feature = "framework")]
mod nearest;
#[cfg(feature = "session")]
pub(crate) mod open_files;
#[cfg(feature = "session")]
mod place;
#[cfg(feature = "session")]
mod secret;
#[cfg(any(feature = "console", feature = "logging"))]
pub(crate) mod terminal;
#[cfg(any(feature = "console", feature = "installer"))]
mod words;

pub use clock::{Clock, ManualClock, SystemClock};
#[cfg(feature = "session")]
pub(crate) use clock::{SKEW, is_within};
pub use future::{BoxFuture, CatchUnwind, panic_message};
#[cfg(feature = "framework")]
pub(crate) use nearest::nearest;
#[cfg(feature = "framework")]
pub(crate) use place::place;
#[cfg(feature = "session")]
pub(crate) use place::plain_path;
#[cfg(feature = "session")]
pub use secret::Secret;
#[cfg(any(feature = "console", feature = "installer"))]
pub(crate) use words::is_word_of_rust;
