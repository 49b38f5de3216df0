//! What the debug page leaves out.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::foundation::{AppConfig, Application};
use crate::http::HttpRequest;
use crate::session::SessionConfig;
use crate::support::dot::JsonMap;
use crate::web::SecretNames;

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
    "key",
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
    names: SecretNames,
    /// The longest first, since one may contain another.
    values: Vec<String>,
}

impl Secrets {
    /// The secrets of a request, and those of the application's environment.
    pub(in super::super) fn of(app: &Application, req: &HttpRequest) -> Self {
        let session = app.try_config::<SessionConfig>().unwrap_or_default();
        let patterns = session.secret_input.iter().map(String::as_str).chain(NAMES);
        let mut secrets = Self { names: SecretNames::new(patterns), values: Vec::new() };
        secrets.add_environment(app);
        secrets.add_request(req);
        secrets.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        secrets.values.dedup();
        secrets
    }

    /// Whether what has this name is masked.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.has(name)
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

    /// Values without those that have a secret's name, at any depth.
    pub(super) fn masked(&self, values: &JsonMap) -> JsonMap {
        let mask = |(name, value): (&String, &Value)| {
            let value = if self.has(name) { Value::from(MASK) } else { self.masked_value(value) };
            (name.clone(), value)
        };
        values.iter().map(mask).collect()
    }

    fn masked_value(&self, value: &Value) -> Value {
        match value {
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

    fn add_request(&mut self, req: &HttpRequest) {
        for (name, value) in req.headers() {
            if !self.has(name.as_str()) {
                continue;
            }
            let text = String::from_utf8_lossy(value.as_bytes());
            self.add(&text);
            // Each cookie, and what follows the scheme of `Authorization`.
            for part in text.split([';', ' ']) {
                self.add(part.split_once('=').map_or(part, |(_, value)| value).trim_matches('"'));
                self.add(part);
            }
        }
        self.add_all(&req.input_so_far());
        if let Some(session) = req.try_session() {
            self.add_all(&session.all());
        }
        for (name, value) in parameters(req) {
            if self.has(name) {
                self.add(value);
            }
        }
    }

    /// The values that have a secret's name, at any depth.
    fn add_all(&mut self, values: &JsonMap) {
        for (name, value) in values {
            if self.has(name) {
                self.add_texts(value);
            } else {
                match value {
                    Value::Object(values) => self.add_all(values),
                    Value::Array(values) => {
                        values.iter().filter_map(Value::as_object).for_each(|it| self.add_all(it));
                    }
                    _ => {}
                }
            }
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
        let quoted = secret.escape_debug().to_string();
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let plus = encoded.replace("%20", "+");
        for form in [secret.to_owned(), quoted, encoded, plus] {
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
