//! The request that the current task is answering.

use std::future::Future;
use std::panic::Location;

use tokio::task::JoinHandle;

use crate::http::HttpRequest;

tokio::task_local! {
    static REQUEST: HttpRequest;
}

/// Runs a future inside the scope of a request: in it, [`request`] gives this request.
pub fn with_request<F: Future>(request: HttpRequest, future: F) -> impl Future<Output = F::Output> {
    REQUEST.scope(request, future)
}

/// Runs a function inside the scope of a request.
pub(crate) fn within<R>(request: &HttpRequest, run: impl FnOnce() -> R) -> R {
    REQUEST.sync_scope(request.clone(), run)
}

/// The request that this task is answering, from anywhere inside it.
///
/// It is the same request that the action was given, with the same session. It is found through the
/// task, so it is there in actions, middleware, and everything that they call or await.
///
/// # Panics
/// Outside a request: in a provider, in a command, in a task started with `tokio::spawn` (start it with
/// [`lunox::spawn`](spawn), which carries the request along) and on a thread of its own (`spawn_blocking`).
/// [`try_request`] gives `None` there.
#[track_caller]
pub fn request() -> HttpRequest {
    match try_request() {
        Some(request) => request,
        None => no_request(Location::caller()),
    }
}

#[cold]
#[track_caller]
fn no_request(caller: &Location<'_>) -> ! {
    panic!(
        "request() was called outside a request ({caller}); pass the HttpRequest as an argument, \
         or start the task with lunox::spawn instead of tokio::spawn"
    )
}

/// The request that this task is answering, or `None` outside a request.
pub fn try_request() -> Option<HttpRequest> {
    REQUEST.try_with(HttpRequest::clone).ok()
}

/// Starts a task that belongs to the current request: [`request`] works in it.
///
/// The session is still readable there after the response has been sent, but what the task changes in it
/// after the commit is not stored; a warning says so.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match try_request() {
        Some(request) => tokio::spawn(with_request(request, future)),
        None => tokio::spawn(future),
    }
}
