//! What is tagged alike.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::error::ContainerError;
use super::factory::Make;
use super::key::Key;
use super::params;
use super::resolver::Resolver;
use super::{Container, Scope};

/// Everything of a tag, made while it is iterated over. [`Container::tagged`] gives it.
///
/// It can be iterated over more than once, and has what was tagged by then.
///
/// ```
/// use lunox::container::{Container, ContainerError};
///
/// let app = Container::new();
/// let reports = app.tagged::<String>("reports");
/// app.instance::<String>("sales".to_owned());
/// app.tag::<String, String>("reports", |report| report);
/// for report in &reports {
///     assert_eq!(*report?, "sales");
/// }
/// assert_eq!(reports.len(), 1);
/// # Ok::<(), ContainerError>(())
/// ```
pub struct Tagged<'a, T: ?Sized> {
    container: &'a Container,
    scope: Option<&'a Scope>,
    tag: String,
    of: PhantomData<fn() -> Arc<T>>,
}

impl<'a, T: ?Sized + Send + Sync + 'static> Tagged<'a, T> {
    pub(super) fn new(container: &'a Container, scope: Option<&'a Scope>, tag: &str) -> Self {
        Self { container, scope, tag: tag.to_owned(), of: PhantomData }
    }

    fn with_makes<R: Default>(&self, look: impl FnOnce(&[Make<T>]) -> R) -> R {
        let found =
            |slots: &super::entry::Slots| Some(look(slots.get::<T>()?.tags.get(&self.tag)?));
        self.container.read(found).unwrap_or_default()
    }

    /// How many there are; none is made to count them.
    pub fn len(&self) -> usize {
        self.with_makes(<[_]>::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes one after the other; an `Err`, as from [`Container::make`], takes the place of one that cannot be made.
    pub fn iter(&self) -> TaggedIter<'a, T> {
        let makes = self.with_makes(<[_]>::to_vec).into_iter();
        TaggedIter { container: self.container, scope: self.scope, makes }
    }
}

impl<'a, T: ?Sized + Send + Sync + 'static> IntoIterator for &Tagged<'a, T> {
    type Item = Result<Arc<T>, ContainerError>;
    type IntoIter = TaggedIter<'a, T>;

    fn into_iter(self) -> TaggedIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: ?Sized + Send + Sync + 'static> IntoIterator for Tagged<'a, T> {
    type Item = Result<Arc<T>, ContainerError>;
    type IntoIter = TaggedIter<'a, T>;

    fn into_iter(self) -> TaggedIter<'a, T> {
        self.iter()
    }
}

/// Makes what is tagged, one after the other. [`Tagged::iter`] gives it.
pub struct TaggedIter<'a, T: ?Sized> {
    container: &'a Container,
    scope: Option<&'a Scope>,
    makes: std::vec::IntoIter<Make<T>>,
}

impl<T: ?Sized + Send + Sync + 'static> Iterator for TaggedIter<'_, T> {
    type Item = Result<Arc<T>, ContainerError>;

    fn next(&mut self) -> Option<Self::Item> {
        let make = self.makes.next()?;
        let resolver =
            Resolver { container: self.container, scope: self.scope, params: &params::NONE };
        let made = make(&resolver);
        Some(made.map_err(|error| ContainerError::factory(Key::of::<T>(None), error)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.makes.size_hint()
    }
}

impl<T: ?Sized> fmt::Debug for Tagged<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tagged({})", self.tag)
    }
}

impl<T: ?Sized> fmt::Debug for TaggedIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaggedIter({} left)", self.makes.len())
    }
}
