//! What templates can call.

use std::sync::Arc;

use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error, ErrorKind};

use super::ViewConfig;
use super::messages::{self, Messages};
use crate::http::{html_escape, try_request};
use crate::routing::{UrlError, Urls};
use crate::web::nonce_of;

pub(super) fn register(engine: &mut Environment<'static>, config: &ViewConfig) {
    engine.add_function("session", session);
    engine.add_function("old", old);
    engine.add_function("route", route);
    engine.add_function("route_url", route_url);
    engine.add_function("url", url);
    engine.add_function("method_field", method_field);
    engine.add_function("csrf_token", csrf_token);
    engine.add_function("csrf_field", csrf_field);
    engine.add_function("csp_nonce", csp_nonce);
    engine.add_function("error", messages::error);
    engine.add_global("errors", Value::from_object(Messages::bag("default")));
    let asset_url = config.asset_url.clone();
    engine.add_function("asset", move |path: &str| asset(asset_url.as_deref(), path));
}

/// A value of the session, or nothing where there is none.
fn session(key: &str, default: Option<Value>) -> Value {
    let session = try_request().and_then(|req| req.try_session());
    let value = session.and_then(|session| session.get::<serde_json::Value>(key));
    value.map(|value| Value::from(Serde(value))).or(default).unwrap_or(Value::UNDEFINED)
}

fn old(key: &str, default: Option<Value>) -> Value {
    let value = try_request().and_then(|req| req.old::<serde_json::Value>(key));
    value.map(|value| Value::from(Serde(value))).or(default).unwrap_or(Value::UNDEFINED)
}

/// Escaped here, so that the slashes of a path stay slashes.
fn route(name: &str, params: Kwargs) -> Result<Value, Error> {
    let pairs = pairs(&params)?;
    escaped(urls().and_then(|urls| urls.route(name, pairs)))
}

fn route_url(name: &str, params: Kwargs) -> Result<Value, Error> {
    let pairs = pairs(&params)?;
    escaped(urls().and_then(|urls| urls.route_url(name, pairs)))
}

fn url(path: &str) -> Result<Value, Error> {
    escaped(urls().map(|urls| urls.to(path)))
}

/// A file of the application, as browsers ask for it: with the hash of its content and under the prefix of a proxy, or as
/// it is named under `asset_url`.
fn asset(asset_url: Option<&str>, path: &str) -> Value {
    let url = match asset_url {
        Some(root) => format!("{}/{}", root.trim_end_matches('/'), path.trim_start_matches('/')),
        None => {
            let (name, query) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
            format!("{}{query}", crate::http::asset(name))
        }
    };
    Value::from_safe_string(html_escape(&url))
}

fn csrf_token() -> Result<String, Error> {
    let request = try_request().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidOperation,
            "csrf_token() needs a request, and there is none here",
        )
    })?;
    Ok(request.csrf_token())
}

/// Browsers that fill in forms again after "back" must not put an old token into a new page: `autocomplete`.
fn csrf_field() -> Result<Value, Error> {
    let token = html_escape(&csrf_token()?);
    Ok(Value::from_safe_string(format!(
        r#"<input type="hidden" name="_token" value="{token}" autocomplete="off">"#
    )))
}

/// Base64 needs no escaping.
fn csp_nonce() -> Result<Value, Error> {
    let request = try_request().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidOperation,
            "csp_nonce() needs a request, and there is none here",
        )
    })?;
    Ok(Value::from_safe_string(nonce_of(&request)))
}

fn pairs(params: &Kwargs) -> Result<Vec<(String, String)>, Error> {
    params.args().map(|key| Ok((key.to_owned(), params.get::<Value>(key)?.to_string()))).collect()
}

fn urls() -> Result<Arc<Urls>, UrlError> {
    let urls = try_request().and_then(|req| req.container().make::<Urls>().ok());
    urls.ok_or(UrlError::NoApplication)
}

fn escaped(url: Result<String, UrlError>) -> Result<Value, Error> {
    match url {
        Ok(url) => Ok(Value::from_safe_string(html_escape(&url))),
        Err(error) => Err(Error::new(ErrorKind::InvalidOperation, error.to_string())),
    }
}

fn method_field(method: &str) -> Value {
    let method = html_escape(&method.to_ascii_uppercase());
    Value::from_safe_string(format!(r#"<input type="hidden" name="_method" value="{method}">"#))
}
