//! Changes that leave everything as it was, as far as their request can see.
//!
//! They are no changes: a request that makes only such ones writes nothing. But where the same request changes the same
//! key as well, they count, because on the data of a parallel request they may do something: `forget` and then `push`
//! leaves one element, whatever was pushed meanwhile.

use super::changes::Change;
use crate::support::dot;

/// The no-ops of a request, each with the number of changes that were made before it.
#[derive(Default)]
pub(super) struct NoOps(Vec<(usize, Change)>);

impl NoOps {
    /// Keeps a no-op in mind, or makes a change of it where its key was changed before.
    pub(super) fn note(&mut self, no_op: Change, made: &mut Vec<Change>) {
        let touched = match root(&no_op) {
            Some(root) => made.iter().any(|change| self::root(change) == Some(root)),
            None => no_op == Change::Flush && !made.is_empty(),
        };
        if touched {
            made.push(no_op);
        } else if root(&no_op).is_some() || no_op == Change::Flush {
            self.0.push((made.len(), no_op));
        }
    }

    /// Makes changes of the no-ops about the key that `change` is about to change.
    pub(super) fn recall(&mut self, change: &Change, made: &mut Vec<Change>) {
        if *change == Change::Flush {
            return self.0.clear();
        }
        if self.0.is_empty() {
            return;
        }
        let Some(root) = root(change) else { return };
        for (before, no_op) in std::mem::take(&mut self.0) {
            if self::root(&no_op) == Some(root) {
                made.push(no_op);
                continue;
            }
            let is_first = || !made[before..].iter().any(|after| self::root(after) == Some(root));
            if no_op == Change::Flush && is_first() {
                made.push(Change::Forget(root.to_owned()));
            }
            self.0.push((before, no_op));
        }
    }
}

/// The first segment of the key that a change is about. What marks flash keys is about no key of its own.
fn root(change: &Change) -> Option<&str> {
    match change {
        Change::Put(key, _)
        | Change::Forget(key)
        | Change::Increment(key, _)
        | Change::Push(key, _) => Some(dot::split(key).map_or(key, |(first, _)| first)),
        Change::Flush | Change::Flash(_) | Change::Age(_) => None,
    }
}
