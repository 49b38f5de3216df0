//! `about`.

use serde_json::{Value, json};

use super::Output;
use super::run::Failure;
use crate::foundation::{AppConfig, Application};

/// What `about` takes.
#[derive(clap::Args)]
pub(super) struct AboutArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn handle(args: &AboutArgs, app: &Application, out: &Output) -> Result<(), Failure> {
    let settings = app.try_config::<AppConfig>().unwrap_or_default();
    let providers: Vec<&str> = settings.providers.iter().map(|provider| provider.name()).collect();
    let unread: Vec<String> = app
        .env()
        .unasked()
        .into_iter()
        .map(|(name, origin)| format!("{name} ({origin})"))
        .collect();
    let sections = json!({
        "Environment": {
            "application": settings.name,
            "lunox": crate::VERSION,
            "environment": settings.environment,
            "debug": settings.debug,
            "url": settings.url,
            "key": if settings.key.is_some() { "set" } else { "not set" },
        },
        "Drivers": { "session": app.config_value("session.driver"), "log": app.config_value("logging.format") },
        "Storage": { "folder": app.base_path("storage").display().to_string() },
        "Providers": { "registered": providers.join(", ") },
        "Never read": { "variables of .env": unread.join(", ") },
    });
    if args.json {
        out.line(serde_json::to_string_pretty(&sections)?);
        return Ok(());
    }
    for title in ["Environment", "Drivers", "Storage", "Providers", "Never read"] {
        let Some(rows) = sections[title].as_object() else { continue };
        if title == "Never read" && unread.is_empty() {
            continue;
        }
        out.line(format_args!("\n  {}", out.bold(title)));
        for (name, value) in rows {
            out.line(format_args!(
                "  {name} {} {}",
                out.dim(&".".repeat(24_usize.saturating_sub(name.len()))),
                text(value)
            ));
        }
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
