//! What [`from_input`](super::from_input) found wrong, in words for people.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};
use serde_json::Value;

pub(super) const REQUIRED: &str = "is required";

/// Why a value did not fit: the end of a sentence that starts with the field's name.
#[derive(Debug)]
pub(super) struct Fault {
    /// A field below the place that serde names, for one that is missing or unknown.
    pub(super) field: Option<String>,
    pub(super) text: String,
}

impl Fault {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { field: None, text: text.into() }
    }

    /// One that was noted with others: nothing more is to be said.
    #[cfg(feature = "validation")]
    pub(super) fn noted() -> Self {
        Self::new("")
    }

    #[cfg(feature = "validation")]
    pub(super) fn is_noted(&self) -> bool {
        self.text.is_empty()
    }

    fn of(field: &str, text: &str) -> Self {
        Self { field: Some(field.to_owned()), text: text.to_owned() }
    }

    /// Nothing is required to be something; something is told what it must be.
    pub(super) fn expected(value: &Value, what: impl fmt::Display) -> Self {
        let nothing = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        if nothing { Self::new(REQUIRED) } else { Self::new(format!("must be {what}")) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(format!("is not valid: {message}"))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}"))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be {}", one_of(expected)))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::of(field, "is not known")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of(field, REQUIRED)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::of(field, "is given twice")
    }
}

/// The words for a choice.
pub(super) fn one_of(names: &[&str]) -> String {
    format!("one of {}", names.join(", "))
}
