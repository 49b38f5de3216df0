//! What the container knows of a key: its binding, its extenders, its names and tags.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::factory::{Extender, Make};
use super::key::IdHasher;
use super::once::Once;

/// Everything that was bound, by type; a value is the [`Slot`] of its type.
#[derive(Default)]
pub(super) struct Slots(HashMap<TypeId, Box<dyn Any + Send + Sync>, BuildHasherDefault<IdHasher>>);

impl Slots {
    pub(super) fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&Slot<T>> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }

    pub(super) fn get_mut<T: ?Sized + Send + Sync + 'static>(&mut self) -> &mut Slot<T> {
        let slot =
            self.0.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(Slot::<T>::default()));
        slot.downcast_mut().expect("a slot is stored under its own type")
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The lifetime and id behind a chain of aliases; nothing when the chain bites its tail.
    pub(super) fn behind(&self, find: FindTarget) -> Option<(Lifetime, u64)> {
        let mut found = find(self)?;
        for _ in 0..self.len() {
            let Lifetime::Alias(next) = found.0 else {
                return Some(found);
            };
            found = next(self)?;
        }
        None
    }
}

/// What is known of one type.
pub(super) struct Slot<T: ?Sized> {
    own: Entry<T>,
    named: HashMap<Arc<str>, Entry<T>>,
    /// Other names; `None` stands for the type's own binding.
    aliases: HashMap<Arc<str>, Option<Arc<str>>>,
    pub(super) tags: HashMap<String, Vec<Make<T>>>,
}

impl<T: ?Sized> Default for Slot<T> {
    fn default() -> Self {
        Self {
            own: Entry::default(),
            named: HashMap::new(),
            aliases: HashMap::new(),
            tags: HashMap::new(),
        }
    }
}

impl<T: ?Sized> Slot<T> {
    pub(super) fn entry(&self, name: Option<&str>) -> Option<&Entry<T>> {
        match self.canonical(name).ok()? {
            None => Some(&self.own),
            Some(name) => self.named.get(name),
        }
    }

    /// The entry behind `name`; a name that is not known yet gets one.
    pub(super) fn entry_mut(&mut self, name: Option<&str>) -> &mut Entry<T> {
        match self.canonical(name).unwrap_or(name).map(Arc::from) {
            None => &mut self.own,
            Some(name) => self.named.entry(name).or_default(),
        }
    }

    /// The name that `name` stands for, or the names of a cycle.
    pub(super) fn canonical<'a>(
        &'a self,
        name: Option<&'a str>,
    ) -> Result<Option<&'a str>, Vec<&'a str>> {
        let mut seen = Vec::new();
        let mut at = name;
        while let Some(name) = at {
            let Some(target) = self.aliases.get(name) else { break };
            let start = seen.iter().position(|other| *other == name);
            seen.push(name);
            if let Some(start) = start {
                return Err(seen.split_off(start));
            }
            at = target.as_deref();
        }
        Ok(at)
    }

    /// The entry behind a name that is about to be bound: it is an alias no longer.
    pub(super) fn claim(&mut self, name: Option<&str>) -> &mut Entry<T> {
        if let Some(name) = name {
            self.aliases.remove(name);
        }
        self.entry_mut(name)
    }

    pub(super) fn alias(&mut self, name: &str, target: Option<&str>) -> Option<Entry<T>> {
        self.aliases.insert(name.into(), target.map(Arc::from));
        self.named.remove(name)
    }

    /// The names that have a binding, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let bound = self.named.iter().filter(|(_, entry)| entry.binding.is_some());
        let mut names: Vec<_> = bound.map(|(name, _)| name.to_string()).collect();
        names.sort();
        names
    }
}

/// What is known of one key.
pub(super) struct Entry<T: ?Sized> {
    pub(super) binding: Option<Binding<T>>,
    pub(super) extenders: Arc<Vec<Extender<T>>>,
}

impl<T: ?Sized> Default for Entry<T> {
    fn default() -> Self {
        Self { binding: None, extenders: Arc::default() }
    }
}

impl<T: ?Sized> Entry<T> {
    /// Adds an extender. An object that was made already is extended when it is next asked for.
    pub(super) fn extend(&mut self, extender: Extender<T>) -> Option<Base<T>> {
        let applied = self.extenders.len();
        Arc::make_mut(&mut self.extenders).push(extender);
        let binding = self.binding.as_mut()?;
        if let Lifetime::Alias(_) = binding.lifetime {
            binding.id = next_id();
        }
        let made = std::mem::replace(&mut binding.once, Arc::new(Once::new()));
        let object = made.get()?.clone();
        binding.base.replace(Base { object, applied })
    }

    /// Forgets the object; what is returned is to be dropped outside the lock.
    pub(super) fn forget(&mut self) -> Option<Binding<T>> {
        let binding = self.binding.take()?;
        if let Some(make) = &binding.make {
            self.binding = Some(Binding::new(binding.lifetime, Some(make.clone())));
        }
        Some(binding)
    }
}

/// How one key's objects are made and kept.
pub(super) struct Binding<T: ?Sized> {
    /// Unlike that of any other binding, also of earlier ones of the same key.
    pub(super) id: u64,
    pub(super) lifetime: Lifetime,
    pub(super) make: Option<Make<T>>,
    pub(super) base: Option<Base<T>>,
    pub(super) once: Arc<Once<T>>,
}

impl<T: ?Sized> Binding<T> {
    pub(super) fn new(lifetime: Lifetime, make: Option<Make<T>>) -> Self {
        Self { id: next_id(), lifetime, make, base: None, once: Arc::new(Once::new()) }
    }

    /// A ready object, which the extenders so far are not applied to.
    pub(super) fn instance(object: Arc<T>, applied: usize) -> Self {
        let once = Arc::new(Once::filled(object.clone()));
        let base = Some(Base { object, applied });
        Self { once, base, ..Self::new(Lifetime::Singleton, None) }
    }
}

impl<T: ?Sized> Clone for Binding<T> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            lifetime: self.lifetime,
            make: self.make.clone(),
            base: self.base.clone(),
            once: self.once.clone(),
        }
    }
}

/// An object that is there already, and how many extenders it went through.
pub(super) struct Base<T: ?Sized> {
    pub(super) object: Arc<T>,
    pub(super) applied: usize,
}

impl<T: ?Sized> Clone for Base<T> {
    fn clone(&self) -> Self {
        Self { object: self.object.clone(), applied: self.applied }
    }
}

/// How long an object lives.
#[derive(Clone, Copy)]
pub(super) enum Lifetime {
    Transient,
    Singleton,
    Scoped,
    /// As long as the aliased type's, which the function looks up.
    Alias(FindTarget),
}

/// Finds the lifetime and id of the binding behind an alias.
pub(super) type FindTarget = fn(&Slots) -> Option<(Lifetime, u64)>;

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
