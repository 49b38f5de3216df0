//! Looking up and making.

use std::fmt;
use std::sync::{Arc, RwLock};

use super::entry::{Binding, Lifetime, Slot, Slots};
use super::error::ContainerError;
use super::factory::Extender;
use super::key::Key;
use super::params::{self, Params};
use super::resolver::Resolver;
use super::scope::{Place, Scope};
use super::stack::Frame;
use super::tagged::Tagged;
use crate::support::lock::{read, write};

/// Knows how everything is made. A clone is another handle to the same container.
///
/// See the [module](super) for the whole picture.
#[derive(Clone, Default)]
pub struct Container {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    slots: RwLock<Slots>,
    /// Decorated aliases of singletons.
    decorated: Scope,
}

/// All that is needed to make one object, taken out so that no lock is held while a factory runs.
struct Plan<T: ?Sized> {
    binding: Binding<T>,
    extenders: Arc<Vec<Extender<T>>>,
}

impl Container {
    /// An empty container.
    pub fn new() -> Self {
        Self::default()
    }

    /// The object of a type.
    ///
    /// # Errors
    /// When it, or something it needs, is not bound, scoped or part of a cycle, or when a factory fails.
    pub fn make<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<T>, ContainerError> {
        self.resolve(None, None, &params::NONE)
    }

