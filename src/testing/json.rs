//! What a test expects of a JSON body.

use serde::Serialize;
use serde_json::Value;

use super::TestResponse;
use super::client::to_json;

impl TestResponse {
    /// The body has all of this: maps may have more keys, lists are of the same length.
    #[track_caller]
    pub fn assert_json(&self, expected: impl Serialize) -> &Self {
        let expected = to_json(expected);
        let found: Value = self.json();
        match difference(&expected, &found, "") {
            None => self,
            Some((path, expected, found)) => self.fail(format_args!(
                "{}: expected {expected}, found {found}",
                if path.is_empty() { "the body" } else { &path }
            )),
        }
    }

    /// The body is exactly this.
    #[track_caller]
    pub fn assert_exact_json(&self, expected: impl Serialize) -> &Self {
        let (expected, found) = (to_json(expected), self.json::<Value>());
        self.check(expected == found, format_args!("the body is not exactly {expected}"))
    }

    /// The value at a dotted path is exactly this: `assert_json_path("users.0.name", "Ada")`.
    #[track_caller]
    pub fn assert_json_path(&self, path: &str, expected: impl Serialize) -> &Self {
        let (expected, body) = (to_json(expected), self.json::<Value>());
        match at(&body, path) {
            Some(found) => self
                .check(*found == expected, format_args!("`{path}` is {found} and not {expected}")),
            None => self.fail(format_args!("the body has no `{path}`")),
        }
    }

    /// There is nothing at a dotted path.
    #[track_caller]
    pub fn assert_json_missing(&self, path: &str) -> &Self {
        let body: Value = self.json();
        self.check(at(&body, path).is_none(), format_args!("the body has `{path}`"))
    }
}

fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, step)
}

fn step<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        value => value.get(key),
    }
}

/// The first place where `found` lacks something of `expected`: its path, and both values.
fn difference(expected: &Value, found: &Value, path: &str) -> Option<(String, String, String)> {
    let below = |key: &str| match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    };
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().find_map(|(key, value)| match found.get(key) {
                Some(found) => difference(value, found, &below(key)),
                None => Some((below(key), value.to_string(), "nothing".to_owned())),
            })
        }
        (Value::Array(wanted), Value::Array(list)) if wanted.len() == list.len() => {
            let pairs = wanted.iter().zip(list).enumerate();
            pairs.into_iter().find_map(|(index, (value, found))| {
                difference(value, found, &below(&index.to_string()))
            })
        }
        _ if expected == found => None,
        _ => Some((path.to_owned(), expected.to_string(), found.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_subset_is_told_from_what_differs() {
        let body = json!({"a": {"b": [1, {"c": 2, "d": 3}]}, "e": null});
        let first = |expected: Value| difference(&expected, &body, "").map(|(path, ..)| path);
        assert_eq!(first(json!({"a": {"b": [1, {"c": 2}]}})), None);
        assert_eq!(first(json!({"a": {"b": [1, {"c": 9}]}})).as_deref(), Some("a.b.1.c"));
        assert_eq!(first(json!({"a": {"b": [1]}})).as_deref(), Some("a.b"));
        assert_eq!(first(json!({"x": null})).as_deref(), Some("x"));
        assert_eq!(first(json!([])).as_deref(), Some(""));
        assert_eq!(at(&body, "a.b.1.d"), Some(&json!(3)));
        assert_eq!(at(&json!([[7]]), "0.0"), Some(&json!(7)));
    }
}
