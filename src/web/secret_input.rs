//! Which fields of a form are not kept for the next page.

use serde_json::Value;

use crate::http::input::is_match;
use crate::support::dot::JsonMap;

/// Names of secrets, as patterns.
///
/// Only letters and digits are compared, in any case: `*password*` matches `newPassword`, `new-password` and
/// `user[PASSWORD]`.
pub(crate) struct SecretNames(Vec<String>);

impl SecretNames {
    pub(crate) fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        Self(patterns.into_iter().map(plain).collect())
    }

    /// Whether a pattern matches the name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let name = plain(name);
        self.0.iter().any(|pattern| is_match(pattern, &name))
    }
}

/// Removes the fields whose names match a pattern, at any depth.
pub(super) fn remove_secrets(input: &mut JsonMap, patterns: &[String]) {
    remove(input, &SecretNames::new(patterns.iter().map(String::as_str)));
}

fn remove(input: &mut JsonMap, secrets: &SecretNames) {
    input.retain(|name, value| {
        if secrets.has(name) {
            return false;
        }
        descend(value, secrets);
        true
    });
}

fn descend(value: &mut Value, secrets: &SecretNames) {
    match value {
        Value::Object(fields) => remove(fields, secrets),
        Value::Array(values) => values.iter_mut().for_each(|value| descend(value, secrets)),
        _ => {}
    }
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric() || *c == '*');
    letters.flat_map(char::to_lowercase).collect()
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
