//! Why input was refused.

use std::fmt;

use serde_json::json;

use crate::error::Error;

/// Why input was refused; converts into an [`Error`] with the right status.
///
/// It is no `std::error::Error`, because those convert into a 500 whose text the visitor never sees.
#[derive(Debug)]
pub enum InputError {
    /// The bytes make no sense: 400.
    Malformed(String),
    /// A limit was passed: 413.
    TooLarge(String),
    /// The body paused for too long: 408.
    TooSlow,
    /// A field is missing or not what the action asks for: 422.
    Invalid {
        /// The field's dotted name, `items.0.price` for example.
        field: String,
        /// A sentence for the visitor.
        message: String,
    },
    /// An upload could not be written: 500, and the cause is for the log alone.
    #[cfg(feature = "uploads")]
    Storage(std::io::Error),
}

impl InputError {
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::Malformed(message.into())
    }

    #[cfg(feature = "uploads")]
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::TooLarge(message.into())
    }

    /// The status of the response.
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            Self::TooLarge(_) => 413,
            Self::TooSlow => 408,
            Self::Invalid { .. } => 422,
            #[cfg(feature = "uploads")]
            Self::Storage(_) => 500,
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(message) | Self::TooLarge(message) => f.write_str(message),
            Self::TooSlow => f.write_str("The body took too long to arrive."),
            Self::Invalid { message, .. } => f.write_str(message),
            #[cfg(feature = "uploads")]
            Self::Storage(error) => write!(f, "an upload could not be written: {error}"),
        }
    }
}

impl From<InputError> for Error {
    #[track_caller]
    fn from(error: InputError) -> Self {
        let status = error.status();
        match error {
            InputError::Malformed(message) | InputError::TooLarge(message) => {
                Self::new(status, message)
            }
            InputError::TooSlow => Self::new(status, InputError::TooSlow.to_string()),
            InputError::Invalid { field, message } => {
                let details = json!({ field: [&message] });
                Self::new(status, message).details(details)
            }
            #[cfg(feature = "uploads")]
            InputError::Storage(source) => Self::with_source(status, source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_field_is_a_422_that_names_it() {
        let message = "The age field is required.".to_owned();
        let error = Error::from(InputError::Invalid { field: "age".into(), message });
        assert_eq!(error.status(), 422);
        assert_eq!(error.message(), Some("The age field is required."));
        assert_eq!(error.error_details(), Some(&json!({"age": ["The age field is required."]})));
    }

    #[test]
    fn the_question_mark_keeps_the_status() {
        fn action() -> Result<(), Error> {
            Err(InputError::TooLarge("The form is too large.".into()))?;
            Ok(())
        }
        assert_eq!(action().unwrap_err().status(), 413);
    }

    #[cfg(feature = "uploads")]
    #[test]
    fn the_cause_of_a_failed_write_is_not_for_the_visitor() {
        let error = Error::from(InputError::Storage(std::io::Error::other("/secret/path")));
        assert_eq!((error.status().as_u16(), error.message()), (500, None));
    }
}
