//! The arguments and the result of an action, one condition each, so that each has a message of its own.

use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;

use super::Controller;
use super::controller::{ControllerInfo, info};
use crate::error::Error;
use crate::http::{HttpRequest, Result};

/// What can be called with the tuple of its arguments.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the action of a route",
    label = "neither an `async fn` nor an async closure, or one with more than six path parameters",
    note = "write `async fn show(req: HttpRequest, id: u64) -> Result`, or `async |req: HttpRequest, id: u64| ...`"
)]
pub trait Call<Args> {
    /// What the call gives back: the future of an `async fn`.
    type Returned;

    /// Calls it.
    fn call_with(&self, arguments: Args) -> Self::Returned;
}

/// What an `async fn` gives back when it is called.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an action is `async`, but this one returns `{Self}` at once",
    label = "write `async fn` (or `async |req: HttpRequest| ...` for a closure)",
    note = "for example `async fn show(req: HttpRequest) -> Response`"
)]
pub trait Awaited: Future<Output = <Self as Awaited>::Answer> {
    /// What there is after the `.await`.
    type Answer;
}

// Says that `Awaited` is missing, with its message, and not `Future`.
#[diagnostic::do_not_recommend]
impl<T: Future> Awaited for T {
    type Answer = T::Output;
}

/// The arguments of an action, read from a request.
// `Arguments` has two implementations or more for each number of arguments that `Call` knows. So the compiler
// has to take the types from the action before it can choose; with one, it would take `HttpRequest` for
// granted and report a "type mismatch in function arguments" without any word of ours.
#[doc(hidden)]
pub trait FromRequest<Kinds>: Sized {
    /// For each path argument, whether it may be absent.
    const OPTIONAL: &'static [bool];

    /// The controller that the action belongs to.
    fn controller() -> Option<ControllerInfo>;

    /// Whether the path values parse.
    fn accepts(req: &HttpRequest) -> bool;

    /// Reads them; a path value that does not parse is a 404.
    fn read(req: HttpRequest) -> Result<Self>;
}

impl<A, K> FromRequest<K> for A
where
    A: Arguments,
    A::Path: PathArguments<K>,
{
    const OPTIONAL: &'static [bool] = A::Path::OPTIONAL;

    fn controller() -> Option<ControllerInfo> {
        A::controller()
    }

    fn accepts(req: &HttpRequest) -> bool {
        A::Path::read(req).is_ok()
    }

    fn read(req: HttpRequest) -> Result<Self> {
        let path = A::Path::read(&req)?;
        A::new(req, path)
    }
}

/// What comes first among the arguments of an action, and the rest, which comes from the path.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an action cannot take the arguments `{Self}`",
    label = "the first argument has to be `HttpRequest`",
    note = "write `async fn show(req: HttpRequest, id: u64) -> Result`: the request, then one argument for each `{{parameter}}` of the path (up to six)",
    note = "only an action of a `Controller` that the container makes has one before: `self: Arc<Self>`",
    note = "query, form and JSON are not arguments: `let input: Input = req.parse()?;` reads all three, `req.json()?` the body alone"
)]
pub trait Arguments: Sized {
    /// The arguments that are read from the path.
    type Path;

    /// The controller that the action belongs to.
    fn controller() -> Option<ControllerInfo>;

    /// Puts them together.
    fn new(req: HttpRequest, path: Self::Path) -> Result<Self>;
}

/// The arguments that are read from the path.
#[doc(hidden)]
pub trait PathArguments<Kinds>: Sized {
    /// For each, whether it may be absent.
    const OPTIONAL: &'static [bool];

    /// Reads them; one that does not parse is a 404.
    fn read(req: &HttpRequest) -> Result<Self>;
}

/// An argument that is read from the path.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a path",
    label = "a path argument without `FromStr`",
    note = "write `impl std::str::FromStr for ...` for the type (for the `T` of an `Option<T>`), or take a `String` and parse it in the action",
    note = "query, form and JSON are not arguments: `let input: Input = req.parse()?;` reads all three, `req.json()?` the body alone"
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

#[diagnostic::do_not_recommend]
impl<T: FromStr + Send> PathArgument<Required> for T {
    const OPTIONAL: bool = false;

