//! Dotted keys into JSON maps, with Laravel's rules at every level.
//!
//! - Reading: in each map, a key that equals all that is left of the dotted key wins; otherwise it is split at one of its
//!   dots, at the first that leads to a value. So `filter.a.b` finds `{"filter": {"a.b": 1}}` too.
//! - Writing: to the place that reading finds. If there is none, the key is split at every dot; what is in the way and is
//!   not a map is replaced by one.
//! - Forgetting: what reading finds; empty parents stay.
//! - Elements of a list are reached by number, and a list that loses an element stays a list.

use serde_json::{Map, Value};

/// A JSON object, as sessions and input hold it.
pub type JsonMap = Map<String, Value>;

/// The first segment of a key and the rest, if there are dots. Keys are so short that a search for text takes longer.
pub fn split(key: &str) -> Option<(&str, &str)> {
    splits(key).next()
}

/// The two parts of a key at each of its dots, from the first dot to the last.
pub(crate) fn splits(key: &str) -> impl Iterator<Item = (&str, &str)> {
    let dots = key.bytes().enumerate().filter(|(_, byte)| *byte == b'.');
    dots.map(|(dot, _)| (&key[..dot], &key[dot + 1..]))
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
    splits(key).find_map(|(first, rest)| get_in(map.get(first)?, rest))
}

/// The value at `path` below a value.
pub fn get_in<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(value) = child(value, path) {
        return Some(value);
    }
    splits(path).find_map(|(first, rest)| get_in(child(value, first)?, rest))
}

fn child<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(key),
        Value::Array(list) => list.get(index(key)?),
        _ => None,
    }
}

/// The number that a key is, in the form in which numbers are written: `08` is a name.
pub(crate) fn index(key: &str) -> Option<usize> {
    let number = key.bytes().all(|byte| byte.is_ascii_digit()) && key.len() <= 15;
    let canonical = number && (key == "0" || !key.starts_with('0'));
    if canonical { key.parse().ok() } else { None }
}

/// The first key on the way to the value at `path`, and the rest of the path below it; `None` if there is no such value.
fn way<'p, 'v>(
    path: &'p str,
    child: impl Fn(&str) -> Option<&'v Value>,
) -> Option<(&'p str, Option<&'p str>)> {
    if child(path).is_some() {
        return Some((path, None));
    }
    let leads =
        |(first, rest): &(&str, &str)| child(first).and_then(|at| get_in(at, rest)).is_some();
    splits(path).find(leads).map(|(first, rest)| (first, Some(rest)))
}

/// Stores `value` at `key`, making the maps on the way.
pub fn put(map: &mut JsonMap, key: &str, value: Value) {
    *entry(map, key) = value;
}

/// The place at `key`, null where there was nothing.
pub fn entry<'a>(map: &'a mut JsonMap, key: &str) -> &'a mut Value {
    let found = way(key, |key| map.get(key));
    match found.unwrap_or_else(|| first_step(key)) {
        (first, Some(rest)) => entry_in(slot(map, first), rest),
        (key, None) => slot(map, key),
    }
}

/// The first segment of a key and the rest, if there is more.
pub(crate) fn first_step(key: &str) -> (&str, Option<&str>) {
    split(key).map_or((key, None), |(first, rest)| (first, Some(rest)))
}

/// The place at `path` below a value, null where there was nothing.
pub fn entry_in<'a>(mut value: &'a mut Value, mut path: &str) -> &'a mut Value {
    while let Some((first, rest)) = way(path, |key| child(value, key)) {
        value = step(value, first);
        match rest {
            Some(rest) => path = rest,
            None => return value,
        }
    }
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
    index(segment).filter(|index| *index <= list.len())
}

/// Takes the value at `key` out.
pub fn forget(map: &mut JsonMap, key: &str) -> Option<Value> {
    match way(key, |key| map.get(key))? {
        (first, Some(rest)) => forget_in(map.get_mut(first)?, rest),
        (key, None) => map.remove(key),
    }
}

/// Takes the value at `path` below a value out.
pub fn forget_in(mut value: &mut Value, mut path: &str) -> Option<Value> {
    while let (first, Some(rest)) = way(path, |key| child(value, key))? {
        value = child_mut(value, first)?;
        path = rest;
    }
    match value {
        Value::Object(map) => map.remove(path),
        Value::Array(list) => Some(list.remove(index(path)?)),
        _ => None,
    }
}

/// Takes out all values that `key` could stand for, not only the one that reading finds.
pub fn forget_all(map: &mut JsonMap, key: &str) {
    each_place(map, key, &mut |parent, key| {
        forget_in(parent, key);
    });
}

/// Stores `value` wherever `key` could stand for a value, and as [`put`] does if that is nowhere.
pub fn put_all(map: &mut JsonMap, key: &str, value: Value) {
    let mut found = false;
    each_place(map, key, &mut |parent, key| {
        if let Some(place) = child_mut(parent, key) {
            found = true;
            place.clone_from(&value);
        }
    });
    if !found {
        put(map, key, value);
    }
}

