//! JSON bodies, and single values as the types that an action asks for.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::InputError;
use super::from_input;
use crate::support::dot::JsonMap;

/// Parses a JSON body. Nesting deeper than 128 is refused, so that no body can exhaust the stack.
///
/// # Errors
/// When the bytes are no JSON.
pub fn parse_json(bytes: &[u8]) -> Result<Value, InputError> {
    serde_json::from_slice(bytes)
        .map_err(|error| InputError::Malformed(format!("the body is no JSON: {error}")))
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
