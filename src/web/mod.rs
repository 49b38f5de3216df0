//! The session on a request, and what else the middleware group `web` has.

mod cookies;
mod csrf;
mod page;
mod previous_url;
mod redirect;
mod require_password;
mod start_session;

pub use cookies::{AddQueuedCookies, Cookie, CookieJar, cookies};
pub use csrf::PreventRequestForgery;
pub use previous_url::back;
pub use require_password::RequirePassword;
pub use start_session::StartSession;
