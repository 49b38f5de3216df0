//! Which fields of a form are not kept for the next page.

use serde_json::Value;

use crate::http::input::FieldNames;
use crate::support::dot::JsonMap;

/// Removes the fields whose names match a pattern, at any depth.
pub(super) fn remove_secrets(input: &mut JsonMap, patterns: &[String]) {
    remove(input, &FieldNames::new(patterns));
}

fn remove(input: &mut JsonMap, secret: &FieldNames) {
    input.retain(|name, value| {
        if secret.matches(name) {
            return false;
        }
        descend(value, secret);
        true
    });
}

fn descend(value: &mut Value, secret: &FieldNames) {
    match value {
        Value::Object(fields) => remove(fields, secret),
        Value::Array(values) => values.iter_mut().for_each(|value| descend(value, secret)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::session::SessionConfig;

    fn kept(input: &Value) -> Value {
        let mut input = input.as_object().expect("an object").clone();
        remove_secrets(&mut input, &SessionConfig::default().secret_input);
        Value::Object(input)
    }

    #[test]
    fn a_secret_is_found_by_its_name_in_any_case_and_spelling() {
        for name in [
            "password",
            "Password",
            "PASSWORD",
            "password_confirmation",
            "current_password",
            "new_password",
            "newPassword",
            "new-password",
            "user.password",
            "passwd",
            "passphrase",
            "passcode",
            "pwd",
            "user_pwd",
            "secret",
            "client_secret",
            "token",
            "_token",
            "api_token",
            "api_key",
            "apiKey",
            "private-key",
            "cvc",
            "CVV2",
            "card_cvc",
            "security_code",
            "card_number",
            "cardNumber",
            "cc-number",
            "pin",
            "PIN_code",
            "otp",
            "one_time_code",
        ] {
            assert_eq!(
                kept(&json!({name: "x", "city": "London"})),
                json!({"city": "London"}),
                "{name}"
            );
        }
    }

    #[test]
    fn secrets_are_removed_at_any_depth_and_everything_else_stays() {
        let input = json!({
            "user": {"name": "Ada", "password": "x", "logins": [{"Password": "x", "site": "a"}]},
            "passwords": ["x", "y"],
            "card": {"cvc": "123", "holder": "Ada"},
            "lists": [[{"api_key": "x"}]],
            "shipping": "post",
            "compass": "north",
            "keyboard": "us",
        });
        let expected = json!({
            "user": {"name": "Ada", "logins": [{"site": "a"}]},
            "card": {"holder": "Ada"},
            "lists": [[{}]],
            "shipping": "post",
            "compass": "north",
            "keyboard": "us",
        });
        assert_eq!(kept(&input), expected);
    }
}