    fn read(text: Option<&str>) -> Option<Self> {
        text?.parse().ok()
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromStr + Send> PathArgument<Optional> for Option<T> {
    const OPTIONAL: bool = true;

    fn read(text: Option<&str>) -> Option<Self> {
        match text {
            None => Some(None),
            Some(text) => text.parse().ok().map(Some),
        }
    }
}

/// A path value that does not parse names nothing: 404, as for a path that is unknown.
fn argument<T: PathArgument<K>, K>(req: &HttpRequest, index: usize) -> Result<T> {
    T::read(req.param_at(index)).ok_or_else(|| Error::new(404, "Not Found"))
}

#[diagnostic::do_not_recommend]
impl Arguments for () {
    type Path = ();

    fn controller() -> Option<ControllerInfo> {
        None
    }

    fn new(_: HttpRequest, _: ()) -> Result<Self> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<Owner: Controller> Arguments for (Arc<Owner>,) {
    type Path = ();

    fn controller() -> Option<ControllerInfo> {
        Some(info::<Owner>(true))
    }

    fn new(req: HttpRequest, (): ()) -> Result<Self> {
        Ok((req.container().make_in::<Owner>(req.scope())?,))
    }
}

macro_rules! arguments {
    ($($argument:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($argument),*> Arguments for (HttpRequest, $($argument,)*) {
            type Path = ($($argument,)*);

            fn controller() -> Option<ControllerInfo> {
                None
            }

            #[allow(non_snake_case)]
            fn new(req: HttpRequest, ($($argument,)*): Self::Path) -> Result<Self> {
                Ok((req, $($argument),*))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<Owner: Controller, $($argument),*> Arguments for (Arc<Owner>, HttpRequest, $($argument,)*) {
            type Path = ($($argument,)*);

            fn controller() -> Option<ControllerInfo> {
                Some(info::<Owner>(true))
            }

            #[allow(non_snake_case)]
            fn new(req: HttpRequest, ($($argument,)*): Self::Path) -> Result<Self> {
                let controller = req.container().make_in::<Owner>(req.scope())?;
                Ok((controller, req, $($argument),*))
            }
        }
    };
}

arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E G);
arguments!(A B C D E G H);

macro_rules! path_arguments {
    ($($index:tt $argument:ident $kind:ident),*) => {
        impl<$($argument: PathArgument<$kind>, $kind),*> PathArguments<($($kind,)*)> for ($($argument,)*) {
            const OPTIONAL: &'static [bool] = &[$($argument::OPTIONAL),*];

            fn read(req: &HttpRequest) -> Result<Self> {
                let _ = req;
                Ok(($(argument::<$argument, $kind>(req, $index)?,)*))
            }
        }
    };
}

path_arguments!();
path_arguments!(0 A KA);
path_arguments!(0 A KA, 1 B KB);
path_arguments!(0 A KA, 1 B KB, 2 C KC);
path_arguments!(0 A KA, 1 B KB, 2 C KC, 3 D KD);
path_arguments!(0 A KA, 1 B KB, 2 C KC, 3 D KD, 4 E KE);
path_arguments!(0 A KA, 1 B KB, 2 C KC, 3 D KD, 4 E KE, 5 G KG);

/// Nothing is: stands where a seventh path argument would.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an action takes up to six path parameters, but this one has seven",
    label = "too many path parameters",
    note = "take only the request, `async fn show(req: HttpRequest) -> Result`, and read them with `req.param(\"name\")`"
)]
pub trait AtMostSix {}

impl<A, B, C, D, E, G, H> PathArguments<()> for (A, B, C, D, E, G, H)
where
    Self: AtMostSix,
{
    const OPTIONAL: &'static [bool] = &[];

    fn read(_: &HttpRequest) -> Result<Self> {
        Err(Error::new(404, "Not Found"))
    }
}

macro_rules! calls {
    ($($argument:ident)*) => {
        impl<F, R, $($argument),*> Call<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> R,
        {
            type Returned = R;

            #[allow(non_snake_case)]
            fn call_with(&self, ($($argument,)*): ($($argument,)*)) -> R {
                self($($argument),*)
            }
        }
    };
}

calls!();
calls!(A);
calls!(A B);
calls!(A B C);
calls!(A B C D);
calls!(A B C D E);
calls!(A B C D E G);
calls!(A B C D E G H);
calls!(A B C D E G H I);
