//! What may stand as the action of a route.

use std::marker::PhantomData;
use std::sync::Arc;

use super::arguments::{Awaited, Call, FromRequest};
use super::controller::ControllerInfo;
use crate::http::{Endpoint, HttpRequest, IntoResponse, Result};
use crate::support::BoxFuture;

/// What may stand as the action of a route.
///
/// - `async fn(HttpRequest) -> impl IntoResponse`, or an async closure;
/// - the same with one further argument for each path parameter, of any type that is `FromStr`;
///   `Option<T>` for an optional one. A value that does not parse is a 404;
/// - `async fn(self: Arc<Self>, HttpRequest, ...)` for a [`Controller`](super::Controller) resolved from the
///   container;
/// - `async fn()`, or `async fn(self: Arc<Self>)`, for an action that needs nothing of the request.
// One implementation for all of them: with several, the compiler tries each, and when none fits it can only
// say that none does. With one, it goes on to the condition that fails and reports that, with its own text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the action of a route",
    label = "neither an `async fn` nor an async closure, or one with more than six path parameters",
    note = "write `async fn show(req: HttpRequest, id: u64) -> Result`, or `async |req: HttpRequest, id: u64| ...`"
)]
pub trait Handler<Args>: Send + Sync + 'static {
    /// What the router has to know of the arguments.
    #[doc(hidden)]
    const SIGNATURE: Signature;

    /// Wraps the action for the route table.
    #[doc(hidden)]
    fn into_endpoint(self) -> Action;
}

/// The arguments of an action as the router sees them.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// For each path argument, whether it may be absent.
    pub optional: &'static [bool],
}

/// An action, ready for the route table.
#[doc(hidden)]
pub struct Action {
    pub(crate) endpoint: Arc<dyn Endpoint>,
    pub(crate) controller: Option<ControllerInfo>,
}

/// An action with the types of its arguments, which the route table has no room for.
struct Typed<F, Args>(F, PhantomData<fn(Args)>);

impl<F, A, K> Handler<(A, K)> for F
where
    F: Call<A> + Send + Sync + 'static,
    A: FromRequest<K> + 'static,
    K: 'static,
    F::Returned: Awaited + Send + 'static,
    <F::Returned as Awaited>::Answer: IntoResponse,
{
    const SIGNATURE: Signature = Signature { optional: A::OPTIONAL };

    fn into_endpoint(self) -> Action {
        let typed: Typed<F, (A, K)> = Typed(self, PhantomData);
        Action { endpoint: Arc::new(typed), controller: A::controller() }
    }
}

impl<F, A, K> Endpoint for Typed<F, (A, K)>
where
    F: Call<A> + Send + Sync,
    A: FromRequest<K>,
    F::Returned: Awaited + Send + 'static,
    <F::Returned as Awaited>::Answer: IntoResponse,
{
    /// Not for a path that no argument can be read from.
    fn takes_body(&self, req: &HttpRequest) -> bool {
        A::accepts(req)
    }

    fn call(&self, req: HttpRequest) -> BoxFuture<'static, Result> {
        match A::read(req) {
            Ok(arguments) => {
                let work = self.0.call_with(arguments);
                Box::pin(async move { Ok(work.await.into_response()) })
            }
            Err(error) => Box::pin(async { Err(error) }),
        }
    }
}
