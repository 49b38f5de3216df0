//! What a visitor sees of an error, and what the log does.

use http::StatusCode;
use serde_json::json;

use crate::error::Error;
use crate::http::{HttpRequest, IntoResponse, Response};

/// Turns an error into the response that the visitor gets.
///
/// Bind one of your own to show errors in another way: `app.instance::<dyn ErrorRenderer>(Arc::new(Mine))`.
pub trait ErrorRenderer: Send + Sync + 'static {
    /// The response for an error. Its status and headers are set from the error afterwards.
    fn render(&self, error: &Error, req: &HttpRequest) -> Response;
}

/// Answers without templates: a line of text, or JSON when the client expects it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainErrors;

impl ErrorRenderer for PlainErrors {
    fn render(&self, error: &Error, req: &HttpRequest) -> Response {
        let message = public_message(error);
        if !req.expects_json() {
            return format!("{} {message}\n", error.status().as_u16()).into_response();
        }
        match error.error_details() {
            Some(details) => json!({"message": message, "errors": details}).into_response(),
            None => json!({"message": message}).into_response(),
        }
    }
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
