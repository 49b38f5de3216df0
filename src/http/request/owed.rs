//! The cookie that a response must have, whatever becomes of it on its way out.

use http::HeaderValue;

use super::HttpRequest;

impl HttpRequest {
    /// Notes a `Set-Cookie` that the response must have, also where a middleware further out replaces it: what the cookie is
    /// about has been stored.
    pub(crate) fn owe_cookie(&self, cookie: HeaderValue) {
        // Only the outermost `StartSession` commits, and once.
        let _ = self.0.owed_cookie.set(Box::new(cookie));
    }

    /// The cookie that was noted.
    pub(crate) fn owed_cookie(&self) -> Option<&HeaderValue> {
        self.0.owed_cookie.get().map(|cookie| &**cookie)
    }
}
