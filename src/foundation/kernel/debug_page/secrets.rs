//! What the debug page leaves out.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::foundation::{AppConfig, Application};
use crate::http::HttpRequest;
use crate::http::input::FieldNames;
use crate::routing::Found;
use crate::session::SessionConfig;
use crate::support::dot::JsonMap;

/// What stands in the place of a secret.
pub(super) const MASK: &str = "********";

/// Names beside those of `secret_input`: of headers, and of what travels in query strings and sessions.
const NAMES: [&str; 18] = [
    "*cookie*",
    "*authorization*",
    "auth",
    "*credential*",
    "*accesskey*",
    "*appkey*",
    "*encryptionkey*",
    "*signature*",
    "sig",
    "*jwt*",
    "*bearer*",
    "*csrf*",
    "*xsrf*",
    "*sessionid*",
    "sid",
    "*databaseurl*",
    "*dsn",
    "code",
];

/// Values of fewer characters are masked by their names alone: they would be found in every other word.
const SHORTEST: usize = 4;

/// The names and the values that a request and its application keep secret.
pub(in super::super) struct Secrets {
    names: FieldNames,
    /// The longest first, since one may contain another.
    values: Vec<String>,
}

impl Secrets {
    /// The secrets of a request, and those of the application's environment.
    pub(in super::super) fn of(app: &Application, req: &HttpRequest) -> Self {
        let session = app.try_config::<SessionConfig>().unwrap_or_default();
        let patterns = session.secret_input.iter().map(String::as_str).chain(NAMES);
        let mut secrets = Self { names: FieldNames::new(patterns), values: Vec::new() };
        secrets.add_environment(app);
        secrets.add_request(app, req);
        secrets.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        secrets.values.dedup();
        secrets
    }

    /// Whether what has this name is masked.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.matches(name)
    }

    /// A text without the secrets in it.
    pub(in super::super) fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.values {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), MASK));
            }
        }
        text
    }

    /// Values without the secrets in them and without those that have a secret's name, at any depth.
    pub(super) fn masked(&self, values: &JsonMap) -> JsonMap {
        let mask = |(name, value): (&String, &Value)| {
            let value = if self.has(name) { Value::from(MASK) } else { self.masked_value(value) };
            (name.clone(), value)
        };
        values.iter().map(mask).collect()
    }

    /// As [`masked`](Self::masked), for any value. Here, since JSON escapes texts that may be quoted already.
    pub(super) fn masked_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.scrub(text)),
            Value::Object(values) => Value::Object(self.masked(values)),
            Value::Array(values) => values.iter().map(|value| self.masked_value(value)).collect(),
            other => other.clone(),
        }
    }

    fn add_environment(&mut self, app: &Application) {
        for value in app.env().secrets() {
            self.add(value);
            // `scheme://user:password@host`: errors may quote the password alone.
            let userinfo = value.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
            if let Some((_, password)) = userinfo.and_then(|(user, _)| user.split_once(':')) {
                self.add(password);
            }
            // A list of keys.
            value.split(',').for_each(|part| self.add(part.trim()));
        }
        if let Some(config) = app.try_config::<AppConfig>() {
            for key in config.key.iter().chain(&config.previous_keys) {
                let key = key.to_env();
                self.add(key.trim_start_matches("base64:"));
                self.add(&key);
            }
        }
    }

    fn add_request(&mut self, app: &Application, req: &HttpRequest) {
        for (name, value) in req.headers() {
            let text = String::from_utf8_lossy(value.as_bytes());
            if !self.has(name.as_str()) {
                self.add_url(app, &text);
                continue;
            }
            self.add(&text);
            // Each cookie, and what follows the scheme of `Authorization`.
            for part in text.split([';', ' ']) {
                let (name, value) = part.split_once('=').unwrap_or(("", part));
                self.add(value.trim_matches('"'));
                // As the application reads it: decrypted.
                self.add(&req.cookie(name).unwrap_or_default());
                self.add(part);
                self.add_basic(part);
            }
        }
        self.add_all(app, &req.input_so_far());
        if let Some(session) = req.try_session() {
            self.add_all(app, &session.all());
        }
        for (name, value) in parameters(req) {
            if self.has(name) {
                self.add(value);
            }
        }
    }

    /// The password in what follows `Basic`.
    fn add_basic(&mut self, part: &str) {
        let decoded = STANDARD.decode(part).unwrap_or_default();
        if let Some((_, password)) = String::from_utf8_lossy(&decoded).split_once(':') {
            self.add(password);
        }
    }

    /// The secrets in a URL, such as that of the page before: of its query, and of its path where that has a route.
    fn add_url(&mut self, app: &Application, text: &str) {
        let Ok(url) = text.parse::<Uri>() else { return };
        for (name, value) in form_urlencoded::parse(url.query().unwrap_or_default().as_bytes()) {
            if self.has(&name) {
                self.add(&value);
            }
        }
        let Found::Route(route, matched) = app.kernel().routes().find(&Method::GET, url.path())
        else {
            return;
        };
        for (name, value) in route.info.parameters.iter().zip(&matched.values) {
            if let Some(value) = value.as_deref().filter(|_| self.has(name)) {
                self.add(value);
            }
        }
    }

    /// The values that have a secret's name, and the secrets in URLs, at any depth.
    fn add_all(&mut self, app: &Application, values: &JsonMap) {
        for (name, value) in values {
            if self.has(name) {
                self.add_texts(value);
            } else {
                self.add_inside(app, value);
            }
        }
    }

    fn add_inside(&mut self, app: &Application, value: &Value) {
        match value {
            Value::Object(values) => self.add_all(app, values),
            Value::Array(values) => values.iter().for_each(|value| self.add_inside(app, value)),
            Value::String(text) => self.add_url(app, text),
            _ => {}
        }
    }

    /// Every text in a value.
    fn add_texts(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Number(number) => self.add(&number.to_string()),
            Value::Array(values) => values.iter().for_each(|value| self.add_texts(value)),
            Value::Object(values) => values.values().for_each(|value| self.add_texts(value)),
            Value::Bool(_) | Value::Null => {}
        }
    }

    /// Also as errors quote it and as URLs have it.
    fn add(&mut self, secret: &str) {
        if secret.trim().chars().count() < SHORTEST {
            return;
        }
        let quotes = [format!("{secret:?}"), Value::from(secret).to_string()];
        let quoted = quotes.each_ref().map(|text| text[1..text.len() - 1].to_owned());
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let plus = encoded.replace("%20", "+");
        let escaped = secret.escape_debug().to_string();
        for form in [secret.to_owned(), encoded, plus, escaped].into_iter().chain(quoted) {
            if !self.values.contains(&form) {
                self.values.push(form);
            }
        }
    }
}

/// The parameters of the path with their values.
pub(super) fn parameters(req: &HttpRequest) -> impl Iterator<Item = (&str, &str)> {
    let names = req.route().into_iter().flat_map(|route| &route.parameters);
    names.filter_map(|name| Some((name.as_str(), req.param(name)?)))
}
