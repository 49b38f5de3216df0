//! The session on a request, and what else the middleware group `web` has.

#[cfg(feature = "auth")]
mod after_commit;
mod cookie;
mod cookies;
mod csrf;
mod encrypt_cookies;
mod previous_url;
mod redirect;
mod require_password;
mod secret_input;
mod secure_headers;
mod start_session;
mod validate_signature;

#[cfg(feature = "auth")]
pub(crate) use after_commit::AfterCommit;
pub use cookie::Cookie;
pub use cookies::{AddQueuedCookies, CookieJar, cookies};
pub use csrf::{PreventRequestForgery, csrf_token};
pub use encrypt_cookies::EncryptCookies;
pub use previous_url::back;
pub use require_password::RequirePassword;
#[cfg(feature = "views")]
pub(crate) use secure_headers::nonce_of;
pub use secure_headers::{SecureHeaders, csp_nonce};
pub use start_session::StartSession;
pub use validate_signature::ValidateSignature;
