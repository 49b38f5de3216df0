//! The CSRF token for the forms of a page.

use crate::http::{HttpRequest, request};
use crate::session::SessionManager;

/// The CSRF token for a form of the current request: see [`HttpRequest::csrf_token`].
///
/// # Panics
/// Outside a request.
#[track_caller]
pub fn csrf_token() -> String {
    request().csrf_token()
}

impl HttpRequest {
    /// The CSRF token for a form's hidden field `_token` or the header `X-CSRF-TOKEN`, masked anew with each call.
    ///
    /// Asking stores nothing. A visitor who has no session is given a token that counts for two hours, until there is a
    /// session; a route without sessions gives the same. It is empty where there is neither a session nor an `APP_KEY`.
    pub fn csrf_token(&self) -> String {
        if let Some(session) = self.try_session() {
            return session.masked_token();
        }
        let manager = self.container().make::<SessionManager>().ok();
        manager.and_then(|manager| crate::session::guest_token(&manager)).unwrap_or_default()
    }
}
