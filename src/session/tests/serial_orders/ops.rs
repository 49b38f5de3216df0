//! What a request does, to a session and to plain data.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::session::api::Session;
use crate::support::dot::{self, JsonMap};

#[derive(Clone, Debug)]
pub(super) enum Op {
    Put(&'static str, Value),
    Forget(&'static str),
    Increment(&'static str, i64),
    Push(&'static str, u8),
    Flush,
    Flash(&'static str, u8),
    Now(&'static str, u8),
    Keep(&'static str),
    Reflash,
    Regenerate,
    Invalidate,
}

impl Op {
    pub(super) fn run(&self, session: &Session) {
        match self {
            Self::Put(key, value) => session.put(key, value),
            Self::Forget(key) => session.forget(*key),
            Self::Increment(key, amount) => {
                session.increment(key, *amount);
            }
            Self::Push(key, value) => session.push(key, value),
            Self::Flush => session.flush(),
            Self::Flash(key, value) => session.flash(key, value),
            Self::Now(key, value) => session.now(key, value),
            Self::Keep(key) => session.keep(*key),
            Self::Reflash => session.reflash(),
            Self::Regenerate => session.regenerate(),
            Self::Invalidate => session.invalidate(),
        }
    }

    /// The same on plain data.
    pub(super) fn model(&self, data: &mut JsonMap) {
        match self {
            Self::Put(key, value) => dot::put(data, key, value.clone()),
            Self::Forget(key) => {
                dot::forget(data, key);
            }
            Self::Increment(key, amount) => {
                let sum = dot::get(data, key).and_then(Value::as_i64).unwrap_or_default() + amount;
                dot::put(data, key, sum.into());
            }
            Self::Push(key, value) => {
                let mut list =
                    dot::get(data, key).and_then(Value::as_array).cloned().unwrap_or_default();
                list.push(json!(value));
                dot::put(data, key, list.into());
            }
            Self::Flush => data.clear(),
            Self::Flash(key, value) => dot::put(data, key, json!(value)),
            Self::Now(..) | Self::Keep(_) | Self::Reflash | Self::Regenerate | Self::Invalidate => {
            }
        }
    }
}

/// The operations of a request, in which `reflash` stores what `now` has set, as far as it is still there.
pub(super) fn with_reflashed(ops: &[Op]) -> Vec<Op> {
    let (mut seen, mut passing, mut all) = (JsonMap::new(), Vec::new(), Vec::new());
    for op in ops {
        op.model(&mut seen);
        all.push(op.clone());
        match op {
            Op::Now(key, value) => {
                dot::put(&mut seen, key, json!(value));
                passing.push(*key);
            }
            Op::Reflash => {
                all.extend(passing.iter().filter_map(|key| {
                    dot::get(&seen, key).map(|value| Op::Put(key, value.clone()))
                }))
            }
            _ => {}
        }
    }
    all
}

/// Keys of one kind of value each, so that no request fails for the type of what it finds.
pub(super) fn ops() -> impl Strategy<Value = Op> {
    let number = prop::sample::select(vec!["n", "count.a", "count.b"]);
    let list = prop::sample::select(vec!["list", "deep.list"]);
    let value = prop::sample::select(vec!["v", "w", "tree", "tree.a", "tree.a.b"]);
    let any = prop_oneof![number.clone(), list.clone(), value.clone(), Just("count"), Just("deep")];
    let flash = prop::sample::select(vec!["flash.x", "flash.y", "status"]);
    prop_oneof![
        4 => (value.clone(), 0..3u8).prop_map(|(key, value)| Op::Put(key, json!(value))),
        1 => (number.clone(), 0..3u8).prop_map(|(key, value)| Op::Put(key, json!(value))),
        1 => (list.clone(), 0..3u8).prop_map(|(key, value)| Op::Put(key, json!([value]))),
        1 => value.clone().prop_map(|key| Op::Put(key, json!({"a": 1}))),
        3 => any.prop_map(Op::Forget),
        6 => (number, -1..3i64).prop_map(|(key, amount)| Op::Increment(key, amount)),
        4 => (list, 0..9u8).prop_map(|(key, value)| Op::Push(key, value)),
        1 => Just(Op::Flush),
        1 => (flash.clone(), 0..3u8).prop_map(|(key, value)| Op::Flash(key, value)),
        1 => (value, 0..3u8).prop_map(|(key, value)| Op::Now(key, value)),
        1 => flash.prop_map(Op::Keep),
        1 => Just(Op::Reflash),
        1 => Just(Op::Regenerate),
        1 => Just(Op::Invalidate),
    ]
}
