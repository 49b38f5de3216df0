//! What runs around an action.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

use super::InputFilter;
use crate::error::Error;
use crate::http::{ErrorRenderer, HttpRequest, IntoResponse, Response, Result};
use crate::support::{BoxFuture, panic_message};

/// Runs around the action: before it, after it, or instead of it.
///
/// ```
/// use lunox::prelude::*;
///
/// struct NoFrames;
///
/// impl Middleware for NoFrames {
///     async fn handle(&self, req: HttpRequest, next: Next) -> Result {
///         // What stands here runs before the action.
///         let response = next.run(req).await;
///         // And what stands here, after it.
///         Ok(response.header("x-frame-options", "DENY"))
///     }
/// }
/// ```
///
/// A plain `async fn(HttpRequest, Next) -> Result` is a middleware too.
///
/// The body is read after the last middleware; one that looks at the input calls
/// [`read_body`](HttpRequest::read_body) first.
pub trait Middleware: Send + Sync + 'static {
    /// Answers the request, usually through `next`.
    ///
    /// # Errors
    /// Becomes the response, rendered as an action's error is; what stands further out sees that response.
    fn handle(&self, req: HttpRequest, next: Next) -> impl Future<Output = Result> + Send;
}

impl<F, Fut> Middleware for F
where
    F: Fn(HttpRequest, Next) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result> + Send,
{
    fn handle(&self, req: HttpRequest, next: Next) -> impl Future<Output = Result> + Send {
        self(req, next)
    }
}

/// The same trait with its future boxed: routes keep middleware of many types in one list.
pub(crate) trait ErasedMiddleware: Send + Sync {
    fn handle_boxed(self: Arc<Self>, req: HttpRequest, next: Next) -> BoxFuture<'static, Result>;
}

impl<M: Middleware> ErasedMiddleware for M {
    fn handle_boxed(self: Arc<Self>, req: HttpRequest, next: Next) -> BoxFuture<'static, Result> {
        Box::pin(async move { self.handle(req, next).await })
    }
}

/// A middleware of any type.
#[derive(Clone)]
pub struct BoxMiddleware(Kind);

#[derive(Clone)]
enum Kind {
    Around(Arc<dyn ErasedMiddleware>),
    Input(Arc<InputFilter>),
}

impl BoxMiddleware {
    /// Wraps a middleware.
    pub fn new(middleware: impl Middleware) -> Self {
        Self(Kind::Around(Arc::new(middleware)))
    }

    /// What normalises the input, for whatever is further in.
    pub(super) fn for_input(filter: InputFilter) -> Self {
        Self(Kind::Input(Arc::new(filter)))
    }
}

/// What stands at the end of the chain: an action, or the answer where no route matched.
pub(crate) trait Endpoint: Send + Sync {
    /// Whether the body has to be read first.
    fn takes_body(&self, req: &HttpRequest) -> bool;

    fn call(&self, req: HttpRequest) -> BoxFuture<'static, Result>;
}

/// The middleware of a route and its action, in the order in which they run.
pub(crate) struct Chain {
    middleware: Box<[BoxMiddleware]>,
    endpoint: Arc<dyn Endpoint>,
}

impl Chain {
    pub(crate) fn new(middleware: Vec<BoxMiddleware>, endpoint: Arc<dyn Endpoint>) -> Self {
        Self { middleware: middleware.into(), endpoint }
    }

    /// Answers a request. Never fails: errors and panics become responses where they occur.
    pub(crate) fn run(self: Arc<Self>, req: HttpRequest) -> Running {
        Next { chain: self, index: 0 }.run(req)
    }

    /// The end of the chain for a request whose body has not been read.
    fn read_and_end(self: Arc<Self>, req: HttpRequest) -> BoxFuture<'static, Result> {
        Box::pin(async move {
            if self.endpoint.takes_body(&req) {
                req.read_body().await?;
            }
            self.endpoint.call(req).await
        })
    }
}

/// The rest of the chain: the middleware further in, then the action.
pub struct Next {
    chain: Arc<Chain>,
    index: usize,
}

impl Next {
    /// Runs the rest of the chain.
    ///
    /// This is a [`Response`] and no `Result`: an error or a panic further in has been rendered already, so
    /// what a middleware does afterwards happens whatever the action did.
    pub fn run(self, req: HttpRequest) -> Running {
        Running { req, work: Work::Due(self) }
    }

