//! `config:show`.

use serde_json::Value;

use super::Output;
use super::run::Failure;
use crate::foundation::Application;

/// What `config:show` takes.
#[derive(clap::Args)]
pub(super) struct ConfigShowArgs {
    /// A section or a value: `session`, `session.lifetime`
    name: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn handle(
    args: &ConfigShowArgs,
    app: &Application,
    out: &Output,
) -> Result<(), Failure> {
    let all = app.config_repository().flatten();
    let rows: Vec<&(String, Value)> = match &args.name {
        None => all.iter().collect(),
        Some(name) => {
            let below = format!("{name}.");
            all.iter().filter(|(key, _)| key == name || key.starts_with(&below)).collect()
        }
    };
    if rows.is_empty() {
        let name = args.name.as_deref().unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or(name);
        let near: Vec<&str> = all
            .iter()
            .map(|(key, _)| key.as_str())
            .filter(|key| key.contains(last))
            .take(5)
            .collect();
        let hint = if near.is_empty() {
            let sections = app.config_repository().sections();
            format!("sections: {}", sections.into_iter().collect::<Vec<_>>().join(", "))
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        return Err(Failure::Message(format!("there is no option `{name}`; {hint}")));
    }
    if args.json {
        let map: serde_json::Map<String, Value> =
            rows.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        out.line(serde_json::to_string_pretty(&map)?);
        return Ok(());
    }
    let width = rows.iter().map(|(key, _)| key.len()).max().unwrap_or_default() + 3;
    for (key, value) in rows {
        let dots = ".".repeat(width - key.len());
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        out.line(format_args!("  {key} {} {text}", out.dim(&dots)));
    }
    Ok(())
}
