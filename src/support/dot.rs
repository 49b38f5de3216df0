//! Dotted keys into JSON maps, with Laravel's rules.
//!
//! - Reading: a top-level key that equals the whole string wins; otherwise the string is split at its dots.
//! - Writing: always split; what stands in the way and is no map is replaced by one.
//! - Forgetting: the exact top-level key if there is one, else the leaf; empty parents stay.
//! - Elements of a list are reached by number, and a list that loses an element stays a list.

use serde_json::{Map, Value};

/// A JSON object, as sessions and input hold it.
pub type JsonMap = Map<String, Value>;

/// The first segment of a key and the rest, if there are dots. Keys are so short that a search for text takes longer.
pub fn split(key: &str) -> Option<(&str, &str)> {
    let dot = key.bytes().position(|byte| byte == b'.')?;
    Some((&key[..dot], &key[dot + 1..]))
}

/// How many segments a key has.
pub fn segments(key: &str) -> usize {
    1 + key.bytes().filter(|byte| *byte == b'.').count()
}

/// The value at `key`, if there is one.
pub fn get<'a>(map: &'a JsonMap, key: &str) -> Option<&'a Value> {
    if let Some(value) = map.get(key) {
        return Some(value);
    }
    let (first, rest) = split(key)?;
    get_in(map.get(first)?, rest)
}

/// The value at `path` below a value.
pub fn get_in<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, child)
}

fn child<'a>(value: &'a Value, segment: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(segment),
        Value::Array(list) => list.get(segment.parse::<usize>().ok()?),
        _ => None,
    }
}

/// Stores `value` at `key`, making the maps on the way.
pub fn put(map: &mut JsonMap, key: &str, value: Value) {
    *entry(map, key) = value;
}

/// The place at `key`, null where there was nothing.
pub fn entry<'a>(map: &'a mut JsonMap, key: &str) -> &'a mut Value {
    match split(key) {
        Some((first, rest)) => entry_in(slot(map, first), rest),
        None => slot(map, key),
    }
}

/// The place at `path` below a value, null where there was nothing.
pub fn entry_in<'a>(value: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(value, step)
}

fn slot<'a>(map: &'a mut JsonMap, segment: &str) -> &'a mut Value {
    // Looked up twice so that a key that exists costs no new string.
    if !map.contains_key(segment) {
        map.insert(segment.to_owned(), Value::Null);
    }
    &mut map[segment]
}

fn step<'a>(value: &'a mut Value, segment: &str) -> &'a mut Value {
    let index = list_index(value, segment);
    if index.is_none() && !value.is_object() {
        *value = Value::Object(JsonMap::new());
    }
    match (value, index) {
        (Value::Array(list), Some(index)) => {
            if index == list.len() {
                list.push(Value::Null);
            }
            &mut list[index]
        }
        (Value::Object(map), _) => slot(map, segment),
        _ => unreachable!("a value that is neither list nor map was just replaced by a map"),
    }
}

/// The place in a list that `segment` may write to: an element, or the one after the last.
fn list_index(value: &Value, segment: &str) -> Option<usize> {
    let Value::Array(list) = value else { return None };
    segment.parse::<usize>().ok().filter(|index| *index <= list.len())
}

/// Takes the value at `key` out.
pub fn forget(map: &mut JsonMap, key: &str) -> Option<Value> {
    if let Some(value) = map.remove(key) {
        return Some(value);
    }
    let (first, rest) = split(key)?;
    forget_in(map.get_mut(first)?, rest)
}

/// Takes the value at `path` below a value out.
pub fn forget_in(value: &mut Value, path: &str) -> Option<Value> {
    let (parent, leaf) = match path.rsplit_once('.') {
        Some((above, leaf)) => (above.split('.').try_fold(value, child_mut)?, leaf),
        None => (value, path),
    };
    match parent {
        Value::Object(map) => map.remove(leaf),
        Value::Array(list) => {
            let index = leaf.parse::<usize>().ok().filter(|index| *index < list.len())?;
            Some(list.remove(index))
        }
        _ => None,
    }
}

fn child_mut<'a>(value: &'a mut Value, segment: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => map.get_mut(segment),
        Value::Array(list) => list.get_mut(segment.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> JsonMap {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_literal_key_wins_over_the_path() {
        let map = map(json!({"a.b": 1, "a": {"b": 2, "c": 3}}));
        assert_eq!(get(&map, "a.b"), Some(&json!(1)));
        assert_eq!(get(&map, "a.c"), Some(&json!(3)));
    }

    #[test]
    fn writing_replaces_a_scalar_in_the_way() {
        let mut map = map(json!({"a": 1}));
        put(&mut map, "a.b.c", json!(2));
        assert_eq!(Value::Object(map), json!({"a": {"b": {"c": 2}}}));
    }

    #[test]
    fn elements_of_a_list_are_reached_by_number() {
        let mut map = map(json!({"list": [{"n": 1}, {"n": 2}]}));
        assert_eq!(get(&map, "list.1.n"), Some(&json!(2)));
        put(&mut map, "list.0.n", json!(5));
        put(&mut map, "list.2", json!("new"));
        assert_eq!(Value::Object(map), json!({"list": [{"n": 5}, {"n": 2}, "new"]}));
    }

    #[test]
    fn forgetting_an_element_keeps_a_list() {
        let mut map = map(json!({"list": [1, 2, 3], "a": {"b": 1}}));
        assert_eq!(forget(&mut map, "list.0"), Some(json!(1)));
        assert_eq!(forget(&mut map, "a.b"), Some(json!(1)));
        assert_eq!(forget(&mut map, "a.x.y"), None);
        assert_eq!(Value::Object(map), json!({"list": [2, 3], "a": {}}));
    }
}
