//! JSON bodies, and single values as the types that an action asks for.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{InputError, from_input};
use crate::support::dot::JsonMap;

/// How much a JSON body may hold.
///
/// Its length alone does not bound the memory that it takes: a list of `{"a":1}` takes a hundred times its length once it is
/// parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonLimits {
    /// Members of objects and elements of lists, all together. An empty object or list counts as if it held one.
    pub values: usize,
    /// Objects and lists inside each other; never more than 127.
    pub depth: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self { values: 10_000, depth: 64 }
    }
}

/// Parses a JSON body. Limits are checked before anything is built.
///
/// # Errors
/// [`InputError::TooLarge`] beyond a limit, [`InputError::Malformed`] when the bytes are not JSON.
pub fn parse_json(bytes: &[u8], limits: &JsonLimits) -> Result<Value, InputError> {
    check(bytes, limits)?;
    serde_json::from_slice(bytes)
        .map_err(|error| InputError::Malformed(format!("the body is no JSON: {error}")))
}

/// Every value but the outermost follows a comma or the opening bracket of what holds it.
fn check(bytes: &[u8], limits: &JsonLimits) -> Result<(), InputError> {
    let (mut values, mut depth) = (0, 0_usize);
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b',' => values += 1,
            b'[' | b'{' => (values, depth) = (values + 1, depth + 1),
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if values > limits.values {
            let message = format!("The JSON has more than {} values.", limits.values);
            return Err(InputError::TooLarge(message));
        }
        if depth > limits.depth {
            let message = format!("The JSON is nested more than {} levels deep.", limits.depth);
            return Err(InputError::TooLarge(message));
        }
    }
    Ok(())
}

fn skip_string(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
}

/// Reads one value as a `T`, with the leniency of [`from_input`]: text of a form becomes a number when `T` is one.
///
/// # Errors
/// When the value is no `T`.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, InputError> {
    #[derive(serde::Deserialize)]
    struct One<T> {
        value: T,
    }
    from_input::<One<T>>(JsonMap::from_iter([("value".to_owned(), value)])).map(|one| one.value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn status(text: &str) -> u16 {
        parse_json(text.as_bytes(), &JsonLimits::default())
            .map_or_else(|error| error.status(), |_| 200)
    }

    #[test]
    fn members_and_elements_are_counted_at_every_level() {
        let limits = JsonLimits { values: 5, depth: 3 };
        let parse =
            |text: &str| parse_json(text.as_bytes(), &limits).map_err(|error| error.status());
        assert_eq!(parse("[1,2,3,4,5]"), Ok(json!([1, 2, 3, 4, 5])));
        assert_eq!(parse("[1,2,3,4,5,6]"), Err(413));
        assert_eq!(parse(r#"{"a":[{"b":1},2],"c":3}"#), Ok(json!({"a": [{"b": 1}, 2], "c": 3})));
        assert_eq!(parse(r#"{"a":[{"b":1},2],"c":3,"d":4}"#), Err(413));
        assert_eq!(parse("[[],[],[]]"), Err(413));
        assert_eq!(
            parse(r#"{"a,[{":",,,,\",[[[[","b":"\\"}"#),
            Ok(json!({"a,[{": ",,,,\",[[[[", "b": "\\"}))
        );
        assert_eq!(parse("[[[1]]]"), Ok(json!([[[1]]])));
        assert_eq!(parse("[[[[1]]]]"), Err(413));
    }

    #[test]
    fn by_default_ten_thousand_values_and_64_levels_are_read() {
        assert_eq!(status(&format!("[{}0]", "0,".repeat(9_999))), 200);
        assert_eq!(status(&format!("[{}0]", "0,".repeat(10_000))), 413);
        assert_eq!(status(&format!("{}{}", "[".repeat(64), "]".repeat(64))), 200);
        assert_eq!(status(&format!("{}{}", "[".repeat(65), "]".repeat(65))), 413);
        for text in ["", "{", "]", "\"", "\"\\", "[1,]", "]]]][[[["] {
            assert_eq!(status(text), 400, "{text}");
        }
    }

    fn count(value: &Value) -> usize {
        match value {
            Value::Array(list) => list.len().max(1) + list.iter().map(count).sum::<usize>(),
            Value::Object(map) => map.len().max(1) + map.values().map(count).sum::<usize>(),
            _ => 0,
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<i64>().prop_map(|n| json!(n)),
            ".*".prop_map(|s| json!(s))
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_count_is_that_of_the_value(value in any_json()) {
            let (text, values) = (value.to_string(), count(&value));
            let at = |values| JsonLimits { values, depth: 64 };
            prop_assert_eq!(parse_json(text.as_bytes(), &at(values)).ok(), Some(value));
            if values > 0 {
                prop_assert!(parse_json(text.as_bytes(), &at(values - 1)).is_err());
            }
        }
    }
}
