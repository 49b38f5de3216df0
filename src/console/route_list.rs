//! `route:list`.

use super::Output;
use super::run::Failure;
use crate::foundation::Application;
use crate::routing::RouteListing;

/// What `route:list` takes.
#[derive(clap::Args)]
pub(super) struct RouteListArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Only routes whose path has this in it
    #[arg(long)]
    path: Option<String>,
    /// Only routes of this method
    #[arg(long)]
    method: Option<String>,
    /// Only routes whose name has this in it
    #[arg(long)]
    name: Option<String>,
    /// Middleware and source lines too
    #[arg(short, long)]
    verbose: bool,
}

pub(super) fn handle(args: &RouteListArgs, app: &Application, out: &Output) -> Result<(), Failure> {
    let mut routes = app.kernel().routes().listing();
    routes.retain(|route| wanted(args, route));
    routes.sort_by(|a, b| (&a.uri, &a.methods).cmp(&(&b.uri, &b.methods)));
    if args.json {
        out.line(serde_json::to_string_pretty(&routes)?);
        return Ok(());
    }
    if routes.is_empty() {
        return Err(Failure::Message("no route matches".to_owned()));
    }
    let methods = |route: &RouteListing| verbs(route);
    let verb_width = routes.iter().map(|route| methods(route).len()).max().unwrap_or_default();
    let width = line_width();
    out.line("");
    for route in &routes {
        print(route, &methods(route), verb_width, width, args.verbose, out);
    }
    out.line("");
    out.line(out.dim(&format!("  Showing [{}] routes", routes.len())));
    Ok(())
}

fn wanted(args: &RouteListArgs, route: &RouteListing) -> bool {
    let has = |text: &str, part: &Option<String>| {
        part.as_ref().is_none_or(|part| text.contains(part.as_str()))
    };
    has(&route.uri, &args.path)
        && has(route.name.as_deref().unwrap_or_default(), &args.name)
        && args.method.as_ref().is_none_or(|method| {
            route.methods.iter().any(|other| other.eq_ignore_ascii_case(method))
        })
}

fn verbs(route: &RouteListing) -> String {
    if route.methods.len() >= 6 { "ANY".to_owned() } else { route.methods.join("|") }
}

fn line_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or(100).clamp(60, 160)
}

fn print(
    route: &RouteListing,
    verbs: &str,
    verb_width: usize,
    width: usize,
    verbose: bool,
    out: &Output,
) {
    let padded = format!("{verbs:verb_width$}");
    let coloured = match verbs.split('|').next().unwrap_or_default() {
        "GET" => out.cyan(&padded),
        "DELETE" => out.red(&padded),
        "ANY" => out.dim(&padded),
        _ => out.yellow(&padded),
    };
    let right = match &route.name {
        Some(name) => format!("{name} › {}", route.action),
        None => route.action.clone(),
    };
    let used = verb_width + route.uri.chars().count() + right.chars().count() + 6;
    let dots = ".".repeat(width.saturating_sub(used).max(2));
    out.line(format_args!("  {coloured}  {} {} {right}", route.uri, out.dim(&dots)));
    if verbose {
        let pad = " ".repeat(verb_width + 4);
        for middleware in &route.middleware {
            out.line(out.dim(&format!("{pad}⇂ {middleware}")));
        }
        out.line(out.dim(&format!("{pad}{}", route.location)));
    }
}
