//! The words for what is wrong.

use serde_json::Value;

use super::ValidationConfig;
use super::rules::Failed;

/// What a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Characters,
    Bytes,
    Items,
    Nothing,
}

impl Unit {
    /// What was counted of a value that failed a rule, for which garde has one message.
    pub(super) fn of(failed: &Failed<'_>, sent: Option<&Value>, is_file: bool) -> Self {
        match sent {
            _ if !failed.counts => Self::Nothing,
            _ if is_file => Self::Bytes,
            Some(Value::String(text)) => {
                // `length` counts the bytes of a text unless it says `chars`: more than there are characters.
                let max = failed.value.parse().unwrap_or(usize::MAX);
                let fits = failed.rule == "max" && text.chars().count() <= max;
                if fits { Self::Bytes } else { Self::Characters }
            }
            Some(Value::Array(_) | Value::Object(_)) => Self::Items,
            _ => Self::Characters,
        }
    }
}

/// The message about a field that failed a rule.
pub(super) fn about(
    config: &ValidationConfig,
    field: &str,
    failed: &Failed<'_>,
    unit: Unit,
) -> String {
    let own = config.message(field, failed.rule);
    let value = match failed.rule {
        "matches" => config.name(failed.value),
        _ => failed.value.to_owned(),
    };
    if own.is_none() && failed.rule == "custom" {
        return value;
    }
    let template = own.unwrap_or_else(|| template(failed.rule, unit, &value));
    fill(template, &config.name(field), &value)
}

/// The message about a field that is not of its type; `text` is the end of a sentence.
pub(super) fn about_shape(config: &ValidationConfig, field: &str, text: &str) -> String {
    let rule = match text {
        "is required" => "required",
        "is not known" => "unknown",
        _ => "type",
    };
    let name = config.name(field);
    match config.message(field, rule) {
        Some(own) => fill(own, &name, ""),
        None if field.is_empty() => format!("The input {text}."),
        None => format!("The {name} field {text}."),
    }
}

fn fill(template: &str, name: &str, value: &str) -> String {
    // In one pass, so that what a value contains is not filled in itself.
    let mut filled = String::new();
    let mut rest = template;
    while let Some((text, behind)) = rest.split_once('{') {
        filled.push_str(text);
        let (word, after) = behind.split_once('}').unwrap_or((behind, ""));
        match word {
            "field" => filled.push_str(name),
            "min" | "max" | "value" => filled.push_str(value),
            _ => filled.push_str(&rest[text.len()..rest.len() - after.len()]),
        }
        rest = after;
    }
    filled + rest
}

fn template(rule: &str, unit: Unit, value: &str) -> &'static str {
    match (rule, unit) {
        ("required", _) => "The {field} field is required.",
        ("min", Unit::Nothing) => "The {field} field must be at least {min}.",
        ("min", Unit::Bytes) => "The {field} field must be at least {min} bytes.",
        ("min", Unit::Items) if value == "1" => "The {field} field must have at least {min} item.",
        ("min", Unit::Items) => "The {field} field must have at least {min} items.",
        ("min", _) if value == "1" => "The {field} field must be at least {min} character.",
        ("min", _) => "The {field} field must be at least {min} characters.",
        ("max", Unit::Nothing) => "The {field} field must not be greater than {max}.",
        ("max", Unit::Bytes) => "The {field} field must not be greater than {max} bytes.",
        ("max", Unit::Items) if value == "1" => {
            "The {field} field must not have more than {max} item."
        }
        ("max", Unit::Items) => "The {field} field must not have more than {max} items.",
        ("max", _) if value == "1" => "The {field} field must not be greater than {max} character.",
        ("max", _) => "The {field} field must not be greater than {max} characters.",
        ("email", _) => "The {field} field must be a valid email address.",
        ("url", _) => "The {field} field must be a valid URL.",
        ("ip", _) => "The {field} field must be a valid {value} address.",
        ("matches", _) => "The {field} field must match {value}.",
        ("contains", _) => "The {field} field must contain {value}.",
        ("prefix", _) => "The {field} field must start with {value}.",
        ("suffix", _) => "The {field} field must end with {value}.",
        ("ascii", _) => "The {field} field must only contain ASCII characters.",
        ("alphanumeric", _) => "The {field} field must only contain letters and numbers.",
        ("credit_card", _) => "The {field} field must be a valid credit card number.",
        ("phone_number", _) => "The {field} field must be a valid phone number.",
        ("custom", _) => "{value}",
        _ => "The {field} field format is invalid.",
    }
}
