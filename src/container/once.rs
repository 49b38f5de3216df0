//! A cell that is filled once, by one thread, and whose waiters cannot deadlock.
//!
//! `OnceCell` would do but for one case: one thread makes A and needs B while another makes B and needs A. Each
//! would wait for the other. So whoever is about to wait first follows the chain of waiting threads, and
//! reports a cycle if it leads back to itself.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;

use super::error::ContainerError;
use super::key::Key;
use super::stack;
use crate::support::lock::lock;

/// An object that is made at most once.
pub(super) struct Once<T: ?Sized>(OnceLock<Arc<T>>);

impl<T: ?Sized> Once<T> {
    pub(super) fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(super) fn filled(object: Arc<T>) -> Self {
        Self(OnceLock::from(object))
    }

    pub(super) fn get(&self) -> Option<&Arc<T>> {
        self.0.get()
    }

    /// The object; made by `build` when there is none and no other thread makes it.
    ///
    /// After an error or a panic of `build` the next thread tries again.
    pub(super) fn get_or_build(
        &self,
        build: impl FnOnce() -> Result<Arc<T>, ContainerError>,
    ) -> Result<Arc<T>, ContainerError> {
        let _turn = match Turn::take(std::ptr::from_ref(self).addr(), || self.0.get())? {
            Took::Filled(object) => return Ok(object.clone()),
            Took::Turn(turn) => turn,
        };
        let object = build()?;
        // Nobody else fills the cell while the turn is ours.
        Ok(self.0.get_or_init(|| object).clone())
    }
}

static BUILDS: Mutex<Builds> = Mutex::new(Builds { running: Vec::new(), waiting: Vec::new() });
static FREED: Condvar = Condvar::new();

/// Who fills which cell, and who waits for which; a cell is known by its address.
struct Builds {
    running: Vec<(usize, ThreadId)>,
    waiting: Vec<Waiting>,
}

struct Waiting {
    thread: ThreadId,
    cell: usize,
    /// What the thread is making; the last is what it waits for.
    path: Vec<Key>,
}

enum Took<'a, T: ?Sized> {
    Filled(&'a Arc<T>),
    Turn(Turn),
}

/// The right to fill a cell; dropping it lets the next thread look.
struct Turn(usize);

impl Turn {
    fn take<'a, T: ?Sized>(
        cell: usize,
        filled: impl Fn() -> Option<&'a Arc<T>>,
    ) -> Result<Took<'a, T>, ContainerError> {
        let me = std::thread::current().id();
        let mut builds = builds();
        loop {
            if let Some(object) = filled() {
                return Ok(Took::Filled(object));
            }
            if builds.owner(cell).is_none() {
                builds.running.push((cell, me));
                return Ok(Took::Turn(Self(cell)));
            }
            if let Some(cycle) = builds.cycle(cell, me) {
                return Err(ContainerError::cycle(cycle));
            }
            builds.waiting.push(Waiting { thread: me, cell, path: stack::path() });
            builds = FREED.wait(builds).unwrap_or_else(PoisonError::into_inner);
            builds.waiting.retain(|waiting| waiting.thread != me);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut builds = builds();
        builds.running.retain(|(cell, _)| *cell != self.0);
        if !builds.waiting.is_empty() {
            FREED.notify_all();
        }
    }
}

impl Builds {
    fn owner(&self, cell: usize) -> Option<ThreadId> {
        self.running.iter().find(|(other, _)| *other == cell).map(|(_, thread)| *thread)
    }

    /// The cycle that would close if `me` waited for `cell`.
    fn cycle(&self, mut cell: usize, me: ThreadId) -> Option<Vec<Key>> {
        let mut chain: Vec<&Waiting> = Vec::new();
        loop {
            let owner = self.owner(cell)?;
            if owner == me {
                break;
            }
            let next = self.waiting.iter().find(|waiting| waiting.thread == owner)?;
            cell = next.cell;
            chain.push(next);
        }
        let mine = stack::path();
        let start = chain.last().and_then(|waiting| waiting.path.last()).or(mine.last())?;
        let mut cycle = from(&mine, start).to_vec();
        if chain.is_empty() {
            cycle.push(start.clone());
        }
        for waiting in &chain {
            let joint = cycle.pop()?;
            cycle.extend_from_slice(from(&waiting.path, &joint));
        }
        Some(cycle)
    }
}

/// The part of `path` that begins with `start`.
fn from<'a>(path: &'a [Key], start: &Key) -> &'a [Key] {
    path.iter().position(|key| key == start).map_or(path, |at| &path[at..])
}

fn builds() -> MutexGuard<'static, Builds> {
    lock(&BUILDS)
}
