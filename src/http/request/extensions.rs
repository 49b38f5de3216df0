//! Values that middleware and features attach to a request.

use std::any::{Any, TypeId};
use std::sync::{Arc, Mutex};

use super::HttpRequest;
use crate::support::lock::lock;

type Slot = (TypeId, Arc<dyn Any + Send + Sync>);

/// A list, not a map: a request has one or two of these, and a scan of two beats a hash. The first lies in the request
/// itself.
#[derive(Default)]
pub(super) struct Extensions(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    first: Option<Slot>,
    rest: Vec<Slot>,
}

impl HttpRequest {
    /// Attaches a value, in place of one of the same type.
    pub fn set_extension<T: Clone + Send + Sync + 'static>(&self, value: T) {
        self.share(Arc::new(value));
    }

    /// Attaches a value that is shared already, in place of one of the same type.
    pub(crate) fn share<T: Send + Sync + 'static>(&self, value: Arc<T>) {
        let mut slots = lock(&self.0.extensions.0);
        let slot: Slot = (TypeId::of::<T>(), value);
        let Slots { first, rest } = &mut *slots;
        let replaced = match first {
            Some(first) if first.0 != slot.0 => {
                match rest.iter_mut().find(|other| other.0 == slot.0) {
                    Some(other) => Some(std::mem::replace(other, slot)),
                    None => {
                        rest.push(slot);
                        None
                    }
                }
            }
            first => first.replace(slot),
        };
        // What is dropped may ask the request for something.
        drop(slots);
        drop(replaced);
    }

    /// The attached value of a type.
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.shared().map(Arc::unwrap_or_clone)
    }

    /// Whether a value of this type is attached.
    pub(crate) fn has_shared<T: Send + Sync + 'static>(&self) -> bool {
        let slots = lock(&self.0.extensions.0);
        slots.first.iter().chain(&slots.rest).any(|slot| slot.0 == TypeId::of::<T>())
    }

    /// The attached value of a type, shared.
    pub(crate) fn shared<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let slots = lock(&self.0.extensions.0);
        let mut all = slots.first.iter().chain(&slots.rest);
        let slot = all.find(|slot| slot.0 == TypeId::of::<T>())?;
        Arc::clone(&slot.1).downcast().ok()
    }
}