/// Calls `act` with each value's parent and its key there.
fn each_place(map: &mut JsonMap, key: &str, act: &mut dyn FnMut(&mut Value, &str)) {
    let mut root = Value::Object(std::mem::take(map));
    each_place_in(&mut root, key, act);
    if let Value::Object(all) = root {
        *map = all;
    }
}

fn each_place_in(value: &mut Value, path: &str, act: &mut dyn FnMut(&mut Value, &str)) {
    if child(value, path).is_some() {
        act(value, path);
    }
    for (first, rest) in splits(path) {
        if let Some(child) = child_mut(value, first) {
            each_place_in(child, rest, act);
        }
    }
}

fn child_mut<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => map.get_mut(key),
        Value::Array(list) => list.get_mut(index(key)?),
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
    fn all_values_of_a_key_are_forgotten_or_stored_at_once() {
        let all = map(json!({
            "a.b.c": 1, "a": {"b.c": 2, "b": {"c": 3, "d": 4}}, "a.b": {"c": 5, "e": 6}, "l": [1, 1, {"x.y": 1, "x": {"y": 2}}],
        }));
        let mut rest = all.clone();
        for key in ["a.b.c", "l.2.x.y", "l.0", "absent.key"] {
            forget_all(&mut rest, key);
        }
        let left = json!({"a": {"b": {"d": 4}}, "a.b": {"e": 6}, "l": [1, {"x": {}}]});
        assert_eq!(Value::Object(rest), left);
        let mut stored = all;
        for key in ["a.b.c", "l.2.x.y", "l.0", "new.key"] {
            put_all(&mut stored, key, json!(0));
        }
        let expected = json!({
            "a.b.c": 0, "a": {"b.c": 0, "b": {"c": 0, "d": 4}}, "a.b": {"c": 0, "e": 6}, "l": [0, 1, {"x.y": 0, "x": {"y": 0}}],
            "new": {"key": 0},
        });
        assert_eq!(Value::Object(stored), expected);
    }

    #[test]
    fn a_literal_key_wins_over_the_path() {
        let map = map(json!({"a.b": 1, "a": {"b": 2, "c": 3}}));
        assert_eq!(get(&map, "a.b"), Some(&json!(1)));
        assert_eq!(get(&map, "a.c"), Some(&json!(3)));
    }

    #[test]
    fn keys_with_dots_are_found_at_every_level() {
        let map = map(json!({
            "filter": {"a.b": 1, "a": {"b": 2, "c": 3}, "x.y": {"z": 4}},
            "errors": {"default": {"items.0.name": ["required"]}},
            "top.level": {"in": 5},
        }));
        assert_eq!(get(&map, "filter.a.b"), Some(&json!(1)));
        assert_eq!(get(&map, "filter.a.c"), Some(&json!(3)));
        assert_eq!(get(&map, "filter.x.y.z"), Some(&json!(4)));
        assert_eq!(get(&map, "errors.default.items.0.name"), Some(&json!(["required"])));
        assert_eq!(get(&map, "errors.default.items.0.name.0"), Some(&json!("required")));
        assert_eq!(get(&map, "top.level.in"), Some(&json!(5)));
        assert_eq!(get(&map, "filter.x.y.w"), None);
        assert_eq!(get(&map, "filter.x"), None);
    }

    #[test]
    fn what_is_written_is_read_back_whatever_was_there() {
        let mut map = map(json!({"a": {"b.c": 1, "d": {"e.f": {}}}, "x.y": 1}));
        for key in ["a.b.c", "a.d.e.f.g", "a.b.d", "x.y", "x.z"] {
            put(&mut map, key, json!(key));
            assert_eq!(get(&map, key), Some(&json!(key)));
        }
        let after = json!({
            "a": {"b.c": "a.b.c", "b": {"d": "a.b.d"}, "d": {"e.f": {}, "e": {"f": {"g": "a.d.e.f.g"}}}},
            "x.y": "x.y",
            "x": {"z": "x.z"},
        });
        assert_eq!(Value::Object(map), after);
    }

    #[test]
    fn what_reading_finds_is_forgotten_and_nothing_else() {
        let mut map = map(json!({"a": {"b.c": 1, "b": {"c": 2}, "d.e": {"f": 3, "g": 4}}}));
        assert_eq!(forget(&mut map, "a.b.c"), Some(json!(1)));
        assert_eq!(forget(&mut map, "a.d.e.f"), Some(json!(3)));
        assert_eq!(forget(&mut map, "a.d.e.f"), None);
        assert_eq!(Value::Object(map), json!({"a": {"b": {"c": 2}, "d.e": {"g": 4}}}));
    }

    #[test]
    fn a_number_of_a_list_is_written_as_numbers_are() {
        let map = map(json!({"list": ["x", "y"]}));
        assert_eq!(get(&map, "list.1"), Some(&json!("y")));
        assert_eq!((get(&map, "list.01"), get(&map, "list.+1")), (None, None));
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
