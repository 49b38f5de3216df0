//! From a token to its session, and from the session to the store and the browser.

mod cookie_name;
mod end;
mod error;
mod load;
mod plan;
mod rules;
mod set_cookie;
mod size;
mod store;
mod work;

pub(crate) use error::{CommitError, Failed};
pub(crate) use load::{DriverBackend, Lookup};
pub(crate) use plan::Plan;
pub(crate) use rules::Rules;
pub(crate) use set_cookie::SetCookie;
pub(crate) use size::Limit;
pub(crate) use store::{CookieChange, Ending};
pub(crate) use work::Work;
