//! Input as a struct of the action's own.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::InputError;
use super::fault::Fault;
use super::lenient::Lenient;
use crate::support::dot::JsonMap;

/// Reads the whole input into a type of the action's own.
///
/// Forms can only send strings, so a string becomes what the type asks for:
///
/// - a number: `"5"`, `" 2.5 "`;
/// - a `bool`: `1 true on yes` and `0 false off no` or nothing, in any case. A checkbox that is not
///   ticked is not sent at all: give such a field `#[serde(default)]`;
/// - a `char`, or an enum's variant without data;
/// - `None` for an `Option`, when it is empty.
///
/// Everything else must be of its type: one value is not a list, and a number is not a string.
/// Inside `#[serde(flatten)]` and untagged enums the types are not known, so strings stay strings there.
///
/// ```
/// use lunox::http::input::{FormLimits, from_input, parse_form};
///
/// #[derive(serde::Deserialize)]
/// struct Search { page: u32, #[serde(default)] exact: bool, tag: Option<String> }
///
/// let query = parse_form(b"page=3&exact=on&tag=", &FormLimits::default()).unwrap();
/// let search: Search = from_input(query).unwrap();
/// assert_eq!((search.page, search.exact, search.tag), (3, true, None));
///
/// let query = parse_form(b"page=next", &FormLimits::default()).unwrap();
/// let error = from_input::<Search>(query).err().unwrap();
/// assert_eq!(error.to_string(), "The page field must be a whole number.");
/// ```
///
/// # Errors
/// [`InputError::Invalid`] with the first field that does not fit, and what was expected of it.
pub fn from_input<T: DeserializeOwned>(input: JsonMap) -> Result<T, InputError> {
    serde_path_to_error::deserialize(Lenient(Value::Object(input))).map_err(|error| {
        let path = dotted(error.path());
        invalid(path, error.into_inner())
    })
}

fn dotted(path: &Path) -> Vec<String> {
    let known = path.iter().filter(|segment| !matches!(segment, Segment::Unknown));
    known
        .map(|segment| match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.clone(),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => String::new(),
        })
        .collect()
}

