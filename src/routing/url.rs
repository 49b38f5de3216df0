//! From a route's name to its URL.

use std::collections::HashMap;
use std::fmt::{self, Display};

use percent_encoding::utf8_percent_encode;

use super::fill::{PATH, fill};
use super::pattern::{Part, Pattern};
use crate::http::{Redirect, redirect, try_request};

/// The names of the routes and the paths behind them.
#[derive(Debug, Default)]
pub struct Urls {
    patterns: HashMap<String, Pattern>,
    /// The application's URL, without a slash at its end.
    pub(super) root: String,
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
    /// A value has a segment `.` or `..`: browsers take these for steps in the path, however they are encoded, and the
    /// server refuses them.
    DotSegment {
        /// The name of the route.
        name: String,
        /// The parameter with that value.
        parameter: String,
    },
    /// The URL that was to be signed has a parameter that a signature needs itself.
    Reserved(&'static str),
    /// URLs cannot be signed without an APP_KEY.
    NoKey,
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
            Self::DotSegment { name, parameter } => {
                write!(
                    f,
                    "the route `{name}` has no URL for a `{parameter}` with a segment `.` or `..`"
                )
            }
            Self::Reserved(name) => {
                write!(f, "a signed URL cannot have a parameter `{name}` of its own; rename it")
            }
            Self::NoKey => f.write_str(
                "a URL cannot be signed: APP_KEY is not set; run `cargo artisan key:generate`",
            ),
            Self::NoApplication => f.write_str(
                "a URL was asked for where no application is booted; outside a request, call url() or route_url(), not route()",
            ),
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

impl Urls {
    pub(super) fn new(names: HashMap<String, String>, root: &str) -> Self {
        let encoded = |uri: &str| {
            let mut pattern = Pattern::parse(uri).ok()?;
            for part in &mut pattern.parts {
                if let Part::Literal(text) = part {
                    *text = utf8_percent_encode(text, PATH).to_string();
                }
            }
            Some(pattern)
        };
        let patterns =
            names.into_iter().filter_map(|(name, uri)| Some((name, encoded(&uri)?))).collect();
        Self { patterns, root: root.trim_end_matches('/').to_owned() }
    }

    /// Whether a route has this name.
    pub fn has(&self, name: &str) -> bool {
        self.patterns.contains_key(name)
    }

    /// The path of a named route, with a query of the values that the path has no place for.
    ///
    /// Whatever the values are, browsers stay on this origin, and a value stays in its segment.
    ///
    /// # Errors
    /// When no route has the name, a parameter has no value, or a value has a segment `.` or `..`.
    pub fn route(&self, name: &str, params: impl RouteParams) -> Result<String, UrlError> {
        let pattern =
            self.patterns.get(name).ok_or_else(|| UrlError::UnknownName(name.to_owned()))?;
        let mut values = params.pairs();
        let (mut absent, mut skipped) = (None, None);
        let mut url = fill(name, &pattern.parts, |parameter| {
            let given = values.iter().position(|(name, _)| name == parameter);
            let value = given.map(|index| values.remove(index).1).filter(|value| !value.is_empty());
            match value {
                None => absent = absent.take().or(Some(parameter.to_owned())),
                Some(_) => skipped = skipped.take().or(absent.clone()),
            }
            value
        })?;
        if let Some(parameter) = skipped {
            // The next value would be read as this one's.
            return Err(UrlError::Missing { name: name.to_owned(), parameters: vec![parameter] });
        }
        if !values.is_empty() {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(values);
            url.push('?');
            url.push_str(&query.finish());
        }
        Ok(url)
    }
}

/// The path of a named route: `route("photos.show", [("photo", 5)])` is `/photos/5`.
///
/// # Panics
/// When no route has the name, a parameter has no value, or a value has a segment `.` or `..`. The request is
/// answered with a 500 whose log line names the route and the parameter. Use [`try_route`] for a value that a visitor
/// has chosen and nothing has checked.
#[track_caller]
pub fn route(name: &str, params: impl RouteParams) -> String {
    match try_route(name, params) {
        Ok(url) => url,
        Err(error) => panic!("{error}"),
    }
}

/// The path of a named route, or why there is none. It begins with the [prefix](crate::http::HttpRequest::prefix) of a
/// trusted proxy.
///
/// # Errors
/// As [`Urls::route`], and when no request is being answered.
pub fn try_route(name: &str, params: impl RouteParams) -> Result<String, UrlError> {
    let request = try_request().ok_or(UrlError::NoApplication)?;
    let urls = request.container().make::<Urls>().map_err(|_| UrlError::NoApplication)?;
    Ok(request.prefixed(urls.route(name, params)?))
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
        let names = HashMap::from([
            ("home".to_owned(), "/".to_owned()),
            ("photo".to_owned(), "/photos/{id}/{size?}".to_owned()),
            ("file".to_owned(), "/files/{*path}".to_owned()),
        ]);
        Urls::new(names, "")
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

    #[test]
    fn empty_values_of_optional_parameters_are_left_out() {
        let urls =
            Urls::new(HashMap::from([("foobar".to_owned(), "/foo/{foo?}/{baz?}".to_owned())]), "");
        let url = |foo: &str, baz: &str| urls.route("foobar", [("foo", foo), ("baz", baz)]);
        assert_eq!(url("x", ""), Ok("/foo/x".to_owned()));
        assert_eq!(url("", ""), Ok("/foo".to_owned()));
        assert_eq!(url("x", "y"), Ok("/foo/x/y".to_owned()));
        // `/foo/y` would be read as another URL.
        let error = url("", "y").expect_err("no foo").to_string();
        assert_eq!(error, "the route `foobar` needs a value for: foo");
    }

    #[test]
    fn the_text_of_a_pattern_is_encoded() {
        for (uri, url) in [
            ("/café/{x}", "/caf%C3%A9/v"),
            ("/a b/100%/{x}", "/a%20b/100%25/v"),
            ("/a?b#c\\{x}", "/a%3Fb%23c%5Cv"),
            ("/~me/{x}.png", "/~me/v.png"),
        ] {
            let urls = Urls::new(HashMap::from([("name".to_owned(), uri.to_owned())]), "");
            assert_eq!(urls.route("name", [("x", "v")]).as_deref(), Ok(url));
        }
    }
}
