//! The middleware that refuses requests from other sites.

use crate::error::Error;
use crate::http::{HttpRequest, Middleware, Next, Result};

/// Refuses requests of other methods than `GET`, `HEAD` and `OPTIONS` that the browser says come from elsewhere.
///
/// Registered as `csrf`; the `web` group has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PreventRequestForgery;

impl Middleware for PreventRequestForgery {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        if req.method().is_safe() || comes_from_here(&req) {
            return Ok(next.run(req).await);
        }
        Err(Error::new(
            419,
            "this page has expired, or the request came from another site; go back, reload and try again",
        ))
    }
}

fn comes_from_here(req: &HttpRequest) -> bool {
    match req.header("sec-fetch-site") {
        // `none` is the visitor's own doing: the address bar, a bookmark.
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match req.headers().get("origin") {
            None => true,
            Some(origin) => origin.to_str().is_ok_and(|origin| is_own_origin(origin, req)),
        },
    }
}

/// Compared by host: behind a proxy that ends TLS and is not in `trusted_proxies`, the scheme that we see is not
/// the one that the browser sees. A page of the same host over another scheme is not told apart here; browsers
/// that send `Sec-Fetch-Site` do.
fn is_own_origin(origin: &str, req: &HttpRequest) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    matches!(scheme, "http" | "https") && host.eq_ignore_ascii_case(req.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&'static str, &'static str)]) -> bool {
        let host = [("host", "a.test:8000")];
        comes_from_here(&HttpRequest::get(&[&host, headers].concat()))
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
