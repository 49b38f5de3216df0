//! `config:show`: prints options.

use clap::Args;
use serde_json::Value;

use super::Output;
use super::failure::Failure;
use crate::config::Config;
use crate::foundation::Application;

#[derive(Args)]
pub(super) struct ConfigShowArgs {
    /// A section or an option: `session`, `session.lifetime`
    name: Option<String>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn handle(
    app: &Application,
    args: &ConfigShowArgs,
    out: &Output,
) -> Result<(), Failure> {
    let config = app.config_repository();
    if args.json {
        let value = match args.name.as_deref() {
            Some(name) => named(config, name)?,
            None => config.to_json(),
        };
        out.line(format_args!("{value:#}"));
        return Ok(());
    }
    let rows = rows(config, args.name.as_deref())?;
    let mut section = "";
    for (name, value) in &rows {
        let (of, option) = name.split_once('.').unwrap_or((name, name));
        if of != section {
            out.line(format_args!("\n  {}", out.style().heading(of)));
            section = of;
        }
        out.line(out.style().dotted(option, &shown(value)));
    }
    out.line("");
    Ok(())
}

/// The options of that name and below it.
fn rows(config: &Config, name: Option<&str>) -> Result<Vec<(String, Value)>, Failure> {
    let all = config.flatten();
    let Some(name) = name else {
        return Ok(all);
    };
    let below = format!("{name}.");
    let found: Vec<(String, Value)> =
        all.iter().filter(|(key, _)| key == name || key.starts_with(&below)).cloned().collect();
    if found.is_empty() { Ok(vec![(name.to_owned(), named(config, name)?)]) } else { Ok(found) }
}

/// The value of a name, that of a list's element too; an unknown name is answered with its neighbours.
fn named(config: &Config, name: &str) -> Result<Value, Failure> {
    let value = config.value(name);
    let all = config.flatten();
    if !value.is_null() || all.iter().any(|(key, _)| key == name) {
        return Ok(value);
    }
    let known = config.sections().chain(all.iter().map(|(key, _)| key.as_str()));
    let near = near(name, known);
    let hint = if near.is_empty() {
        format!("the sections are {}", config.sections().collect::<Vec<_>>().join(", "))
    } else {
        format!("did you mean {}", near.join(", "))
    };
    Err(Failure::refused(format!("no option is named `{name}`; {hint}")))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(shown).collect();
            if items.is_empty() { "[]".to_owned() } else { items.join(", ") }
        }
        other => other.to_string(),
    }
}

/// Up to three of the known names that are close to the wanted one, the closest first.
fn near<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut close: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let distance = strsim::levenshtein(&wanted, &name.to_lowercase());
            let is_part = wanted.len() > 2 && name.contains(&wanted);
            (is_part || distance <= 1 + wanted.chars().count() / 4).then_some((distance, name))
        })
        .collect();
    close.sort();
    close.truncate(3);
    close.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Secret;

    fn config() -> Config {
        let mail = json!({"hosts": ["a", "b"], "from": {"name": "ann"}, "port": null});
        Config::new().with("mail", mail).with("key", Secret::from("hunter2"))
    }

    fn names(name: Option<&str>) -> Vec<String> {
        match rows(&config(), name) {
            Ok(rows) => {
                rows.into_iter().map(|(key, value)| format!("{key}={}", shown(&value))).collect()
            }
            Err(Failure::Message(why)) => vec![why],
            Err(_) => Vec::new(),
        }
    }

    #[test]
    fn a_section_an_option_and_an_element_are_found_by_name() {
        assert_eq!(names(Some("mail.from")), ["mail.from.name=ann"]);
        assert_eq!(names(Some("mail.hosts")), ["mail.hosts=a, b"]);
        assert_eq!(names(Some("mail.hosts.1")), ["mail.hosts.1=b"]);
        assert_eq!(names(Some("mail.port")), ["mail.port=null"]);
        assert_eq!(names(Some("mail")).len(), 3);
    }

    #[test]
    fn secrets_stay_hidden() {
        assert_eq!(names(Some("key")), ["key=********"]);
        assert!(!names(None).concat().contains("hunter2"));
    }

    #[test]
    fn an_unknown_name_is_answered_with_its_neighbours_or_the_sections() {
        assert_eq!(
            names(Some("mail.prt")),
            ["no option is named `mail.prt`; did you mean mail.port"]
        );
        assert_eq!(
            names(Some("zzzzzz")),
            ["no option is named `zzzzzz`; the sections are mail, key"]
        );
    }

    #[test]
    fn a_misspelt_name_finds_its_neighbours_and_no_strangers() {
        let known = ["session.lifetime", "session.driver", "app.name"];
        assert_eq!(near("sesion.lifetme", known), ["session.lifetime"]);
        assert_eq!(near("driver", known), ["session.driver"]);
        assert!(near("mail.host", known).is_empty());
    }
}