    /// The object of a name.
    ///
    /// # Errors
    /// As [`Container::make`].
    pub fn make_named<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: &str,
    ) -> Result<Arc<T>, ContainerError> {
        self.resolve(Some(name), None, &params::NONE)
    }

    /// A new object, made with parameters and not kept, whatever its binding says.
    ///
    /// Without parameters it is `make`. An [`instance`](Container::instance) is handed out as it is.
    ///
    /// # Errors
    /// As [`Container::make`].
    pub fn make_with<T: ?Sized + Send + Sync + 'static>(
        &self,
        params: Params,
    ) -> Result<Arc<T>, ContainerError> {
        self.resolve(None, None, &params)
    }

    /// The object of a type, with scoped objects from `scope`.
    ///
    /// # Errors
    /// As [`Container::make`].
    pub fn make_in<T: ?Sized + Send + Sync + 'static>(
        &self,
        scope: &Scope,
    ) -> Result<Arc<T>, ContainerError> {
        self.resolve(None, Some(scope), &params::NONE)
    }

    /// A scope for one request; the same as `Scope::new()`.
    pub fn scope(&self) -> Scope {
        Scope::new()
    }

    /// A resolver that takes scoped objects from `scope`.
    pub fn in_scope<'a>(&'a self, scope: &'a Scope) -> Resolver<'a> {
        Resolver { container: self, scope: Some(scope), params: &params::NONE }
    }

    /// Everything tagged so, in the order of tagging; an unknown tag has nothing.
    ///
    /// Nothing is made before it is iterated over; see [`Tagged`].
    pub fn tagged<T: ?Sized + Send + Sync + 'static>(&self, tag: &str) -> Tagged<'_, T> {
        Tagged::new(self, None, tag)
    }

    /// Whether the type is bound, be it as an instance or an alias.
    pub fn bound<T: ?Sized + Send + Sync + 'static>(&self) -> bool {
        self.is_bound::<T>(None)
    }

    /// Whether the name is bound for this type.
    pub fn bound_named<T: ?Sized + Send + Sync + 'static>(&self, name: &str) -> bool {
        self.is_bound::<T>(Some(name))
    }

    fn is_bound<T: ?Sized + Send + Sync + 'static>(&self, name: Option<&str>) -> bool {
        self.read(|slots| Some(slots.get::<T>()?.entry(name)?.binding.is_some())).unwrap_or(false)
    }

    pub(super) fn read<R>(&self, look: impl FnOnce(&Slots) -> R) -> R {
        look(&read(&self.inner.slots))
    }

    /// Changes what is known of a type. Whatever `change` returns is dropped by the caller, outside the lock:
    /// an object's `drop` may call the container.
    pub(super) fn change<T: ?Sized + Send + Sync + 'static, R>(
        &self,
        change: impl FnOnce(&mut Slot<T>) -> R,
    ) -> R {
        change(write(&self.inner.slots).get_mut())
    }

    pub(super) fn resolve<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: Option<&str>,
        scope: Option<&Scope>,
        params: &Params,
    ) -> Result<Arc<T>, ContainerError> {
        if params.is_empty() {
            let ready = self.read(|slots| {
                let binding = slots.get::<T>()?.entry(name)?.binding.as_ref()?;
                match (binding.lifetime, scope) {
                    (Lifetime::Scoped, Some(scope)) => scope.ready((binding.id, binding.id)),
                    _ => binding.once.get().cloned(),
                }
            });
            if let Some(object) = ready {
                return Ok(object);
            }
        }
        self.build(name, &Resolver { container: self, scope, params })
    }

    /// The way for everything that is not there already.
    fn build<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: Option<&str>,
        resolver: &Resolver<'_>,
    ) -> Result<Arc<T>, ContainerError> {
        let (key, plan) = self.plan::<T>(name)?;
        let _frame = Frame::enter(Arc::as_ptr(&self.inner).addr(), key.clone())?;
        let Some(plan) = plan else {
            let names = self.read(|slots| slots.get::<T>().map(Slot::names));
            return Err(ContainerError::not_bound(key, names.unwrap_or_default()));
        };
        let binding = &plan.binding;
        match &binding.lifetime {
            _ if !resolver.params.is_empty() && binding.make.is_some() => {
                plan.fresh(&key, resolver)
            }
            Lifetime::Transient => plan.fresh(&key, resolver),
            // Without the scope: a singleton that held a visitor's object would show it to the next.
            Lifetime::Singleton => {
                let resolver = Resolver { scope: None, ..*resolver };
                binding.once.get_or_build(|| plan.shared(&key, &resolver))
            }
            Lifetime::Scoped => match resolver.scope {
                Some(scope) => {
                    let once = scope.cell::<T>((binding.id, binding.id));
                    once.get_or_build(|| plan.fresh(&key, resolver))
                }
                None => Err(ContainerError::no_scope(key)),
            },
            Lifetime::Alias(_) if plan.extenders.is_empty() => plan.fresh(&key, resolver),
            Lifetime::Alias(find) => {
                let target = self.read(|slots| slots.behind(*find));
                self.decorated(&plan, &key, target, resolver)
            }
        }
    }

    /// An alias with extenders of its own: what they make lives as long as what they decorate.
    fn decorated<T: ?Sized + Send + Sync + 'static>(
        &self,
        plan: &Plan<T>,
        key: &Key,
        target: Option<(Lifetime, u64)>,
        resolver: &Resolver<'_>,
    ) -> Result<Arc<T>, ContainerError> {
        let keeper: Option<(&Scope, Place)> = match (target, resolver.scope) {
            (Some((Lifetime::Singleton, id)), _) => {
                Some((&self.inner.decorated, (plan.binding.id, id)))
            }
            (Some((Lifetime::Scoped, id)), Some(scope)) => Some((scope, (plan.binding.id, id))),
            _ => None,
        };
        let Some((keeper, place)) = keeper else { return plan.fresh(key, resolver) };
        let scope = resolver.scope.filter(|scope| std::ptr::eq(*scope, keeper));
        let resolver = Resolver { scope, ..*resolver };
        keeper.cell::<T>(place).get_or_build(|| plan.fresh(key, &resolver))
    }

    fn plan<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: Option<&str>,
    ) -> Result<(Key, Option<Plan<T>>), ContainerError> {
        self.read(|slots| {
            let Some(slot) = slots.get::<T>() else { return Ok((Key::of::<T>(name), None)) };
            let name = slot.canonical(name).map_err(|names| {
                let keys = names.into_iter().map(|name| Key::of::<T>(Some(name)));
                ContainerError::cycle(keys.collect())
            })?;
            let plan = slot.entry(name).and_then(|entry| {
                let binding = entry.binding.clone()?;
                Some(Plan { binding, extenders: entry.extenders.clone() })
            });
            Ok((Key::of::<T>(name), plan))
        })
    }
}

impl<T: ?Sized + Send + Sync + 'static> Plan<T> {
    /// A new object through all extenders; an instance, which has no factory, through those it lacks.
    fn fresh(&self, key: &Key, resolver: &Resolver<'_>) -> Result<Arc<T>, ContainerError> {
        let Some(make) = &self.binding.make else { return self.shared(key, resolver) };
        let object = make(resolver).map_err(|error| ContainerError::factory(key.clone(), error))?;
        self.extended(object, 0, key, resolver)
    }

    /// The object that is there already through the extenders it lacks, or else a new one.
    fn shared(&self, key: &Key, resolver: &Resolver<'_>) -> Result<Arc<T>, ContainerError> {
        match &self.binding.base {
            Some(base) => self.extended(base.object.clone(), base.applied, key, resolver),
            None => self.fresh(key, resolver),
        }
    }

    fn extended(
        &self,
        object: Arc<T>,
        applied: usize,
        key: &Key,
        resolver: &Resolver<'_>,
    ) -> Result<Arc<T>, ContainerError> {
        self.extenders.iter().skip(applied).try_fold(object, |object, extender| {
            extender(object, resolver).map_err(|error| ContainerError::factory(key.clone(), error))
        })
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container").field("types", &self.read(Slots::len)).finish()
    }
}
