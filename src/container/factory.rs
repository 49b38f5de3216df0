//! What a factory may be, and what it may give.

use std::sync::Arc;

use crate::error::BoxError;

use super::Resolver;

/// A function that makes a `T`: `|app| Ok(Mailer::new(app.make()?))`.
///
/// Any error can leave it with `?`. It gives a `T`, an `Arc<T>` or a `Box<T>`; you never implement this.
pub trait Factory<T: ?Sized>:
    Fn(&Resolver<'_>) -> Result<Self::Made, BoxError> + Send + Sync + 'static
{
    /// What the function gives.
    type Made: IntoShared<T>;
}

impl<T: ?Sized, F, Made> Factory<T> for F
where
    F: Fn(&Resolver<'_>) -> Result<Made, BoxError> + Send + Sync + 'static,
    Made: IntoShared<T>,
{
    type Made = Made;
}

/// What can be handed out as an `Arc<T>`: a `T`, a `Box<T>`, or an `Arc<T>` itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be handed out as `Arc<{T}>`",
    note = "for a trait, say so: `Arc::new(object) as Arc<dyn Trait>`"
)]
pub trait IntoShared<T: ?Sized> {
    /// The shared object.
    fn into_shared(self) -> Arc<T>;
}

impl<T> IntoShared<T> for T {
    fn into_shared(self) -> Arc<T> {
        Arc::new(self)
    }
}

impl<T: ?Sized> IntoShared<T> for Arc<T> {
    fn into_shared(self) -> Arc<T> {
        self
    }
}

impl<T: ?Sized> IntoShared<T> for Box<T> {
    fn into_shared(self) -> Arc<T> {
        self.into()
    }
}

/// A factory without its type parameters.
pub(super) type Make<T> = Arc<dyn Fn(&Resolver<'_>) -> Result<Arc<T>, BoxError> + Send + Sync>;

/// A function that wraps or replaces an object.
pub(super) type Extender<T> =
    Arc<dyn Fn(Arc<T>, &Resolver<'_>) -> Result<Arc<T>, BoxError> + Send + Sync>;

pub(super) fn erase<T: ?Sized + 'static>(factory: impl Factory<T>) -> Make<T> {
    Arc::new(move |app| Ok(factory(app)?.into_shared()))
}
