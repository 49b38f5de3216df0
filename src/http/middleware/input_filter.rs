//! What normalises the input of a request.

use serde_json::Value;

use crate::http::input::FieldNames;
use crate::support::dot::JsonMap;

/// Normalises the text in query, form and JSON.
///
/// It takes a place in the chain as a middleware does, but only leaves a note on the request: the body is read as late as
/// without it, and a request that has no input does nothing for it.
pub(crate) struct InputFilter {
    /// Fields that stay as they are, with all that is in them.
    pub(super) except: FieldNames,
    /// Called with each text.
    pub(super) clean: fn(&mut Value),
}

impl InputFilter {
    pub(crate) fn clean_all(&self, fields: &mut JsonMap) {
        for (name, value) in fields {
            if !self.except.matches(name) {
                self.clean_value(value);
            }
        }
    }

    pub(crate) fn clean_value(&self, value: &mut Value) {
        match value {
            Value::String(_) => (self.clean)(value),
            Value::Array(values) => values.iter_mut().for_each(|value| self.clean_value(value)),
            Value::Object(fields) => self.clean_all(fields),
            _ => {}
        }
    }
}
