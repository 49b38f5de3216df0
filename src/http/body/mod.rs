//! The body of a request on its way in, and of a response on its way out.

#[allow(clippy::module_inception, reason = "`Body` is what this folder is about")]
mod body;
mod collect;
mod limits;
#[cfg(feature = "uploads")]
mod pieces;

pub use body::Body;
pub(crate) use collect::{BodyKind, BodyTimeouts, InputBody, UnreadBody, parse_query};
pub(crate) use limits::ChangeLimits;
pub use limits::Limits;
