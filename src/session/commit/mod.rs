//! From a request's cookies to its session, and from the session to the store and the browser.

mod cookie;
mod cookie_name;
mod end;
mod error;
mod load;
mod plan;
mod prepare;
mod set_cookie;
mod size;
mod store;

pub(crate) use error::{CommitError, Failed};
pub(crate) use set_cookie::SetCookie;
pub(crate) use store::{CookieChange, Ending};
