//! Values that middleware and features attach to a request.

use std::any::{Any, TypeId};
use std::sync::{Mutex, PoisonError};

use super::HttpRequest;

type Slot = (TypeId, Box<dyn Any + Send + Sync>);

/// A list, not a map: a request has one or two of these, and a scan of two beats a hash.
#[derive(Default)]
pub(super) struct Extensions(Mutex<Vec<Slot>>);

impl HttpRequest {
    /// Attaches a value, in place of one of the same type.
    pub fn set_extension<T: Clone + Send + Sync + 'static>(&self, value: T) {
        let mut slots = self.0.extensions.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value: Box<dyn Any + Send + Sync> = Box::new(value);
        match slots.iter_mut().find(|slot| slot.0 == TypeId::of::<T>()) {
            Some(slot) => slot.1 = value,
            None => slots.push((TypeId::of::<T>(), value)),
        }
    }

    /// The attached value of a type.
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        let slots = self.0.extensions.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.iter().find(|slot| slot.0 == TypeId::of::<T>())?;
        slot.1.downcast_ref::<T>().cloned()
    }
}
