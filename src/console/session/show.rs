//! `session:show`: one session, its values hidden.

use clap::Args;
use serde_json::{Map, Value, json};

use super::{Output, text};
use crate::console::failure::Failure;
use crate::session::{SessionManager, SessionSummary};

#[derive(Args)]
pub(in crate::console) struct ShowArgs {
    /// The public id, or the beginning of it
    id: String,
    /// Shows the values too: they are the visitor's
    #[arg(long)]
    values: bool,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn handle(
    manager: &SessionManager,
    args: &ShowArgs,
    now: u64,
    out: &Output,
) -> Result<(), Failure> {
    let session = super::one(manager, &args.id).await?;
    let data = Value::Object(session.data()?);
    if args.json {
        let mut json = serde_json::to_value(&session.summary)?;
        json["redacted"] = json!(!args.values);
        json["data"] = if args.values { data } else { redacted(data) };
        out.line(format_args!("{json:#}"));
        return Ok(());
    }
    facts(&session.summary, now, out);
    let entries = entries(&data);
    if entries.is_empty() {
        out.line(format_args!("\n  {}", out.style().dim("it holds nothing")));
        return Ok(());
    }
    out.line("");
    tree(&entries, 1, args.values, out);
    if !args.values {
        out.line(out.style().dim("\n  The values are hidden; --values shows them"));
    }
    Ok(())
}

fn facts(session: &SessionSummary, now: u64, out: &Output) {
    let line = |name: &str, value: String| {
        out.line(format_args!("  {} {value}", out.style().dim(&format!("{name:<8}"))));
    };
    line("id", session.id.to_string());
    let age = text::duration(now.saturating_sub(session.created));
    line("created", format!("{}, {age} ago", text::moment(session.created)));
    let left = text::duration(session.expires.saturating_sub(now));
    line("expires", format!("{}, in {left}", text::moment(session.expires)));
    line(
        "idle",
        match session.extended {
            Some(extended) => {
                format!("for {} at most", text::duration(now.saturating_sub(extended)))
            }
            None => "unknown: it nears the end of its absolute lifetime".to_owned(),
        },
    );
    line("size", text::bytes(session.bytes as u64));
}

/// The keys of a map or the places of a list, each with its value.
fn entries(value: &Value) -> Vec<(String, &Value)> {
    match value {
        // Keys too may come from a visitor: escaped, they cannot begin a line of their own.
        Value::Object(map) => map.iter().map(|(key, value)| (escaped(key), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        _ => Vec::new(),
    }
}

fn tree(entries: &[(String, &Value)], depth: usize, values: bool, out: &Output) {
    let indent = "  ".repeat(depth);
    for (key, value) in entries {
        let shown = match value {
            Value::Object(_) | Value::Array(_) => out.style().dim(&sort_of(value)),
            value if values => literal(value),
            value => out.style().dim(&sort_of(value)),
        };
        out.line(format_args!("{indent}{key}: {shown}"));
        tree(&self::entries(value), depth + 1, values, out);
    }
}

/// What a value is, without what it says.
fn sort_of(value: &Value) -> String {
    let plural = |count: usize, one: &str, many: &str| {
        format!("{} {}", text::count(count as u64), if count == 1 { one } else { many })
    };
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(text) => {
            format!("text, {}", plural(text.chars().count(), "character", "characters"))
        }
        Value::Array(list) => format!("list, {}", plural(list.len(), "value", "values")),
        Value::Object(map) => format!("map, {}", plural(map.len(), "key", "keys")),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        value => value.to_string(),
    }
}

fn escaped(key: &str) -> String {
    // Quotes are harmless here, and common words stay as they are.
    key.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\"")
}

/// The same tree with the values replaced by what they are.
fn redacted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(k, v)| (k, redacted(v))).collect::<Map<_, _>>())
        }
        Value::Array(list) => list.into_iter().map(redacted).collect(),
        value => json!(sort_of(&value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &Value, values: bool) -> String {
        let out = Output::captured();
        tree(&entries(value), 1, values, &out);
        out.text()
    }

    #[test]
    fn values_are_hidden_and_keys_are_not() {
        let data =
            json!({"user": 7, "name": "Ada", "cart": {"items": ["a", {"sku": "x1"}]}, "o": {}});
        let text = shown(&data, false);
        assert_eq!(
            text,
            "  cart: map, 1 key\n    items: list, 2 values\n      0: text, 1 character\n      1: map, 1 key\n        \
             sku: text, 2 characters\n  name: text, 3 characters\n  o: map, 0 keys\n  user: number\n"
        );
        assert_eq!(
            redacted(data),
            json!({"user": "number", "name": "text, 3 characters", "o": {},
                "cart": {"items": ["text, 1 character", {"sku": "text, 2 characters"}]}})
        );
    }

    #[test]
    fn nothing_that_a_visitor_sent_reaches_the_terminal_as_a_control() {
        let data = json!({"\u{1b}[2J\u{9b}k": "\u{1b}]0;owned\u{7}\u{202e}\n", "it's": true});
        let text = shown(&data, true);
        assert!(!text.trim_end().replace('\n', "").chars().any(char::is_control), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("it's: true"), "{text}");
    }
}
