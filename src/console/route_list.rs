//! `route:list`: the routes, a line each.

use anstyle::AnsiColor;
use clap::Args;

use super::Output;
use super::failure::Failure;
use super::style::Style;
use crate::foundation::Application;
use crate::routing::RouteListing;

#[derive(Args, Default)]
pub(super) struct RouteListArgs {
    /// Prints JSON
    #[arg(long)]
    json: bool,
    /// Only routes whose path has this in it
    #[arg(long)]
    path: Option<String>,
    /// Only routes that answer this method
    #[arg(long)]
    method: Option<String>,
    /// Only routes whose name has this in it
    #[arg(long)]
    name: Option<String>,
    /// Shows the middleware, and where each route was written
    #[arg(short, long)]
    verbose: bool,
}

pub(super) fn handle(app: &Application, args: &RouteListArgs, out: &Output) -> Result<(), Failure> {
    let mut routes = app.kernel().routes().listing();
    let any = !routes.is_empty();
    routes.retain(|route| args.shows(route));
    routes.sort_by(|one, other| (&one.uri, &one.methods).cmp(&(&other.uri, &other.methods)));
    if args.json {
        out.line(serde_json::to_string_pretty(&routes)?);
        return Ok(());
    }
    if routes.is_empty() {
        return Err(Failure::refused(if any {
            "no route fits the filter"
        } else {
            "the application has no routes; write some in routes/web.rs"
        }));
    }
    out.line("");
    lines(&routes, args.verbose, out.style()).iter().for_each(|line| out.line(line));
    let plural = if routes.len() == 1 { "route" } else { "routes" };
    out.line(out.style().dim(&format!("\n  Showing [{}] {plural}\n", routes.len())));
    Ok(())
}

impl RouteListArgs {
    fn shows(&self, route: &RouteListing) -> bool {
        let fits = |wanted: &Option<String>, text: &str| {
            wanted.as_ref().is_none_or(|wanted| text.contains(wanted.as_str()))
        };
        let method = |wanted: &String| {
            // The list leaves HEAD out where GET is there.
            let wanted = if wanted.eq_ignore_ascii_case("head") { "GET" } else { wanted };
            route.methods.iter().any(|method| method.eq_ignore_ascii_case(wanted))
        };
        fits(&self.path, &route.uri)
            && fits(&self.name, route.name.as_deref().unwrap_or_default())
            && self.method.as_ref().is_none_or(method)
    }
}

fn lines(routes: &[RouteListing], verbose: bool, style: Style) -> Vec<String> {
    let verbs: Vec<String> = routes.iter().map(verbs).collect();
    let column = verbs.iter().map(String::len).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (route, verbs) in routes.iter().zip(verbs) {
        lines.push(line(route, &verbs, column, style));
        if verbose {
            let indent = " ".repeat(column + 4);
            let middleware = route.middleware.iter().map(|name| format!("{indent}⇂ {name}"));
            lines.extend(middleware.map(|line| style.dim(&line)));
            lines.push(style.dim(&format!("{indent}at {}", route.location)));
        }
    }
    lines
}

fn verbs(route: &RouteListing) -> String {
    let all = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let is_any = all.iter().all(|verb| route.methods.iter().any(|method| method == verb));
    if is_any { "ANY".to_owned() } else { route.methods.join("|") }
}

/// `GET  /photos/{id} ........ photos.show › PhotoController::show`
fn line(route: &RouteListing, verbs: &str, column: usize, style: Style) -> String {
    let mut right = match &route.name {
        Some(name) => format!("{name} › {}", route.action),
        None => route.action.clone(),
    };
    let left = 4 + column + route.uri.chars().count();
    let width = style.width.unwrap_or(100).min(180);
    // Two spaces and at least two dots between them.
    let room = width.saturating_sub(left + 6);
    if style.width.is_some() && right.chars().count() > room {
        let kept: String = right.chars().take(room.saturating_sub(1).max(12)).collect();
        right = format!("{}…", kept.trim_end());
    }
    let dots = width.saturating_sub(left + right.chars().count() + 4).max(2);
    format!(
        "  {}{}  {} {} {}",
        coloured(verbs, style),
        " ".repeat(column - verbs.len()),
        uri(&route.uri, style),
        style.dim(&".".repeat(dots)),
        style.dim(&right),
    )
}

