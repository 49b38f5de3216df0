//! Changes that leave everything as it was, as far as their request can see.
//!
//! They are no changes: a request that makes only such ones writes nothing. But where the same request changes the same
//! key as well, they count, because on the data of a parallel request they may do something: `forget` and then `push`
//! leaves one element, whatever was pushed meanwhile.

use serde_json::{Number, Value};

use super::changes::Change;
use crate::session::record::Data;
use crate::support::dot;

/// The no-ops of a request, each with the number of changes that were made before it.
pub(super) struct NoOps(pub(super) Vec<(usize, Change)>);

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

/// Whether a change leaves this data as it is.
pub(super) fn is_no_op_on(data: &mut Data, change: &Change) -> bool {
    match change {
        Change::Put(key, value) => data.get(key).is_some_and(|stored| is_same(stored, value)),
        Change::Forget(key) => data.get(key).is_none(),
        Change::Increment(key, amount) => {
            *amount == 0 && data.get(key).is_some_and(Value::is_number)
        }
        Change::Push(..) => false,
        Change::Flush => data.is_empty(),
        Change::Flash(keys) => keys.is_empty(),
        Change::Age(seen) => seen.is_empty(),
    }
}

/// Whether two values are stored alike: as `==`, but zeros of different signs are different.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let sign = |number: &Number| number.as_f64().is_some_and(f64::is_sign_negative);
            a == b && sign(a) == sign(b)
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let in_b = |(key, a): (&String, &Value)| b.get(key).is_some_and(|b| is_same(a, b));
            a.len() == b.len() && a.iter().all(in_b)
        }
        _ => a == b,
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
