//! How a form that was refused is answered.

use super::Errors;
use crate::http::{HttpRequest, Instead, IntoResponse, Response};
use crate::web::back;

/// A redirect back to the page of the form, where there is one; otherwise the error is answered as all others.
pub(super) fn back_to_the_form(errors: Errors) -> Instead {
    Instead(Box::new(move |req| page(&errors, req)))
}

fn page(errors: &Errors, req: &HttpRequest) -> Option<Response> {
    if req.expects_json() || req.try_session().is_none() {
        return None;
    }
    let back = back();
    // A page that checks its own query would lead to itself for ever.
    let own = req.uri().path_and_query().map(|own| req.prefixed(own.as_str().to_owned()));
    if req.method().is_safe() && own.as_deref() == Some(back.location()) {
        return None;
    }
    let back = back.with_errors_in(errors.name(), errors.iter()).with_input();
    Some(back.status(303).into_response())
}