fn coloured(verbs: &str, style: Style) -> String {
    let paint = |verb: &str| match verb {
        "GET" | "HEAD" => style.paint(verb, AnsiColor::Blue.on_default()),
        "DELETE" => style.paint(verb, AnsiColor::Red.on_default()),
        "ANY" => style.paint(verb, AnsiColor::Red.on_default()),
        "OPTIONS" => style.dim(verb),
        _ => style.paint(verb, AnsiColor::Yellow.on_default()),
    };
    verbs.split('|').map(paint).collect::<Vec<_>>().join(&style.dim("|"))
}

/// The path with its parameters in a colour of their own.
fn uri(uri: &str, style: Style) -> String {
    uri.split_inclusive('}')
        .map(|part| match part.find('{') {
            Some(at) => {
                let parameter = style.paint(&part[at..], AnsiColor::Yellow.on_default());
                format!("{}{parameter}", &part[..at])
            }
            None => part.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(methods: &[&str], uri: &str, name: Option<&str>) -> RouteListing {
        RouteListing {
            methods: methods.iter().map(ToString::to_string).collect(),
            uri: uri.to_owned(),
            name: name.map(str::to_owned),
            action: "PhotoController::show".to_owned(),
            middleware: vec!["web".to_owned()],
            location: "routes/web.rs:7".to_owned(),
        }
    }

    fn routes() -> [RouteListing; 2] {
        [
            route(&["GET"], "/photos/{id}", Some("photos.show")),
            route(&["PUT", "PATCH"], "/photos", None),
        ]
    }

    #[test]
    fn columns_are_aligned_and_filled_with_dots_to_the_width() {
        let style = Style { colours: false, width: Some(70) };
        assert_eq!(
            lines(&routes(), false, style),
            [
                "  GET        /photos/{id} ...... photos.show › PhotoController::show",
                "  PUT|PATCH  /photos ......................... PhotoController::show",
            ]
        );
    }

    #[test]
    fn on_a_narrow_terminal_the_action_is_cut_and_in_a_file_it_is_not() {
        let narrow = Style { colours: false, width: Some(40) };
        assert!(lines(&routes(), false, narrow)[0].ends_with(" .. photos.show…"));
        let file = lines(&[route(&["GET"], &"/long".repeat(30), None)], false, Style::PLAIN);
        assert!(file[0].ends_with(" .. PhotoController::show"));
    }

    #[test]
    fn verbose_shows_the_middleware_and_the_line() {
        let all = lines(&routes(), true, Style::PLAIN);
        assert_eq!(all.len(), 6);
        assert_eq!(all[1].trim(), "⇂ web");
        assert_eq!(all[2].trim(), "at routes/web.rs:7");
    }

    #[test]
    fn colours_are_there_only_when_wanted() {
        let style = Style { colours: true, width: Some(80) };
        assert!(lines(&routes(), true, style).concat().contains("\u{1b}[34mGET"));
        assert!(!lines(&routes(), true, Style::PLAIN).concat().contains('\u{1b}'));
    }

    #[test]
    fn filters_narrow_the_list() {
        let text = |text: &str| Some(text.to_owned());
        let shown = |args: RouteListArgs| routes().map(|route| args.shows(&route));
        let none = RouteListArgs::default;
        assert_eq!(shown(none()), [true, true]);
        assert_eq!(shown(RouteListArgs { path: text("{id}"), ..none() }), [true, false]);
        assert_eq!(shown(RouteListArgs { name: text("photos."), ..none() }), [true, false]);
        assert_eq!(shown(RouteListArgs { method: text("patch"), ..none() }), [false, true]);
        assert_eq!(shown(RouteListArgs { method: text("head"), ..none() }), [true, false]);
    }
}
