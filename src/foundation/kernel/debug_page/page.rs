//! The page itself, from top to bottom.

use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY};
use serde_json::Value;

use super::Secrets;
use super::secrets::{MASK, parameters};
use super::source::excerpt;
use super::write::Writer;
use crate::error::Error;
use crate::foundation::Application;
use crate::http::{HttpRequest, Response, html, reason};
use crate::support::dot::JsonMap;

const STYLE: &str = include_str!("style.css");

/// Nothing but the page's own style: should a text ever come in unescaped, it cannot run or send anything.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Shows an error to the developer. `visitors_see` is what a visitor would get instead.
pub(in super::super) fn page(
    app: &Application,
    error: &Error,
    req: &HttpRequest,
    visitors_see: &str,
) -> Response {
    let secrets = Secrets::of(app, req);
    let mut out = Writer::new(&secrets);
    let title = format!("{} {}", error.status().as_u16(), reason(error.status()));
    out.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.markup("<meta name=\"color-scheme\" content=\"light dark\">\n");
    out.markup("<meta name=\"robots\" content=\"noindex\">\n<title>").text(&title);
    out.markup("</title>\n<style>\n").markup(STYLE).markup("</style>\n</head>\n<body>\n");
    head(&mut out, &secrets, error, req, &title);
    out.markup("<main>\n");
    if let Some(excerpt) = error.excerpt() {
        out.section("Template", |out| out.excerpt(excerpt));
    }
    if let Some(excerpt) = error.place().and_then(|place| excerpt(app, place)) {
        out.section("Source", |out| out.excerpt(&excerpt));
    }
    request(&mut out, &secrets, req);
    route(&mut out, app, &secrets, req);
    session(&mut out, &secrets, req);
    out.section("Headers", |out| out.table(headers(&secrets, req.headers()), "None."));
    out.markup("</main>\n<footer>\n<p>Visitors see ").text(visitors_see);
    out.markup(
        " instead. This page is shown because APP_ENV is local and APP_DEBUG is true.</p>\n",
    );
    out.markup("<p>Lunox ").text(crate::VERSION).markup("</p>\n</footer>\n</body>\n</html>\n");
    let mut response = html(out.finish());
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// What went wrong, and why.
fn head(out: &mut Writer<'_>, secrets: &Secrets, error: &Error, req: &HttpRequest, title: &str) {
    let mut causes: Vec<String> = error.causes().map(ToString::to_string).collect();
    let headline = match (error.message(), causes.first()) {
        (None, Some(_)) => causes.remove(0),
        (message, _) => message.unwrap_or_else(|| reason(error.status())).to_owned(),
    };
    out.markup("<header>\n<p class=\"status\">").text(title).markup("</p>\n<h1>").text(&headline);
    out.markup("</h1>\n");
    if let Some(place) = error.place() {
        out.markup("<p class=\"place\">").text(&place.to_string()).markup("</p>\n");
    }
    if error.status() == 404 && req.route().is_none() {
        out.markup("<p>No route answers <code>").text(req.method().as_str()).markup(" ");
        out.text(req.path()).markup("</code>; ");
        out.markup("<code>cargo artisan route:list</code> shows all of them.</p>\n");
    }
    if !causes.is_empty() {
        out.markup("<h2>Caused by</h2>\n<ol>\n");
        for cause in causes {
            out.markup("<li>").text(&cause).markup("</li>\n");
        }
        out.markup("</ol>\n");
    }
    if let Some(details) = error.error_details() {
        out.markup("<h2>Details</h2>\n<pre>")
            .text(&shown(&secrets.masked_value(details)))
            .markup("</pre>\n");
    }
    out.markup("</header>\n");
}

fn request(out: &mut Writer<'_>, secrets: &Secrets, req: &HttpRequest) {
    out.section("Request", |out| {
        out.markup("<p class=\"file\">").text(req.method().as_str()).markup(" ");
        out.text(&path(secrets, req)).markup("</p>\n");
        let mut facts = vec![("Id", req.id().to_string()), ("Host", req.host().to_owned())];
        facts.extend(req.ip().map(|ip| ("Address", ip.to_string())));
        out.table(facts, "");
        out.markup("<h3>Input</h3>\n");
        let input = secrets.masked(&req.input_so_far());
        out.table(rows(&input), "Neither a query nor a body that was read.");
    });
}

fn route(out: &mut Writer<'_>, app: &Application, secrets: &Secrets, req: &HttpRequest) {
    let Some(route) = req.route() else { return };
    out.section("Route", |out| {
        let mut facts = vec![("Path", route.uri.clone()), ("Action", route.action.clone())];
        facts.extend(route.name.clone().map(|name| ("Name", name)));
        let place = route.place.to_string();
        let listing = app.kernel().routes().listing();
        let middleware = listing
            .into_iter()
            .find(|other| other.location == place && other.uri == route.uri)
            .map(|other| other.middleware.join(", "));
        facts.extend(middleware.filter(|names| !names.is_empty()).map(|it| ("Middleware", it)));
        facts.push(("Written at", place));
        out.table(facts, "");
        let mut values = parameters(req).peekable();
        if values.peek().is_some() {
            out.markup("<h3>Parameters</h3>\n");
            out.table(
                values.map(|(name, value)| {
                    (name, if secrets.has(name) { MASK.to_owned() } else { plain(value) })
                }),
                "",
            );
        }
    });
}

fn session(out: &mut Writer<'_>, secrets: &Secrets, req: &HttpRequest) {
    let Some(session) = req.try_session() else { return };
    out.section("Session", |out| {
        if let Some(id) = session.id_for_log() {
            out.markup("<p class=\"file\">").text(&id.to_string()).markup("</p>\n");
        }
        out.table(rows(&secrets.masked(&session.all())), "Nothing is stored in it.");
    });
}

fn rows(values: &JsonMap) -> impl Iterator<Item = (&String, String)> {
    values.iter().map(|(name, value)| (name, shown(value)))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// The path without the values of secret parameters. The query is shown as input.
fn path(secrets: &Secrets, req: &HttpRequest) -> String {
    let mut path = req.path().to_owned();
    for (name, value) in parameters(req) {
        if secrets.has(name) && !value.is_empty() {
            path = path.replace(&value.replace(crate::routing::ENCODED_SLASH, "%2F"), MASK);
        }
    }
    path
}

fn headers(secrets: &Secrets, headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |name: &str, value: &HeaderValue| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        match value.split_once('?') {
            _ if secrets.has(name) => MASK.to_owned(),
            // A query, as in `Referer`, has names of its own.
            Some((before, query)) if value.contains('=') => {
                format!("{before}?{}", without_secrets(secrets, query))
            }
            _ => value,
        }
    };
    headers.iter().map(|(name, value)| (name.to_string(), shown(name.as_str(), value))).collect()
}

fn without_secrets(secrets: &Secrets, query: &str) -> String {
    let mask = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if secrets.has(name) => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    };
    query.split('&').map(mask).collect::<Vec<_>>().join("&")
}

/// A parameter as the action gets it.
fn plain(text: &str) -> String {
    text.replace(crate::routing::ENCODED_SLASH, "/")
}