    fn begin(&self, req: HttpRequest) -> Work {
        let Self { chain, index } = self;
        for (index, BoxMiddleware(kind)) in chain.middleware.iter().enumerate().skip(*index) {
            match kind {
                Kind::Around(middleware) => {
                    let next = Self { chain: Arc::clone(chain), index: index + 1 };
                    return Work::Begun(Arc::clone(middleware).handle_boxed(req, next));
                }
                Kind::Input(filter) => req.filter_input(filter),
            }
        }
        if req.lacks_body() {
            return Work::Acting(Arc::clone(chain).read_and_end(req), None);
        }
        Work::Acting(chain.endpoint.call(req), None)
    }
}

/// The rest of a chain at work. It ends in a response.
#[must_use = "the rest of the chain runs where it is awaited"]
pub struct Running {
    req: HttpRequest,
    work: Work,
}

enum Work {
    Due(Next),
    Begun(BoxFuture<'static, Result>),
    /// The action, and what ends it when it takes too long; set when it first waits.
    Acting(BoxFuture<'static, Result>, Option<Pin<Box<Sleep>>>),
}

impl Future for Running {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        let Self { req, work } = &mut *self;
        // A plain function can panic before there is a future of it. Unwind safety: nobody looks at what has panicked.
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| {
            loop {
                match work {
                    Work::Due(next) => *work = next.begin(req.clone()),
                    Work::Begun(work) => break work.as_mut().poll(cx),
                    Work::Acting(action, timer) => {
                        let polled = action.as_mut().poll(cx);
                        break if polled.is_pending() {
                            out_of_time(req, timer, cx)
                        } else {
                            polled
                        };
                    }
                }
            }
        }));
        let answer = match polled {
            Ok(poll) => ready!(poll),
            Err(panic) => Err(Error::panicked(panic_message(&*panic))),
        };
        Poll::Ready(match answer {
            Ok(response) => settle(response, req),
            Err(error) => render(error, req),
        })
    }
}

/// Whether an action that waits has taken too long. Most never wait, and need no timer.
#[cold]
fn out_of_time(
    req: &HttpRequest,
    timer: &mut Option<Pin<Box<Sleep>>>,
    cx: &mut Context<'_>,
) -> Poll<Result> {
    let limit = req.route().map_or(Duration::ZERO, |route| route.limits.request_timeout);
    // Other runtimes have no timer of tokio.
    if limit.is_zero() || req.lacks_body() || tokio::runtime::Handle::try_current().is_err() {
        return Poll::Pending;
    }
    let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
    timer.as_mut().poll(cx).map(|()| Err(Error::timed_out(limit)))
}

/// An action may answer with an error inside a response (`Ok(view("missing", ...))`): render it as well.
fn settle(mut response: Response, req: &HttpRequest) -> Response {
    match response.take_unrendered() {
        Some(error) => render(error, req),
        None => response,
    }
}

#[cold]
fn render(error: Error, req: &HttpRequest) -> Response {
    #[cfg(feature = "validation")]
    if let Some(response) = crate::http::instead(&error, req) {
        return response;
    }
    // What lunox itself refuses has no line of the application but the route's.
    let error = error.or_at(req.route().map(|route| &route.place));
    let rendered = req.container().make::<dyn ErrorRenderer>().ok().and_then(|renderer| {
        let work = AssertUnwindSafe(|| renderer.render(&error, req));
        // Rendering the panic as well would only panic again, and end the connection without an answer.
        std::panic::catch_unwind(work)
            .inspect_err(|panic| {
                tracing::error!("the error renderer panicked: {}", panic_message(&**panic));
            })
            .ok()
            .filter(|response| match response.error() {
                Some(problem) => {
                    tracing::error!("the error renderer failed itself: {problem:?}");
                    false
                }
                None => true,
            })
    });
    rendered.unwrap_or_else(|| crate::http::PlainErrors.render(&error, req)).caused_by(error)
}

impl<T: IntoResponse> IntoResponse for Option<T> {
    fn into_response(self) -> Response {
        match self {
            Some(value) => value.into_response(),
            None => Error::new(404, "Not Found").into_response(),
        }
    }
}
