//! The answer to a request.

use std::sync::Arc;

use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::error::Error;
use crate::http::{Body, IntoResponse};

/// The answer to a request: status, headers, body.
///
/// Built from anything that is [`IntoResponse`] and changed by chaining:
///
/// ```
/// use lunox::prelude::*;
///
/// let response = json(serde_json::json!({"saved": true})).status(201).header("x-version", "2");
/// assert_eq!(response.status_code(), 201);
/// ```
#[derive(Debug)]
#[must_use = "a response does nothing until it is returned"]
pub struct Response(Box<Inner>);

/// In a box: a response passes from hand to hand, through each middleware.
#[derive(Debug)]
struct Inner {
    http: http::Response<Body>,
    /// An error that has not been rendered yet, or the one that the body was rendered from.
    error: Option<ErrorState>,
}

#[derive(Debug)]
enum ErrorState {
    Unrendered(Error),
    Rendered(Arc<Error>),
}

impl Response {
    /// A 200 with a body and no content type.
    pub fn new(body: impl Into<Body>) -> Self {
        Self(Box::new(Inner { http: http::Response::new(body.into()), error: None }))
    }

    /// A 200 with a body of the given content type.
    pub(crate) fn typed(body: impl Into<Body>, content_type: &'static HeaderValue) -> Self {
        let mut response = Self::new(body);
        response.headers_mut().insert(CONTENT_TYPE, content_type.clone());
        response
    }

    /// A response that will be rendered from `error` before anyone sees it.
    pub(crate) fn from_error(error: Error) -> Self {
        let mut response = Self::new(Body::empty());
        *response.0.http.status_mut() = error.status();
        response.0.error = Some(ErrorState::Unrendered(error));
        response
    }

    /// Sets the status.
    ///
    /// # Panics
    /// When the number is no HTTP status (100 to 999).
    #[track_caller]
    pub fn status(mut self, status: u16) -> Self {
        match StatusCode::from_u16(status) {
            Ok(status) => *self.0.http.status_mut() = status,
            Err(_) => panic!("{status} is no HTTP status; use a number from 100 to 999"),
        }
        self
    }

    /// Sets a header, in place of one of the same name.
    ///
    /// A value with a line break or another control character makes the response a 500: such a value could
    /// otherwise add headers of its own (OWASP ASVS 5.0, 4.2.4).
    #[track_caller]
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let (name, value) = (name.as_ref(), value.as_ref());
        match (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                self.headers_mut().insert(name, value);
                self
            }
            _ => Self::from_error(Error::with_source(
                500,
                format!(
                    "the header `{}` cannot be sent: its name or value has a character that headers may not have",
                    name.escape_debug()
                ),
            )),
        }
    }

    /// Adds a cookie: a `lunox::web::Cookie`, or one of the crate `cookie`.
    ///
    /// Its attributes are the cookie's own; `cookies().queue(...)` adds those of `config/session.rs`. A cookie without a
    /// name, with a control character in an attribute, or with more than 4,096 bytes of name and value, which browsers drop without
    /// a word, makes the response a 500.
    ///
    /// OWASP ASVS 5.0, 3.3.5.
    #[track_caller]
    pub fn cookie(mut self, cookie: impl AsRef<cookie::Cookie<'static>>) -> Self {
        let cookie = cookie.as_ref();
        let text = cookie.encoded().to_string();
        let size = text.split(';').next().map_or(0, str::len).saturating_sub(1);
        let fault = match HeaderValue::from_str(&text) {
            _ if cookie.name().is_empty() => "a cookie has no name".to_owned(),
            _ if size > LARGEST_COOKIE => cookie_too_large(cookie.name(), size),
            Ok(value) => {
                self.headers_mut().append(SET_COOKIE, value);
                return self;
            }
            Err(_) => format!(
                "the cookie `{}` has an attribute that headers may not have",
                cookie.name().escape_debug()
            ),
        };
        Self::from_error(Error::with_source(500, fault))
    }

    /// The status.
    pub fn status_code(&self) -> StatusCode {
        self.0.http.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.http.headers()
    }

    /// The headers, to change.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.0.http.headers_mut()
    }

    /// The body.
    pub fn body(&self) -> &Body {
        self.0.http.body()
    }

    /// The same status and headers with another body.
    pub fn with_body(mut self, body: impl Into<Body>) -> Self {
        *self.0.http.body_mut() = body.into();
        self
    }

    /// Values that middleware further in left for middleware further out.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        self.0.http.extensions_mut()
    }

    /// A value that middleware further in left here.
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.http.extensions().get()
    }

    /// The error that this response was rendered from.
    pub fn error(&self) -> Option<&Error> {
        match self.0.error.as_ref()? {
            ErrorState::Unrendered(error) => Some(error),
            ErrorState::Rendered(error) => Some(error),
        }
    }

    pub(crate) fn take_unrendered(&mut self) -> Option<Error> {
        match self.0.error.take() {
            Some(ErrorState::Unrendered(error)) => Some(error),
            other => {
                self.0.error = other;
                None
            }
        }
    }

    pub(crate) fn caused_by(mut self, error: Error) -> Self {
        let http = &mut self.0.http;
        if http.status() == StatusCode::OK {
            *http.status_mut() = error.status();
        }
        for (name, value) in error.headers() {
            http.headers_mut().insert(name.clone(), value.clone());
        }
        self.0.error = Some(ErrorState::Rendered(Arc::new(error)));
        self
    }

    /// The response as hyper and tower take it.
    pub fn into_http(self) -> http::Response<Body> {
        let Inner { mut http, error } = *self.0;
        if let Some(ErrorState::Rendered(error)) = error {
            http.extensions_mut().insert(error);
        }
        http
    }

    /// Takes over a response of hyper or of a tower layer.
    pub fn from_http(mut http: http::Response<Body>) -> Self {
        let error = http.extensions_mut().remove::<Arc<Error>>().map(ErrorState::Rendered);
        Self(Box::new(Inner { http, error }))
    }
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

/// How long name and value of a cookie may be together (RFC 6265bis, 5.6).
pub(crate) const LARGEST_COOKIE: usize = 4_096;

#[cold]
pub(crate) fn cookie_too_large(name: &str, size: usize) -> String {
    format!(
        "the cookie `{}` has {size} bytes, and browsers drop cookies of more than {LARGEST_COOKIE}; keep the value in the session",
        name.escape_debug()
    )
}
