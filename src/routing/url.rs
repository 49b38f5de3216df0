//! From a route's name to its URL.

use std::collections::HashMap;
use std::fmt::{self, Display};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::pattern::{Kind, Part, Pattern};
use crate::http::{Redirect, redirect, try_request};

/// The names of the routes and the paths behind them.
#[derive(Debug, Default)]
pub struct Urls {
    patterns: HashMap<String, Pattern>,
}

/// Why a URL cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// No route has this name.
    UnknownName(String),
    /// Values for these parameters are missing.
    Missing {
        /// The name of the route.
        name: String,
        /// The parameters without a value.
        parameters: Vec<String>,
    },
    /// There is no application to ask.
    NoApplication,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName(name) => {
                write!(f, "no route is named `{name}`; `cargo artisan route:list` shows the names")
            }
            Self::Missing { name, parameters } => {
                write!(f, "the route `{name}` needs a value for: {}", parameters.join(", "))
            }
            Self::NoApplication => f.write_str("route() was called outside a request"),
        }
    }
}

impl std::error::Error for UrlError {}

/// The values for a route's parameters.
///
/// A list of pairs, `[("id", 5)]`, or `()` for none. What the path has no place for becomes the query.
pub trait RouteParams {
    /// The pairs.
    fn pairs(self) -> Vec<(String, String)>;
}

impl RouteParams for () {
    fn pairs(self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl<K: Display, V: Display, const N: usize> RouteParams for [(K, V); N] {
    fn pairs(self) -> Vec<(String, String)> {
        self.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }
}

impl<K: Display, V: Display> RouteParams for Vec<(K, V)> {
    fn pairs(self) -> Vec<(String, String)> {
        self.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }
}

/// What stands unencoded in a segment (RFC 3986, 3.3); a slash does not.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@')
    .remove(b':')
    .remove(b',')
    .remove(b'=')
    .remove(b'+')
    .remove(b'!')
    .remove(b'*');

pub(super) fn encode_segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// The rest of a path, as a wildcard takes it.
pub(super) fn encode_segments(text: &str) -> String {
    text.split('/').map(encode_segment).collect::<Vec<_>>().join("/")
}

impl Urls {
    pub(super) fn new(names: HashMap<String, String>) -> Self {
        let patterns = names
            .into_iter()
            .filter_map(|(name, uri)| Some((name, Pattern::parse(&uri).ok()?)))
            .collect();
        Self { patterns }
    }

    /// Whether a route has this name.
    pub fn has(&self, name: &str) -> bool {
        self.patterns.contains_key(name)
    }

    /// The path of a named route, with a query of the values that the path has no place for.
    ///
    /// # Errors
    /// When no route has the name, or a parameter has no value.
    pub fn route(&self, name: &str, params: impl RouteParams) -> Result<String, UrlError> {
        let pattern =
            self.patterns.get(name).ok_or_else(|| UrlError::UnknownName(name.to_owned()))?;
        let mut values = params.pairs();
        let mut path = String::new();
        let mut missing = Vec::new();
        for part in &pattern.parts {
            let (parameter, kind) = match part {
                Part::Literal(text) => {
                    path.push_str(text);
                    continue;
                }
                Part::Parameter { name, kind } => (name, *kind),
            };
            let given =
                values.iter().position(|(name, value)| name == parameter && !value.is_empty());
            match given.map(|index| values.remove(index).1) {
                Some(value) if kind == Kind::Wildcard => {
                    path.push_str(&encode_segments(&value));
                }
                Some(value) => path.push_str(&encode_segment(&value)),
                None if kind == Kind::Optional => {
                    path.truncate(path.trim_end_matches('/').len().max(1))
                }
                None => missing.push(parameter.clone()),
            }
        }
        if !missing.is_empty() {
            return Err(UrlError::Missing { name: name.to_owned(), parameters: missing });
        }
        if !values.is_empty() {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(values);
            path.push('?');
            path.push_str(&query.finish());
        }
        Ok(path)
    }
}

/// The path of a named route: `route("photos.show", [("photo", 5)])` is `/photos/5`.
///
/// # Panics
/// When no route has the name or a parameter has no value: both are slips of the programmer, and the request
/// is answered with a 500 that names them in the log. [`try_route`] tells instead.
#[track_caller]
pub fn route(name: &str, params: impl RouteParams) -> String {
    match try_route(name, params) {
        Ok(url) => url,
        Err(error) => panic!("{error}"),
    }
}

/// The path of a named route, or why there is none.
///
/// # Errors
/// When no route has the name, a parameter has no value, or no request is being answered.
pub fn try_route(name: &str, params: impl RouteParams) -> Result<String, UrlError> {
    let request = try_request().ok_or(UrlError::NoApplication)?;
    let urls = request.container().make::<Urls>().map_err(|_| UrlError::NoApplication)?;
    urls.route(name, params)
}

/// Redirects to a named route: `to_route("photos.show", [("photo", 5)])`.
///
/// # Panics
/// As [`route`].
#[track_caller]
pub fn to_route(name: &str, params: impl RouteParams) -> Redirect {
    redirect(route(name, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> Urls {
        Urls::new(HashMap::from([
            ("home".to_owned(), "/".to_owned()),
            ("photo".to_owned(), "/photos/{id}/{size?}".to_owned()),
            ("file".to_owned(), "/files/{*path}".to_owned()),
        ]))
    }

    #[test]
    fn values_fill_the_path_and_the_rest_becomes_the_query() {
        let urls = urls();
        assert_eq!(urls.route("home", ()), Ok("/".to_owned()));
        assert_eq!(urls.route("photo", [("id", 5)]), Ok("/photos/5".to_owned()));
        assert_eq!(
            urls.route("photo", [("id", "a/b c"), ("size", "xl"), ("page", "2 3")]),
            Ok("/photos/a%2Fb%20c/xl?page=2+3".to_owned())
        );
        assert_eq!(
            urls.route("file", [("path", "a/b c.txt")]),
            Ok("/files/a/b%20c.txt".to_owned())
        );
    }

    #[test]
    fn an_unknown_name_and_a_missing_value_are_told() {
        assert_eq!(urls().route("nope", ()), Err(UrlError::UnknownName("nope".to_owned())));
        let error = urls().route("photo", ()).expect_err("no id");
        assert_eq!(error.to_string(), "the route `photo` needs a value for: id");
    }
}
