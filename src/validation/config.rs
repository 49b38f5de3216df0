//! The options of `config/validation.rs`.

use serde::Serialize;

use crate::error::{BootError, BootProblem};
use crate::http::input::is_match;

/// The options of `config/validation.rs`: messages and names of fields of one's own.
///
/// ```
/// use lunox::prelude::*;
///
/// pub fn config(_: &Env) -> ValidationConfig {
///     ValidationConfig {
///         messages: &[
///             ("required", "Please fill in {field}."),
///             ("title.min", "A title has at least {min} letters."),
///             ("items.*.price.min", "Nothing is free."),
///         ],
///         names: &[("email", "email address")],
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct ValidationConfig {
    /// Messages by rule, or by field and rule, the first that fits and a field's before a rule's. `*` stands for
    /// anything. `{field}` is the field's name; `{min}`, `{max}` and `{value}` are what a rule asks for.
    pub messages: &'static [(&'static str, &'static str)],
    /// The names of fields in messages. Without one it is the field's own, with spaces for underscores.
    pub names: &'static [(&'static str, &'static str)],
}

/// What a message can be about.
const RULES: &[&str] = &[
    "required",
    "type",
    "unknown",
    "min",
    "max",
    "email",
    "url",
    "ip",
    "credit_card",
    "phone_number",
    "ascii",
    "alphanumeric",
    "pattern",
    "contains",
    "prefix",
    "suffix",
    "matches",
    "custom",
];

impl ValidationConfig {
    /// Messages that no rule would ever have.
    pub(crate) fn problems(&self) -> BootError {
        let rule = |key: &str| key.rsplit('.').next().is_some_and(|rule| RULES.contains(&rule));
        let unknown = self.messages.iter().filter(|(key, _)| !rule(key));
        unknown
            .map(|(key, _)| {
                let what = format_args!("the message `{key}` is for a rule that does not exist");
                BootProblem::new("config/validation.rs", what)
                    .cure(format!("end it with one of {}", RULES.join(", ")))
            })
            .collect()
    }

    pub(super) fn message(&self, field: &str, rule: &str) -> Option<&'static str> {
        find(self.messages, &format!("{field}.{rule}")).or_else(|| find(self.messages, rule))
    }

    pub(super) fn name(&self, field: &str) -> String {
        match find(self.names, field) {
            Some(name) => name.to_owned(),
            None => field.replace('_', " "),
        }
    }
}

/// The entry of a key: by its own name, else by the first pattern that matches.
fn find(entries: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    let exact = entries.iter().find(|(pattern, _)| *pattern == key);
    let entry = exact.or_else(|| entries.iter().find(|(pattern, _)| is_match(pattern, key)));
    entry.map(|(_, text)| *text)
}
