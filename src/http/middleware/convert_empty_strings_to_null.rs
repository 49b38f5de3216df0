//! The middleware `convert_empty_strings_to_null`.

use serde_json::Value;

use super::BoxMiddleware;
use super::input_filter::InputFilter;
use crate::http::input::FieldNames;

/// Makes null of each empty text of the input: a field that was left empty has no value.
pub(crate) fn convert_empty_strings_to_null() -> BoxMiddleware {
    let except = FieldNames::new([] as [&str; 0]);
    BoxMiddleware::for_input(InputFilter { except, clean: convert })
}

fn convert(value: &mut Value) {
    if value.as_str().is_some_and(str::is_empty) {
        *value = Value::Null;
    }
}
