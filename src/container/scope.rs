//! Objects that live as long as one request.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex};

use super::once::Once;
use crate::support::lock::lock;

/// The objects of one request, or of one command.
///
/// A new one allocates nothing. Dropping it drops its objects.
#[derive(Default)]
pub struct Scope {
    // A list, as a request has few scoped objects: comparing numbers is quicker than hashing them.
    objects: Mutex<Vec<(Place, Arc<dyn Any + Send + Sync>)>>,
}

/// The binding an object belongs to; for a decorated alias, that and the binding it decorates.
pub(super) type Place = (u64, u64);

impl Scope {
    /// A scope with nothing in it.
    pub const fn new() -> Self {
        Self { objects: Mutex::new(Vec::new()) }
    }

    /// The object, if it was made.
    pub(super) fn ready<T: ?Sized + Send + Sync + 'static>(&self, place: Place) -> Option<Arc<T>> {
        let objects = lock(&self.objects);
        let (_, cell) = objects.iter().find(|(other, _)| *other == place)?;
        cell.downcast_ref::<Once<T>>()?.get().cloned()
    }

    /// The cell of an object, made when it is first asked for.
    pub(super) fn cell<T: ?Sized + Send + Sync + 'static>(&self, place: Place) -> Arc<Once<T>> {
        let mut objects = lock(&self.objects);
        let known = objects.iter().find(|(other, _)| *other == place);
        if let Some(cell) = known.and_then(|(_, cell)| cell.clone().downcast().ok()) {
            return cell;
        }
        let cell = Arc::new(Once::<T>::new());
        objects.push((place, cell.clone()));
        cell
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects = lock(&self.objects);
        f.debug_struct("Scope").field("objects", &objects.len()).finish()
    }
}
