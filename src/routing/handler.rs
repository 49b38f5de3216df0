//! What may stand as the action of a route.

use std::future::Future;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use super::Controller;
use crate::error::Error;
use crate::http::Result;
use crate::http::{Endpoint, HttpRequest, IntoResponse};
use crate::support::BoxFuture;

/// What may stand as the action of a route.
///
/// - `async fn(HttpRequest) -> impl IntoResponse`, or an async closure;
/// - the same with one further argument for each path parameter, of any type that is `FromStr`;
///   `Option<T>` for an optional one. A value that does not parse is a 404;
/// - `async fn(self: Arc<Self>, HttpRequest, ...)` for a [`Controller`] resolved from the container;
/// - `async fn()` for an action that needs nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the action of a route",
    label = "not an action",
    note = "an action is `async fn(req: HttpRequest, id: u64, ...) -> Result`: async, the request first, then one argument for each `{{parameter}}` of the path (up to six)",
    note = "each further argument needs `FromStr`, or is an `Option` of such a type",
    note = "it returns a `Result`, a `Response`, text, `json(...)`, or anything else that is `IntoResponse`",
    note = "its future must be `Send`: hold no `Rc`, `RefCell` guard or `MutexGuard` across an `.await`"
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
    pub(crate) controller: Option<super::controller::ControllerInfo>,
}

/// An argument that is read from the path.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a path",
    label = "this path argument has no `FromStr`",
    note = "implement `std::str::FromStr` for it, or take a `String` and parse it in the action"
)]
pub trait PathArgument<Kind>: Sized + Send {
    /// Whether the parameter may be absent.
    #[doc(hidden)]
    const OPTIONAL: bool;

    /// Reads the value; `None` when it does not parse or is missing.
    #[doc(hidden)]
    fn read(text: Option<&str>) -> Option<Self>;
}

/// Marks a path argument that has to be there.
#[doc(hidden)]
pub struct Required;

/// Marks a path argument that may be absent.
#[doc(hidden)]
pub struct Optional;

impl<T: FromStr + Send> PathArgument<Required> for T {
    const OPTIONAL: bool = false;

    fn read(text: Option<&str>) -> Option<Self> {
        text?.parse().ok()
    }
}

impl<T: FromStr + Send> PathArgument<Optional> for Option<T> {
    const OPTIONAL: bool = true;

    fn read(text: Option<&str>) -> Option<Self> {
        match text {
            None => Some(None),
            Some(text) => text.parse().ok().map(Some),
        }
    }
}

/// An action with the types of its arguments, which the route table has no room for.
struct Typed<F, Args>(F, PhantomData<fn(Args)>);

/// A path value that does not parse names nothing: 404, as for a path that is unknown.
fn no_such_value<T>() -> BoxFuture<'static, Result<T>> {
    Box::pin(async { Err(Error::new(404, "Not Found")) })
}

impl<F, Fut, Out> Handler<()> for F
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Out> + Send + 'static,
    Out: IntoResponse,
{
    const SIGNATURE: Signature = Signature { optional: &[] };

    fn into_endpoint(self) -> Action {
        Action { endpoint: Arc::new(Typed(self, PhantomData::<fn(())>)), controller: None }
    }
}

impl<F, Fut, Out> Endpoint for Typed<F, ()>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Out> + Send + 'static,
    Out: IntoResponse,
{
    fn call(&self, _: HttpRequest) -> BoxFuture<'static, Result> {
        let work = (self.0)();
        Box::pin(async move { Ok(work.await.into_response()) })
    }
}

macro_rules! handlers {
    ($($index:tt $argument:ident $kind:ident),*) => {
        impl<F, Fut, Out, $($argument, $kind),*> Handler<(HttpRequest, $(($argument, $kind),)*)> for F
        where
            F: Fn(HttpRequest, $($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Out> + Send + 'static,
            Out: IntoResponse,
            $($argument: PathArgument<$kind> + 'static, $kind: 'static,)*
        {
            const SIGNATURE: Signature = Signature { optional: &[$($argument::OPTIONAL),*] };

            fn into_endpoint(self) -> Action {
                let typed: Typed<F, (HttpRequest, $(($argument, $kind),)*)> = Typed(self, PhantomData);
                Action { endpoint: Arc::new(typed), controller: None }
            }
        }

        impl<F, Fut, Out, $($argument, $kind),*> Endpoint for Typed<F, (HttpRequest, $(($argument, $kind),)*)>
        where
            F: Fn(HttpRequest, $($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Out> + Send + 'static,
            Out: IntoResponse,
            $($argument: PathArgument<$kind> + 'static, $kind: 'static,)*
        {
            #[allow(non_snake_case)]
            fn call(&self, req: HttpRequest) -> BoxFuture<'static, Result> {
                $(let Some($argument) = $argument::read(req.param_at($index)) else { return no_such_value() };)*
                let work = (self.0)(req, $($argument),*);
                Box::pin(async move { Ok(work.await.into_response()) })
            }
        }

        impl<F, C, Fut, Out, $($argument, $kind),*> Handler<(Arc<C>, HttpRequest, $(($argument, $kind),)*)> for F
        where
            C: Controller,
            F: Fn(Arc<C>, HttpRequest, $($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Out> + Send + 'static,
            Out: IntoResponse,
            $($argument: PathArgument<$kind> + 'static, $kind: 'static,)*
        {
            const SIGNATURE: Signature = Signature { optional: &[$($argument::OPTIONAL),*] };

            fn into_endpoint(self) -> Action {
                let typed: Typed<F, (Arc<C>, HttpRequest, $(($argument, $kind),)*)> = Typed(self, PhantomData);
                Action { endpoint: Arc::new(typed), controller: Some(super::controller::info::<C>(true)) }
            }
        }

        impl<F, C, Fut, Out, $($argument, $kind),*> Endpoint
            for Typed<F, (Arc<C>, HttpRequest, $(($argument, $kind),)*)>
        where
            C: Controller,
            F: Fn(Arc<C>, HttpRequest, $($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Out> + Send + 'static,
            Out: IntoResponse,
            $($argument: PathArgument<$kind> + 'static, $kind: 'static,)*
        {
            #[allow(non_snake_case)]
            fn call(&self, req: HttpRequest) -> BoxFuture<'static, Result> {
                $(let Some($argument) = $argument::read(req.param_at($index)) else { return no_such_value() };)*
                let controller = match req.container().make_in::<C>(req.scope()) {
                    Ok(controller) => controller,
                    Err(error) => return Box::pin(async { Err(Error::from(error)) }),
                };
                let work = (self.0)(controller, req, $($argument),*);
                Box::pin(async move { Ok(work.await.into_response()) })
            }
        }
    };
}

handlers!();
handlers!(0 A KA);
handlers!(0 A KA, 1 B KB);
handlers!(0 A KA, 1 B KB, 2 D KD);
handlers!(0 A KA, 1 B KB, 2 D KD, 3 E KE);
handlers!(0 A KA, 1 B KB, 2 D KD, 3 E KE, 4 G KG);
handlers!(0 A KA, 1 B KB, 2 D KD, 3 E KE, 4 G KG, 5 H KH);
