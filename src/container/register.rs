//! Telling the container how things are made.

use std::sync::Arc;

use crate::error::BoxError;

use super::entry::{Binding, Lifetime, Slots};
use super::factory::{self, Factory, IntoShared, Make};
use super::{Container, Resolver};

impl Container {
    /// Has a new object made at every `make`.
    ///
    /// Binding a type again replaces what was bound before, and forgets its object.
    pub fn bind<T: ?Sized + Send + Sync + 'static>(&self, factory: impl Factory<T>) {
        self.set::<T>(None, Lifetime::Transient, factory::erase(factory));
    }

    /// As [`Container::bind`], for a name.
    pub fn bind_named<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: &str,
        factory: impl Factory<T>,
    ) {
        self.set::<T>(Some(name), Lifetime::Transient, factory::erase(factory));
    }

    /// As [`Container::bind`], unless the type is bound.
    pub fn bind_if<T: ?Sized + Send + Sync + 'static>(&self, factory: impl Factory<T>) {
        self.set_if::<T>(Lifetime::Transient, factory::erase(factory));
    }

    /// Has one object made, at the first `make`, and kept.
    ///
    /// Threads that race for it get the same object. After an error the next `make` tries again.
    pub fn singleton<T: ?Sized + Send + Sync + 'static>(&self, factory: impl Factory<T>) {
        self.set::<T>(None, Lifetime::Singleton, factory::erase(factory));
    }

    /// As [`Container::singleton`], for a name.
    pub fn singleton_named<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: &str,
        factory: impl Factory<T>,
    ) {
        self.set::<T>(Some(name), Lifetime::Singleton, factory::erase(factory));
    }

    /// As [`Container::singleton`], unless the type is bound.
    pub fn singleton_if<T: ?Sized + Send + Sync + 'static>(&self, factory: impl Factory<T>) {
        self.set_if::<T>(Lifetime::Singleton, factory::erase(factory));
    }

    /// Has one object made per [`Scope`](super::Scope), that is per request.
    ///
    /// Without a scope it cannot be made: a fresh object at each call would look the same and share nothing, and
    /// one kept for good would show one visitor's data to the next.
    pub fn scoped<T: ?Sized + Send + Sync + 'static>(&self, factory: impl Factory<T>) {
        self.set::<T>(None, Lifetime::Scoped, factory::erase(factory));
    }

    /// Stores an object that is there already. Extenders registered before are not applied to it.
    pub fn instance<T: ?Sized + Send + Sync + 'static>(&self, object: impl IntoShared<T>) {
        self.set_instance(None, object.into_shared());
    }

    /// As [`Container::instance`], for a name.
    pub fn instance_named<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: &str,
        object: impl IntoShared<T>,
    ) {
        self.set_instance(Some(name), object.into_shared());
    }

    /// Makes `T` another key of `Target`: `app.alias::<dyn Clock, SystemClock>(|clock| clock)`.
    ///
    /// Objects come from `Target`'s binding, whatever it is at that time, and live as long. What extends `T` does
    /// not extend `Target`.
    pub fn alias<T, Target>(&self, convert: impl Fn(Arc<Target>) -> Arc<T> + Send + Sync + 'static)
    where
        T: ?Sized + Send + Sync + 'static,
        Target: ?Sized + Send + Sync + 'static,
    {
        self.set(None, Lifetime::Alias(find_target::<Target>), through(convert));
    }

    /// Makes `name` another name of `target`, or with `None` of the type's own binding.
    pub fn alias_named<'a, T: ?Sized + Send + Sync + 'static>(
        &self,
        name: &str,
        target: impl Into<Option<&'a str>>,
    ) {
        let target = target.into();
        drop(self.change::<T, _>(|slot| slot.alias(name, target)));
    }

    /// Wraps or replaces the objects of a type: the one that is there, and all that will be made.
    ///
    /// Extenders run in the order of registration, when the object is next asked for, and stay when the type is
    /// bound again. They may be registered before it is bound. An object that a scope holds already stays as it is.
    pub fn extend<T: ?Sized + Send + Sync + 'static>(
        &self,
        extender: impl Fn(Arc<T>, &Resolver<'_>) -> Result<Arc<T>, BoxError> + Send + Sync + 'static,
    ) {
        drop(self.change::<T, _>(|slot| slot.entry_mut(None).extend(Arc::new(extender))));
    }

    /// As [`Container::extend`], for a name.
    pub fn extend_named<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: &str,
        extender: impl Fn(Arc<T>, &Resolver<'_>) -> Result<Arc<T>, BoxError> + Send + Sync + 'static,
    ) {
        drop(self.change::<T, _>(|slot| slot.entry_mut(Some(name)).extend(Arc::new(extender))));
    }

    /// Adds `Member` to a tag: `app.tag::<dyn Report, Sales>("reports", |report| report)`.
    ///
    /// A tag belongs to its type: [`tagged::<dyn Report>`](Container::tagged) hands its members out. A member
    /// that is tagged twice comes twice.
    pub fn tag<T, Member>(
        &self,
        tag: &str,
        convert: impl Fn(Arc<Member>) -> Arc<T> + Send + Sync + 'static,
    ) where
        T: ?Sized + Send + Sync + 'static,
        Member: ?Sized + Send + Sync + 'static,
    {
        let make = through(convert);
        self.change::<T, _>(|slot| slot.tags.entry(tag.to_owned()).or_default().push(make));
    }

    /// Forgets the object of a type: a singleton is made anew, an instance is bound no more.
    pub fn forget_instance<T: ?Sized + Send + Sync + 'static>(&self) {
        drop(self.change::<T, _>(|slot| slot.entry_mut(None).forget()));
    }

    fn set<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: Option<&str>,
        lifetime: Lifetime,
        make: Make<T>,
    ) {
        let binding = Binding::new(lifetime, Some(make));
        drop(self.change::<T, _>(|slot| slot.claim(name).binding.replace(binding)));
    }

    fn set_if<T: ?Sized + Send + Sync + 'static>(&self, lifetime: Lifetime, make: Make<T>) {
        let binding = Binding::new(lifetime, Some(make));
        // What is not stored comes back and is dropped outside the lock.
        drop(self.change::<T, _>(|slot| {
            let place = &mut slot.entry_mut(None).binding;
            if place.is_some() { Some(binding) } else { place.replace(binding) }
        }));
    }

    fn set_instance<T: ?Sized + Send + Sync + 'static>(&self, name: Option<&str>, object: Arc<T>) {
        drop(self.change::<T, _>(|slot| {
            let entry = slot.claim(name);
            entry.binding.replace(Binding::instance(object, entry.extenders.len()))
        }));
    }
}

/// A factory that makes one type and hands it out as another.
fn through<T, Target>(convert: impl Fn(Arc<Target>) -> Arc<T> + Send + Sync + 'static) -> Make<T>
where
    T: ?Sized + Send + Sync + 'static,
    Target: ?Sized + Send + Sync + 'static,
{
    Arc::new(move |app| Ok(convert(app.container.resolve(None, app.scope, app.params)?)))
}

/// The lifetime and id of `Target`'s binding.
fn find_target<Target: ?Sized + Send + Sync + 'static>(slots: &Slots) -> Option<(Lifetime, u64)> {
    let binding = slots.get::<Target>()?.entry(None)?.binding.as_ref()?;
    Some((binding.lifetime, binding.id))
}
