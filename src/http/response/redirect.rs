//! Sending the visitor elsewhere.

use http::Method;
use http::header::{HeaderValue, LOCATION};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::error::Error;
use crate::http::{Body, IntoResponse, Response, try_request};

/// A redirect.
///
/// Its status is 303 in the answer to `PUT`, `PATCH` and `DELETE` and 302 otherwise, unless
/// [`status`](Redirect::status) sets another. Browsers repeat those methods after a 302.
#[derive(Clone, Debug)]
#[must_use = "a redirect does nothing until it is returned"]
pub struct Redirect {
    location: String,
    status: Option<u16>,
}

/// Redirects to a path of this application, or to a full URL that the caller vouches for.
///
/// Behind a trusted proxy that has the application below a path (`X-Forwarded-Prefix`), the visitor is sent below that
/// path; a location that begins with it already stays as it is.
///
/// Never hand it what a visitor sent: use [`Redirect::local`] for that.
pub fn redirect(location: impl Into<String>) -> Redirect {
    Redirect { location: location.into(), status: None }
}

/// Whether a target is a path of this application and cannot be read as another host by any browser.
pub(crate) fn is_local(target: &str) -> bool {
    let mut bytes = target.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && target.bytes().all(|byte| byte > b' ' && byte != b'\\' && byte != 0x7f)
}

impl Redirect {
    /// Redirects to a target that a visitor chose, if it is a path of this application, else to `fallback`.
    ///
    /// Refuses `//evil`, `/\evil`, `https:evil`, `javascript:` and control characters (OWASP ASVS 5.0, 3.7.2).
    pub fn local(target: &str, fallback: impl Into<String>) -> Self {
        if is_local(target) { redirect(target) } else { redirect(fallback) }
    }

    /// Uses another status: 301, 303, 307 or 308.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        &self.location
    }
}

impl IntoResponse for Redirect {
    fn into_response(mut self) -> Response {
        if let Some(req) = try_request() {
            self.location = req.prefixed(self.location);
        }
        let ascii = encode(&self.location);
        match HeaderValue::from_str(&ascii) {
            Ok(location) if !self.location.contains(char::is_control) => {
                let mut response =
                    Response::new(Body::empty()).status(self.status.unwrap_or_else(default_status));
                response.headers_mut().insert(LOCATION, location);
                response
            }
            _ => Response::from_error(Error::with_source(
                500,
                format!(
                    "cannot redirect to `{}`: it has a control character",
                    self.location.escape_debug()
                ),
            )),
        }
    }
}

/// What makes a browser send `GET` next: after a 302 it does so only in place of `POST` (Fetch standard, HTTP-redirect
/// fetch).
fn default_status() -> u16 {
    let repeats = |method: &Method| matches!(*method, Method::PUT | Method::PATCH | Method::DELETE);
    if try_request().is_some_and(|req| repeats(req.method())) { 303 } else { 302 }
}

/// Percent-encodes what is not ASCII: a `Location` is a URI reference (RFC 9110, 10.2.2). A backslash too, which
/// browsers would read as a slash: `/\evil.test` would lead to another host.
fn encode(location: &str) -> String {
    const SET: &AsciiSet = &CONTROLS.add(b'\\');
    utf8_percent_encode(location, SET).to_string()
}

impl From<Redirect> for Response {
    fn from(redirect: Redirect) -> Self {
        redirect.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_a_browser_could_take_for_another_host_is_not_local() {
        for evil in [
            "//evil.test",
            "/\\evil.test",
            "\\\\evil",
            "https:evil",
            "https://evil",
            "javascript:alert(1)",
            "/\t/evil",
            "",
            "evil",
            "/ok\r\nset-cookie: a=b",
            "/a b",
            "/a\\b",
        ] {
            assert!(!is_local(evil), "{evil:?}");
        }
        for fine in ["/", "/photos/5?page=2#top", "/%09/x", "/caf%C3%A9"] {
            assert!(is_local(fine), "{fine:?}");
        }
    }

    #[test]
    fn a_line_break_in_a_location_is_an_error_and_no_second_header() {
        let response = redirect("/a\r\nset-cookie: stolen=1").into_response();
        assert_eq!(response.status_code(), 500);
        assert!(response.headers().is_empty());
    }
}
