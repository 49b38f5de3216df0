//! What a commit does, how large a session may be, and what the browser is told.

mod cookie_name;
mod error;
mod plan;
mod set_cookie;
mod size;

pub(crate) use error::{CommitError, Failed};
pub(crate) use plan::{Ending, Plan, Rules, Work, admit};
pub(crate) use set_cookie::{CookieChange, SetCookie};
pub(crate) use size::Limit;
