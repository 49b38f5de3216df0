//! What an action may return.

use std::borrow::Cow;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::{BoxError, Error};
use crate::http::{Body, Response};

/// What an action may return.
///
/// Strings are plain text: markup that came from a visitor is then shown and not run. Say [`html`] or use a
/// view for HTML.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a response",
    label = "an action cannot return `{Self}`",
    note = "write `json(value)` for a value that is `serde::Serialize`, or `impl IntoResponse for {Self} {{ ... }}`",
    note = "or return text, `html(...)`, `view(...)`, `redirect(...)`, a `Response`, or a `Result` or `Option` of one of them"
)]
pub trait IntoResponse {
    /// Makes the response.
    fn into_response(self) -> Response;
}

/// A body of `text/html`.
#[derive(Clone, Debug)]
pub struct Html<T>(pub T);

/// A body of `application/json`.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

// Statics, whose characters are checked when this is compiled and not with every response.
static TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
static HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
static JSON: HeaderValue = HeaderValue::from_static("application/json");
static BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Answers with HTML that the caller vouches for.
pub fn html(text: impl Into<Bytes>) -> Response {
    Response::typed(text.into(), &HTML)
}

/// Answers with a value as JSON; a value that cannot be serialised is a 500.
#[track_caller]
pub fn json(value: impl Serialize) -> Response {
    match serde_json::to_vec(&value) {
        Ok(bytes) => Response::typed(bytes, &JSON),
        Err(error) => Response::from_error(error.into()),
    }
}

/// Answers with 204 and nothing else.
pub fn no_content() -> Response {
    Response::new(Body::empty()).status(204)
}

/// Answers with a body that is sent while it is made.
pub fn stream<S, B, E>(body: S) -> Response
where
    S: Stream<Item = Result<B, E>> + Send + 'static,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    Response::typed(Body::stream(body), &BYTES)
}

impl IntoResponse for () {
    fn into_response(self) -> Response {
        Response::new(Body::empty())
    }
}

impl IntoResponse for &'static str {
    fn into_response(self) -> Response {
        Response::typed(Bytes::from_static(self.as_bytes()), &TEXT)
    }
}

impl IntoResponse for String {
    fn into_response(self) -> Response {
        Response::typed(self, &TEXT)
    }
}

impl IntoResponse for Cow<'static, str> {
    fn into_response(self) -> Response {
        self.into_owned().into_response()
    }
}

impl IntoResponse for Bytes {
    fn into_response(self) -> Response {
        Response::typed(self, &BYTES)
    }
}

impl IntoResponse for Vec<u8> {
    fn into_response(self) -> Response {
        Bytes::from(self).into_response()
    }
}

impl IntoResponse for serde_json::Value {
    fn into_response(self) -> Response {
        json(self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        json(self.0)
    }
}

impl<T: Into<Bytes>> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        html(self.0)
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        Response::new(Body::empty()).status(self.as_u16())
    }
}

impl<T: IntoResponse> IntoResponse for (u16, T) {
    #[track_caller]
    fn into_response(self) -> Response {
        self.1.into_response().status(self.0)
    }
}

impl<T: IntoResponse> IntoResponse for (StatusCode, T) {
    fn into_response(self) -> Response {
        self.1.into_response().status(self.0.as_u16())
    }
}

impl<T: IntoResponse, E: Into<Error>> IntoResponse for Result<T, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => Response::from_error(error.into()),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Response::from_error(self)
    }
}

/// Text as HTML shows it: with `&`, `<`, `>` and quotes escaped.
pub fn html_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
