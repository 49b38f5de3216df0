//! What answers where no route does.

use std::sync::{Arc, Mutex};

use crate::error::{Error, Place};
use crate::http::{Body, Endpoint, HttpRequest, Response, Result};
use crate::support::BoxFuture;
use crate::support::lock::lock;

/// The end of the chain where no route matched.
pub(super) struct NotFound;

impl Endpoint for NotFound {
    fn takes_body(&self, _: &HttpRequest) -> bool {
        false
    }

    fn call(&self, req: HttpRequest) -> BoxFuture<'static, Result> {
        Box::pin(async move {
            Err(match req.extension::<Unrouted>() {
                Some(Unrouted::MethodNotAllowed(allow, place)) => {
                    let value = allow.parse().unwrap_or(http::HeaderValue::from_static("GET"));
                    let what = format!(
                        "The {} method is not supported for {}. Supported methods: {allow}.",
                        req.method(),
                        req.path()
                    );
                    Error::new(405, what).header(http::header::ALLOW, value).or_at(Some(&place))
                }
                Some(Unrouted::Options(allow)) => {
                    return Ok(Response::new(Body::empty()).header("allow", allow));
                }
                Some(Unrouted::Server) => return Ok(Response::new(Body::empty()).status(204)),
                Some(Unrouted::Failed(error)) => {
                    let error = lock(&error).take();
                    error.unwrap_or_else(|| Error::new(400, "Bad Request"))
                }
                Some(Unrouted::NotFound) | None => Error::new(404, "Not Found"),
            })
        })
    }
}

/// Why no route answers, and what to say instead.
#[derive(Clone)]
pub(crate) enum Unrouted {
    /// 404.
    NotFound,
    /// The body or the method makes no sense; in a place that can be shared, as an extension has to be.
    Failed(Arc<Mutex<Option<Error>>>),
    /// 405 with this `Allow`; the place is that of a route for another method.
    MethodNotAllowed(String, Place),
    /// An `OPTIONS` request that no route answers itself.
    Options(String),
    /// An `OPTIONS *`, which asks about the server and not about a path.
    Server,
}

impl Unrouted {
    pub(crate) fn failed(error: Error) -> Self {
        Self::Failed(Arc::new(Mutex::new(Some(error))))
    }
}
