//! What a visitor sees of an error, and what the log does.

use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::super::input::{accepts_html, wants_json};
use crate::error::Error;
use crate::http::{Body, HttpRequest, IntoResponse, Response, html, html_escape, json};

/// Turns an error into the response that the visitor gets.
///
/// Bind one of your own to show errors in another way: `app.instance::<dyn ErrorRenderer>(Arc::new(Mine))`. It takes the
/// place of the error pages, of the debug page and of hooks that render; for single types of errors, such hooks are
/// simpler.
pub trait ErrorRenderer: Send + Sync + 'static {
    /// The response for an error. It gets the headers of the error afterwards, and its status in place of 200.
    fn render(&self, error: &Error, req: &HttpRequest) -> Response;
}

/// Answers without templates: a page for browsers, JSON when the client expects it, else a line of text.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainErrors;

impl ErrorRenderer for PlainErrors {
    fn render(&self, error: &Error, req: &HttpRequest) -> Response {
        if req.expects_json() {
            return json(error_json(error));
        }
        error_page(error.status(), public_message(error), req.headers())
    }
}

/// What a client that expects JSON gets of an error.
pub(crate) fn error_json(error: &Error) -> Value {
    let message = public_message(error);
    match error.error_details() {
        Some(details) => json!({"message": message, "errors": details}),
        None => json!({"message": message}),
    }
}

/// The answer to a request that is refused before there is a request for an [`ErrorRenderer`].
pub(crate) fn refused_page(status: u16, why: &str, headers: &HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let response = match StatusCode::from_u16(status) {
        _ if wants_json(accept) => json(json!({"message": why})),
        Ok(status) => error_page(status, why, headers),
        Err(_) => Response::new(Body::empty()),
    };
    response.status(status)
}

/// A page for a client that accepts HTML by name, as browsers do, else a line of text.
pub(crate) fn error_page(status: StatusCode, message: &str, headers: &HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    if !accepts_html(accept) {
        return format!("{} {message}\n", status.as_u16()).into_response();
    }
    let reason = reason(status);
    let body = if message == reason {
        String::new()
    } else {
        format!("<p>{}</p>\n", html_escape(message))
    };
    let status = status.as_u16();
    html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{status} {reason}</title>\n\
         <body style=\"font:1.125rem/1.6 system-ui,sans-serif;max-width:40rem;margin:20vh auto;padding:0 1.25rem\">\n\
         <p>{status}</p>\n<h1>{reason}</h1>\n{body}</body>\n</html>\n"
    ))
}

/// The words that a visitor may read: the error's own message, or the name of its status.
pub(crate) fn public_message(error: &Error) -> &str {
    error.message().unwrap_or_else(|| reason(error.status()))
}

/// The name of a status, with 419 as Laravel has it.
pub(crate) fn reason(status: StatusCode) -> &'static str {
    match status.as_u16() {
        419 => "Page Expired",
        500 => "Server Error",
        _ => status.canonical_reason().unwrap_or("Error"),
    }
}

/// Writes an error to the log: a server's fault as an error with its causes, a client's at debug level.
pub fn report(error: &Error, req: &HttpRequest) {
    let status = error.status().as_u16();
    if error.status().is_server_error() {
        tracing::error!(request_id = %req.id(), method = %req.method(), path = req.path(), status, "{error:?}");
    } else {
        tracing::debug!(request_id = %req.id(), method = %req.method(), path = req.path(), status, "{error:?}");
    }
}
