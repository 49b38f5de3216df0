//! What this thread is making right now, outermost first.
//!
//! It is a thread-local rather than a list handed from resolver to resolver, so that a factory which makes
//! something through a captured container is seen too: an unseen cycle would overflow the stack.

use std::cell::RefCell;
use std::marker::PhantomData;

use super::error::ContainerError;
use super::key::Key;

thread_local! {
    static STACK: RefCell<Vec<(usize, Key)>> = const { RefCell::new(Vec::new()) };
}

/// One thing being made; dropping it takes it off the stack.
pub(super) struct Frame(PhantomData<*const ()>);

impl Frame {
    /// Notes that `key` of a container is being made.
    pub(super) fn enter(container: usize, key: Key) -> Result<Self, ContainerError> {
        STACK.with_borrow_mut(|stack| {
            let known = stack.iter().position(|(place, made)| *place == container && *made == key);
            if let Some(start) = known {
                let mut cycle: Vec<Key> =
                    stack[start..].iter().map(|(_, key)| key.clone()).collect();
                cycle.push(key);
                return Err(ContainerError::cycle(cycle));
            }
            stack.push((container, key));
            Ok(Self(PhantomData))
        })
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        STACK.with_borrow_mut(Vec::pop);
    }
}

/// Everything being made, outermost first.
pub(super) fn path() -> Vec<Key> {
    STACK.with_borrow(|stack| stack.iter().map(|(_, key)| key.clone()).collect())
}

/// What is being made, and who needs it, nearest first.
pub(super) fn current() -> Option<(Key, Vec<Key>)> {
    let mut path = path();
    let current = path.pop()?;
    path.reverse();
    Some((current, path))
}
