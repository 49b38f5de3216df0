//! Method, target and headers.

use std::fmt::Display;
use std::net::IpAddr;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, Method, Uri};

use super::super::input::{accepts_any, is_json_content, is_match, wants_json};
use super::HttpRequest;
use crate::http::is_local;
use crate::session::exchange::{is_ajax, is_prefetch};

impl HttpRequest {
    /// The method, after method spoofing: a form's `_method=PUT` makes it `PUT`.
    pub fn method(&self) -> &Method {
        &self.0.parts.method
    }

    /// Whether the method is this one; case does not matter.
    pub fn is_method(&self, method: &str) -> bool {
        self.method().as_str().eq_ignore_ascii_case(method)
    }

    /// The target as it came, undecoded.
    pub fn uri(&self) -> &Uri {
        &self.0.parts.uri
    }

    /// The path, percent-decoded, without a slash at its end: `/photos/5`. An encoded slash, which does not end a segment,
    /// stays `%2F`; in a parameter of the route it is a slash.
    pub fn path(&self) -> &str {
        let arrival = &self.0.arrival;
        arrival.shown_path.as_deref().unwrap_or_else(|| arrival.path(self.uri()))
    }

    /// The segments of the path.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.path().split('/').filter(|segment| !segment.is_empty())
    }

    /// Scheme and host, as the visitor's browser sees them, and the [prefix](HttpRequest::prefix): `https://shop.test`. Empty if the request names no host, as
    /// HTTP/1.0 allows.
    pub fn root(&self) -> String {
        match self.host() {
            "" => String::new(),
            host => format!("{}://{host}{}", self.scheme(), self.prefix()),
        }
    }

    /// The URL without its query, and without a slash at its end.
    pub fn url(&self) -> String {
        let path = self.uri().path().trim_end_matches('/');
        // The target of `OPTIONS *` is not a path, and would lengthen the host.
        self.root() + if path.starts_with('/') { path } else { "" }
    }

    /// The path below which a trusted proxy has the application (`X-Forwarded-Prefix`), such as `/app`; mostly empty.
    ///
    /// URLs of named routes and redirects begin with it. Routes and [`path`](HttpRequest::path) do not have it.
    pub fn prefix(&self) -> &str {
        self.0.arrival.prefix.as_deref().unwrap_or_default()
    }

    /// A path of the application as browsers have to ask for it. One that has the prefix already stays as it is.
    pub(crate) fn prefixed(&self, path: String) -> String {
        let prefix = self.prefix();
        let rest = path.strip_prefix(prefix);
        if prefix.is_empty()
            || !is_local(&path)
            || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        {
            return path;
        }
        format!("{prefix}{path}")
    }

    /// The URL with its query.
    pub fn full_url(&self) -> String {
        self.with_query(self.uri().query().unwrap_or_default())
    }

    /// The URL with its query, in which these values are added or replace those of the same name:
    /// `req.full_url_with_query([("page", 2)])`.
    pub fn full_url_with_query<K: AsRef<str>, V: Display>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> String {
        let values: Vec<(K, V)> = values.into_iter().collect();
        let mut query = self.query_without(values.iter().map(|(name, _)| name.as_ref()));
        for (name, value) in &values {
            query.append_pair(name.as_ref(), &value.to_string());
        }
        self.with_query(&query.finish())
    }

    /// The URL with its query, from which the values of these names are left out.
    pub fn full_url_without_query<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> String {
        self.with_query(&self.query_without(names).finish())
    }

    /// The values of the query whose names are not these, nor inside of these: `filter[a]` is inside of `filter`.
    fn query_without<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> form_urlencoded::Serializer<'static, String> {
        let names: Vec<&str> = names.into_iter().collect();
        let within = |key: &str| {
            let rest = |name: &&str| key.strip_prefix(*name);
            names.iter().filter_map(rest).any(|rest| rest.is_empty() || rest.starts_with('['))
        };
        let query = self.uri().query().unwrap_or_default().as_bytes();
        let mut kept = form_urlencoded::Serializer::new(String::new());
        kept.extend_pairs(form_urlencoded::parse(query).filter(|(key, _)| !within(key)));
        kept
    }

    /// The URL with another query.
    fn with_query(&self, query: &str) -> String {
        let url = self.url();
        match query {
            "" => url,
            query if self.uri().path().trim_end_matches('/').is_empty() => {
                format!("{url}/?{query}")
            }
            query => format!("{url}?{query}"),
        }
    }

    /// `http` or `https`, as the visitor's browser sees it.
    pub fn scheme(&self) -> &'static str {
        self.0.arrival.scheme
    }

    /// Whether the visitor's connection is encrypted.
    pub fn is_secure(&self) -> bool {
        self.scheme() == "https"
    }

    /// The host, with the port if there is one.
    pub fn host(&self) -> &str {
        self.0.arrival.host(self.headers())
    }

    /// The visitor's address; behind a trusted proxy, the one that the proxy reports.
    pub fn ip(&self) -> Option<IpAddr> {
        self.0.arrival.ip
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.parts.headers
    }

    /// The value of a header, if it is there and is ASCII text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// The `User-Agent`.
    pub fn user_agent(&self) -> Option<&str> {
        self.header(USER_AGENT.as_str())
    }

    /// The token of `Authorization: Bearer`.
    pub fn bearer_token(&self) -> Option<&str> {
        let value = self.header(AUTHORIZATION.as_str())?;
        let (scheme, token) = value.split_once(' ')?;
        let token = token.split(',').next().unwrap_or_default().trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    }

    /// Whether the path matches a pattern, in which `*` stands for anything: `admin/*`.
    pub fn is(&self, pattern: &str) -> bool {
        let trim = |text: &str| text.trim_matches('/').to_owned();
        is_match(&trim(pattern), &trim(self.path()))
    }

    /// Whether the body is JSON.
    pub fn is_json(&self) -> bool {
        is_json_content(self.header(CONTENT_TYPE.as_str()))
    }

    /// Whether the client asks for JSON before anything else.
    pub fn wants_json(&self) -> bool {
        wants_json(self.header(ACCEPT.as_str()))
    }

    /// Whether the request was made by a script with `X-Requested-With: XMLHttpRequest`.
    pub fn is_ajax(&self) -> bool {
        is_ajax(self.headers())
    }

    /// Whether an error should be answered in JSON.
    pub fn expects_json(&self) -> bool {
        self.wants_json() || (self.is_ajax() && accepts_any(self.header(ACCEPT.as_str())))
    }

    /// Whether the browser fetches the page before anyone asked to see it.
    pub fn is_prefetch(&self) -> bool {
        is_prefetch(self.headers())
    }
}
