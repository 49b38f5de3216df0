//! The middleware `trim_strings`.

use serde_json::Value;

use super::BoxMiddleware;
use super::input_filter::InputFilter;
use crate::http::input::FieldNames;

/// Passwords stay as they were typed, at any depth and however they are spelled.
const PASSWORDS: [&str; 5] = ["*password*", "*passwd*", "*passphrase*", "*passcode*", "*pwd"];

/// Removes white space and invisible characters at both ends of each text of the input, except from passwords and fields
/// whose names match `except`.
pub(crate) fn trim_strings(except: &[&str]) -> BoxMiddleware {
    let except = FieldNames::new(PASSWORDS.iter().chain(except));
    BoxMiddleware::for_input(InputFilter { except, clean: trim })
}

fn trim(value: &mut Value) {
    let Value::String(text) = value else { return };
    let trimmed = text.trim_matches(is_blank);
    if trimmed.len() < text.len() {
        *text = trimmed.to_owned();
    }
}

/// What Laravel's `Str::trim` removes.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\0' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{feff}')
}
