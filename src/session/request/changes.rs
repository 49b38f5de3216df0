//! What one request did to its session.
//!
//! A request does not edit the record: it appends to its changes, and reads see the record with the changes
//! applied. When another request committed first, the same changes are applied to the newer record. So two
//! requests that set different keys both win, and `increment` and `push` are exact.
//!
//! A change that leaves everything as it was, as far as its request can see, is none: a request that makes only such ones
//! writes nothing (but see `no_ops.rs`).

use std::collections::HashSet;

use bytes::Bytes;
use serde_json::{Number, Value};

use super::flash_keys;
use crate::session::record::{Data, Draft, Unstorable};
use crate::support::dot;

/// One step of what a request did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Put(String, Value),
    Forget(String),
    Increment(String, i64),
    Push(String, Value),
    /// Empties the data.
    Flush,
    /// Marks keys as flash: they go with the next page.
    Flash(Vec<String>),
    /// The visitor has seen a page with these flash keys.
    Age(Vec<String>),
}

impl Change {
    /// Applies the change.
    pub(super) fn apply(&self, data: &mut Data) -> Result<(), Unstorable> {
        self.check_depth()?;
        match self {
            Self::Put(key, value) => data.put(key, value.clone())?,
            Self::Forget(key) => data.forget(key),
            Self::Increment(key, amount) => {
                let sum = add(data.get(key), *amount).map_err(|why| Unstorable::new(key, why))?;
                data.put(key, Value::Number(sum))?;
            }
            Self::Push(key, value) => push(data, key, value.clone())?,
            Self::Flush => data.clear(),
            Self::Flash(keys) => flash_keys::mark(data, keys)?,
            Self::Age(seen) => flash_keys::age(data, seen)?,
        }
        Ok(())
    }

    /// The key that the change is about, for messages.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Put(key, _)
            | Self::Forget(key)
            | Self::Increment(key, _)
            | Self::Push(key, _) => key,
            Self::Flush => "(all)",
            Self::Flash(keys) | Self::Age(keys) => keys.first().map_or("(flash)", String::as_str),
        }
    }

    /// Applies a change that nobody needs afterwards, without a copy of what it stores.
    pub(super) fn settle(self, data: &mut Data) -> Result<(), Unstorable> {
        match self {
            Self::Put(key, value) if dot::split(&key).is_none() => {
                data.insert(key, value);
                Ok(())
            }
            other => other.apply(data),
        }
    }
}

/// Whether an empty session is empty again after these changes: whatever they stored, they have forgotten.
///
/// The empty maps that a dotted key leaves behind do not count.
pub(super) fn leave_nothing(changes: &[Change]) -> bool {
    let mut forgotten = HashSet::new();
    for change in changes.iter().rev() {
        match change {
            Change::Flush => return true,
            Change::Forget(key) => {
                forgotten.insert(key.as_str());
            }
            Change::Put(key, _) | Change::Increment(key, _) | Change::Push(key, _) => {
                let mut parents = key.match_indices('.').map(|(dot, _)| &key[..dot]);
                if !forgotten.contains(key.as_str()) && !parents.any(|it| forgotten.contains(it)) {
                    return false;
                }
            }
            // They name keys, and store no values.
            Change::Flash(_) | Change::Age(_) => {}
        }
    }
    true
}

/// How deep maps and lists may lie in one another. What is read back stops at 128, so that no record can exhaust the
/// stack; what is written stops before.
const MAX_DEPTH: usize = 100;

impl Change {
    /// Keys are absolute, so the segments of a key and the depth of its value bound the whole record.
    pub(super) fn check_depth(&self) -> Result<(), Unstorable> {
        let (key, below) = match self {
            Self::Put(key, value) => (key, depth(value)),
            Self::Push(key, value) => (key, 1 + depth(value)),
            Self::Increment(key, _) => (key, 0),
            Self::Forget(_) | Self::Flush | Self::Flash(_) | Self::Age(_) => return Ok(()),
        };
        // A key has no more segments than bytes: most need not be looked through.
        if key.len() + below >= MAX_DEPTH && dot::segments(key) + below > MAX_DEPTH {
            let shown: String = key.chars().take(60).collect();
            return Err(Unstorable::new(
                &shown,
                format!("it lies more than {MAX_DEPTH} maps and lists deep"),
            ));
        }
        Ok(())
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or_default(),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Adds to a stored number. What is absent or null counts as 0, and text that is a number counts as that
/// number, as in Laravel.
pub(crate) fn add(value: Option<&Value>, amount: i64) -> Result<Number, String> {
    let number = match value {
        None | Some(Value::Null) => Number::from(0),
        Some(Value::Number(number)) => number.clone(),
        Some(Value::String(text)) => match text.parse::<Number>() {
            Ok(number) => number,
            Err(_) => return Err("it holds text that is no number".to_owned()),
        },
        Some(other) => return Err(format!("it holds {} and no number", kind(other))),
    };
    if let Some(whole) = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from)) {
        let sum = whole + i128::from(amount);
        let signed = i64::try_from(sum).map(Number::from);
        return signed
            .or_else(|_| u64::try_from(sum).map(Number::from))
            .map_err(|_| "the sum is too large".to_owned());
    }
    let sum = number.as_f64().unwrap_or_default() + amount as f64;
    Number::from_f64(sum).ok_or_else(|| "the sum is too large".to_owned())
}

fn push(data: &mut Data, key: &str, value: Value) -> Result<(), Unstorable> {
    match data.get(key) {
        None | Some(Value::Null | Value::Array(_)) => {}
        Some(other) => {
            return Err(Unstorable::new(key, format!("it holds {} and no list", kind(other))));
        }
    }
    match data.entry(key)? {
        Value::Array(list) => list.push(value),
        other => *other = Value::Array(vec![value]),
    }
    Ok(())
}

/// A record with changes applied to it.
pub(crate) fn reapply(raw: Bytes, changes: &[Change]) -> Result<Draft, Unstorable> {
    draft(&changed(raw, changes)?)
}

pub(super) fn changed(raw: Bytes, changes: &[Change]) -> Result<Data, Unstorable> {
    let mut data = Data::parse(raw).map_err(|error| Unstorable::new("(data)", error))?;
    for change in changes {
        change.apply(&mut data)?;
    }
    Ok(data)
}

pub(super) fn draft(data: &Data) -> Result<Draft, Unstorable> {
    Draft::of(data).map_err(|error| Unstorable::new("(data)", error))
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
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

#[cfg(test)]
mod tests;
