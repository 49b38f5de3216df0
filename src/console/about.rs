//! `about`: where and with which drivers the application runs.

use clap::Args;
use serde_json::{Map, Value, json};

use super::Output;
use crate::foundation::{AppConfig, Application, LogConfig};
use crate::session::SessionConfig;

#[derive(Args)]
pub(super) struct AboutArgs {
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

type Section = (&'static str, Vec<(String, Value)>);

pub(super) fn handle(app: &Application, args: &AboutArgs, out: &Output) {
    let sections = sections(app);
    if args.json {
        let json: Map<String, Value> = sections
            .into_iter()
            .map(|(name, rows)| (key(name), rows.into_iter().map(|(k, v)| (key(&k), v)).collect()))
            .collect();
        out.line(format_args!("{:#}", Value::Object(json)));
        return;
    }
    for (name, rows) in sections {
        out.line(format_args!("\n  {}", out.style().heading(name)));
        for (name, value) in rows {
            let value = match value {
                Value::String(text) => text,
                Value::Array(list) => {
                    list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
                }
                Value::Bool(value) => if value { "on" } else { "off" }.to_owned(),
                other => other.to_string(),
            };
            out.line(out.style().dotted(&name, &value));
        }
    }
    out.line("");
}

fn sections(app: &Application) -> Vec<Section> {
    let mut sections = vec![
        ("Environment", environment(app)),
        ("Drivers", drivers(app)),
        ("Storage", storage(app)),
        ("Providers", providers(app)),
    ];
    let unread = app.env().unasked().into_iter();
    let unread: Vec<_> = unread.map(|(name, origin)| (name, json!(origin.to_string()))).collect();
    // Misspelt, most likely: the reader thinks that they are in effect.
    if !unread.is_empty() {
        sections.push(("Variables that nobody reads", unread));
    }
    sections
}

fn environment(app: &Application) -> Vec<(String, Value)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Value| rows.push((name.to_owned(), value));
    let config = app.try_config::<AppConfig>();
    if let Some(config) = &config {
        row("Application", json!(config.name));
    }
    row("Lunox", json!(crate::VERSION));
    row("Environment", json!(app.environment()));
    if let Some(config) = &config {
        row("Debug", json!(config.debug));
        row("URL", json!(config.url));
        row("Key", json!(if config.key.is_some() { "set" } else { "not set" }));
    }
    row("Build", json!(if cfg!(debug_assertions) { "debug" } else { "release" }));
    row("Folder", json!(app.base_path("").components().as_path().display().to_string()));
    rows
}

fn drivers(app: &Application) -> Vec<(String, Value)> {
    let mut rows = Vec::new();
    if let Some(log) = app.try_config::<LogConfig>() {
        rows.push(("Log".to_owned(), json!(log.level)));
        rows.push(("Log format".to_owned(), json!(log.format)));
    }
    if let Some(session) = app.try_config::<SessionConfig>() {
        rows.push(("Session".to_owned(), json!(session.driver)));
        rows.push(("Session cookie".to_owned(), json!(session.cookie_name())));
    }
    rows
}

fn storage(app: &Application) -> Vec<(String, Value)> {
    let mut rows = vec![folder("Storage", app.base_path("storage"))];
    if let Some(session) = app.try_config::<SessionConfig>()
        && session.driver == "file"
    {
        rows.push(folder("Sessions", app.base_path(&session.files)));
    }
    rows
}

fn providers(app: &Application) -> Vec<(String, Value)> {
    let config = app.try_config::<AppConfig>().unwrap_or_default();
    let names: Vec<&str> = config.providers.iter().map(|provider| provider.name()).collect();
    vec![("Registered".to_owned(), json!(names))]
}

fn folder(name: &str, path: std::path::PathBuf) -> (String, Value) {
    let state = match std::fs::metadata(&path) {
        Ok(data) if !data.is_dir() => " (no folder)",
        Ok(data) if data.permissions().readonly() => " (read-only)",
        Ok(_) => "",
        Err(_) => " (missing)",
    };
    (name.to_owned(), json!(format!("{}{state}", path.display())))
}

/// A title as a key of JSON: `Log format` becomes `log_format`. Names of variables stay as they are.
fn key(title: &str) -> String {
    if title.chars().all(|c| !c.is_lowercase()) && title.contains('_') {
        return title.to_owned();
    }
    title.to_lowercase().replace(' ', "_")
}
