//! Errors that are answered with something else than an error page.

use std::fmt;

use super::Response;
use crate::error::Error;
use crate::http::HttpRequest;

/// The source of an error that may have an answer of its own, such as a redirect back to a form.
///
/// It is asked when the error is answered: an action that handles the error itself leaves no trace of it.
pub(crate) struct Instead(pub(crate) Box<Answer>);

type Answer = dyn Fn(&HttpRequest) -> Option<Response> + Send + Sync;

impl fmt::Debug for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instead")
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the input was refused")
    }
}

impl std::error::Error for Instead {}

/// The answer that an error has of its own.
pub(crate) fn instead(error: &Error, req: &HttpRequest) -> Option<Response> {
    let Instead(answer) = error.source()?.downcast_ref()?;
    answer(req)
}
