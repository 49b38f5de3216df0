//! The middleware that refuses requests from other sites.

use http::header::ORIGIN;

use crate::error::Error;
use crate::http::{HttpRequest, Middleware, Next, Result};

/// Refuses requests of other methods than `GET`, `HEAD` and `OPTIONS` that the browser says come from elsewhere.
///
/// Registered as `csrf`; the `web` group has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PreventRequestForgery;

impl Middleware for PreventRequestForgery {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        if req.method().is_safe() || req.is_same_origin(&ORIGIN) {
            return Ok(next.run(req).await);
        }
        Err(Error::new(
            419,
            "this page has expired, or the request came from another site; go back, reload and try again",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&'static str, &'static str)]) -> bool {
        let host = [("host", "a.test:8000")];
        HttpRequest::get(&[&host, headers].concat()).is_same_origin(&ORIGIN)
    }

    #[test]
    fn the_browser_is_believed_about_where_a_request_comes_from() {
        assert!(allowed(&[]));
        assert!(allowed(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(allowed(&[("sec-fetch-site", "none")]));
        assert!(allowed(&[("origin", "http://a.test:8000")]));
        assert!(!allowed(&[("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&[("sec-fetch-site", "same-site")]));
        assert!(!allowed(&[("sec-fetch-site", "Same-Origin")]));
        assert!(!allowed(&[("origin", "http://a.test")]));
        assert!(!allowed(&[("origin", "http://evil.test:8000")]));
        assert!(!allowed(&[("origin", "null")]));
    }
}