fn invalid(mut path: Vec<String>, fault: Fault) -> InputError {
    if let Some(field) = fault.field
        && path.last() != Some(&field)
    {
        path.push(field);
    }
    if path.is_empty() {
        let message = format!("The input {}.", fault.text);
        return InputError::Invalid { field: "input".to_owned(), message };
    }
    let field = path.join(".");
    let message = format!("The {} field {}.", field.replace('_', " "), fault.text);
    InputError::Invalid { field, message }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    fn read<T: DeserializeOwned>(input: Value) -> Result<T, (String, String)> {
        let Value::Object(input) = input else { panic!("input is a map") };
        from_input(input).map_err(|error| match error {
            InputError::Invalid { field, message } => (field, message),
            other => panic!("{other:?}"),
        })
    }

    /// The message for the one field `x` of type `T`.
    fn refusal<T: DeserializeOwned>(value: Value) -> String {
        #[derive(Deserialize)]
        struct One<T> {
            #[serde(rename = "x")]
            _x: T,
        }
        let (field, message) = read::<One<T>>(json!({"x": value})).err().unwrap();
        assert_eq!(field, "x");
        message
    }

    fn value<T: DeserializeOwned>(value: Value) -> T {
        let mut map: HashMap<String, T> = read(json!({"x": value})).unwrap();
        map.remove("x").unwrap()
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Size {
        Small,
        Large,
        Other(u8),
        Box { width: u8 },
    }

    #[test]
    fn strings_become_what_is_asked() {
        assert_eq!(value::<u8>(json!("5")), 5);
        assert_eq!(value::<i64>(json!(" -5 ")), -5);
        assert_eq!(value::<i128>(json!("5")), 5);
        assert_eq!(value::<f64>(json!("2.5")), 2.5);
        assert_eq!(value::<f32>(json!(2)), 2.0);
        // Read as an f64 first, these are halfway between two f32 and go to the wrong one.
        assert_eq!(value::<f32>(json!("7.038531e-26")), 7.038531e-26);
        assert_eq!(value::<f32>(json!(7.038531e-26)), 7.038531e-26);
        assert_eq!(value::<char>(json!("ü")), 'ü');
        assert_eq!(value::<Size>(json!("large")), Size::Large);
        assert_eq!(value::<Vec<u8>>(json!(["1", 2])), [1, 2]);
        assert_eq!(value::<HashMap<u8, bool>>(json!({"7": "on"})), HashMap::from([(7, true)]));
        assert_eq!(value::<Value>(json!({"a": ["1", null, 2.5, true]}))["a"][0], json!("1"));
    }

    #[test]
    fn ticks_are_read_in_every_spelling() {
        for text in ["1", "true", "on", "yes", "ON"] {
            assert!(value::<bool>(json!(text)), "{text}");
        }
        for text in ["0", "false", "off", "no", "", "No"] {
            assert!(!value::<bool>(json!(text)), "{text}");
        }
        assert!(value::<bool>(json!(true)));
        assert_eq!(refusal::<bool>(json!("maybe")), "The x field must be true or false.");
    }

    #[test]
    fn an_empty_string_is_none() {
        assert_eq!(value::<Option<u8>>(json!("")), None);
        assert_eq!(value::<Option<String>>(json!("")), None);
        assert_eq!(value::<Option<String>>(json!(null)), None);
        assert_eq!(value::<Option<u8>>(json!("3")), Some(3));
        assert_eq!(value::<String>(json!("")), "");
    }

    #[test]
    fn variants_with_data_come_as_maps() {
        assert_eq!(value::<Size>(json!({"other": "4"})), Size::Other(4));
        assert_eq!(value::<Size>(json!({"box": {"width": "4"}})), Size::Box { width: 4 });
        assert_eq!(value::<Size>(json!({"small": null})), Size::Small);
        let names = "The x field must be one of small, large, other, box.";
        assert_eq!(refusal::<Size>(json!("huge")), names);
        assert_eq!(refusal::<Size>(json!(["small"])), names);
        assert_eq!(refusal::<Size>(json!({"small": null, "large": null})), names);
        assert!(read::<HashMap<String, Size>>(json!({"x": "other"})).is_err());
        assert!(read::<HashMap<String, Size>>(json!({"x": {"small": 1}})).is_err());
    }

    #[test]
    fn messages_say_what_was_expected() {
        assert_eq!(refusal::<i64>(json!("x")), "The x field must be a whole number.");
        assert_eq!(refusal::<i64>(json!(1.5)), "The x field must be a whole number.");
        assert_eq!(
            refusal::<u8>(json!("300")),
            "The x field must be a whole number from 0 to 255."
        );
        assert_eq!(refusal::<u8>(json!(-1)), "The x field must be a whole number from 0 to 255.");
        assert_eq!(refusal::<f64>(json!("inf")), "The x field must be a number.");
        assert_eq!(refusal::<char>(json!("ab")), "The x field must be a single character.");
        assert_eq!(refusal::<String>(json!(5)), "The x field must be text.");
        assert_eq!(refusal::<Vec<u8>>(json!("5")), "The x field must be a list.");
        assert_eq!(
            refusal::<HashMap<String, u8>>(json!("5")),
            "The x field must be a group of fields."
        );
        assert_eq!(refusal::<(u8, u8)>(json!(["1"])), "The x field must be a tuple of size 2.");
    }

    #[test]
    fn nothing_where_something_is_needed_is_required() {
        for nothing in [json!(null), json!("")] {
            assert_eq!(refusal::<u8>(nothing.clone()), "The x field is required.");
            assert_eq!(refusal::<Size>(nothing), "The x field is required.");
        }
        assert_eq!(refusal::<String>(json!(null)), "The x field is required.");
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[serde(rename = "items")]
        _items: Vec<Item>,
        #[serde(default, rename = "id")]
        _id: Option<uuid::Uuid>,
    }

    #[derive(Debug, Deserialize)]
    struct Item {
        #[serde(rename = "unit_price")]
        _unit_price: u32,
    }

    #[test]
    fn the_field_is_named_by_its_dotted_path() {
        let wrong = read::<Order>(json!({"items": [{"unit_price": "1"}, {"unit_price": "x"}]}));
        let (field, message) = wrong.unwrap_err();
        assert_eq!(field, "items.1.unit_price");
        assert_eq!(message, "The items.1.unit price field must be a whole number.");
    }

    #[test]
    fn missing_unknown_and_mistyped_fields_are_named() {
        let field = |input: Value| read::<Order>(input).unwrap_err();
        assert_eq!(field(json!({})), ("items".into(), "The items field is required.".into()));
        assert_eq!(field(json!({"items": [{}]})).0, "items.0.unit_price");
        assert_eq!(
            field(json!({"items": [], "x": 1})),
            ("x".into(), "The x field is not known.".into())
        );
        let (name, message) = field(json!({"items": [], "id": "zz"}));
        assert_eq!(name, "id");
        assert!(message.starts_with("The id field is not valid: "), "{message}");
    }

    #[test]
    fn a_type_that_is_no_struct_has_no_field_to_blame() {
        let (field, message) = read::<Vec<u8>>(json!({})).unwrap_err();
        assert_eq!((field.as_str(), message.as_str()), ("input", "The input must be a list."));
    }
}
