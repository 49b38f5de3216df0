//! The request as actions see it.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock, RwLock};

use bytes::Bytes;
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Uri};
use uuid::Uuid;

use super::body::Carried;
use super::extensions::Extensions;
use super::route_info::RouteMatch;
use crate::container::{Container, Scope};
use crate::support::dot::JsonMap;

/// A request: a cheap handle that can be cloned and kept.
///
/// All clones, and [`request()`](super::request) anywhere in the task, are the same request: what
/// [`merge`](HttpRequest::merge) or [`set_extension`](HttpRequest::set_extension) changes is seen by all.
///
/// The body is read directly before the action. In a middleware, whatever looks at the input (all but
/// [`query`](HttpRequest::query)) panics if there is a body that has not been read: call
/// [`read_body`](HttpRequest::read_body) first.
#[derive(Clone)]
pub struct HttpRequest(pub(super) Arc<Inner>);

pub(super) struct Inner {
    /// Method (after method spoofing), target, version and headers, as they were read from the connection.
    pub(super) parts: Parts,
    pub(super) arrival: Arrival,
    /// What the request carries besides its head; most carry nothing.
    pub(super) carried: Option<Box<Carried>>,
    pub(super) matched: Option<RouteMatch>,
    pub(super) container: Container,
    pub(super) scope: Scope,
    /// Query, form and JSON in one map; made when first asked for.
    pub(super) input: OnceLock<RwLock<JsonMap>>,
    pub(super) extensions: Extensions,
    pub(super) id: OnceLock<Uuid>,
    pub(super) owed_cookie: OnceLock<Box<HeaderValue>>,
}

/// How a request has come, as the visitor's browser sees it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The path, percent-decoded and without a slash at its end, where that is not the target's as it stands.
    pub path: Option<String>,
    /// The path as the application sees it, where that is not `path`: an encoded slash is `%2F` there.
    pub shown_path: Option<Box<str>>,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The host and port that the visitor asked for, where that is not what the `Host` header says.
    pub host: Option<String>,
    /// The visitor's address.
    pub ip: Option<IpAddr>,
    /// The path below which a proxy has the application, such as `/app`.
    pub prefix: Option<Box<str>>,
}

/// Marks a request, in its extensions, whose own connection is encrypted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encrypted;

impl Arrival {
    /// The path, with the target that came along.
    pub(crate) fn path<'h>(&'h self, target: &'h Uri) -> &'h str {
        self.path.as_deref().unwrap_or_else(|| target.path())
    }

    /// The host, with the headers that came along.
    pub(crate) fn host<'h>(&'h self, headers: &'h HeaderMap) -> &'h str {
        self.host.as_deref().unwrap_or_else(|| {
            headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
        })
    }
}

impl HttpRequest {
    /// Puts a request together.
    #[inline]
    pub(crate) fn new(
        parts: Parts,
        arrival: Arrival,
        carried: Option<Box<Carried>>,
        matched: Option<RouteMatch>,
        container: Container,
    ) -> Self {
        Self(Arc::new(Inner {
            parts,
            arrival,
            carried,
            matched,
            scope: container.scope(),
            container,
            input: OnceLock::new(),
            extensions: Extensions::default(),
            id: OnceLock::new(),
            owed_cookie: OnceLock::new(),
        }))
    }

    /// A `GET` of `/`.
    #[cfg(test)]
    pub(crate) fn get(headers: &[(&'static str, &'static str)]) -> Self {
        Self::get_over("http", headers)
    }

    /// A `GET` of `/` by this scheme.
    #[cfg(test)]
    pub(crate) fn get_over(scheme: &'static str, headers: &[(&'static str, &'static str)]) -> Self {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        for (name, value) in headers {
            parts.headers.insert(*name, http::HeaderValue::from_static(value));
        }
        let arrival =
            Arrival { path: None, shown_path: None, scheme, host: None, ip: None, prefix: None };
        Self::new(parts, arrival, None, None, Container::new())
    }

    /// The id of this request, a UUID of version 7, which the log line carries too.
    pub fn id(&self) -> Uuid {
        *self.0.id.get_or_init(Uuid::now_v7)
    }

    /// The container of the application that answers.
    pub fn container(&self) -> &Container {
        &self.0.container
    }

    /// What the container keeps for the length of this request.
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// The request as hyper and tower know it.
    ///
    /// The method is the one after method spoofing, the target is undecoded. The body is [`bytes`](HttpRequest::bytes): empty
    /// for a multipart form, and in a middleware if it has not been read.
    pub fn to_http(&self) -> http::Request<crate::http::Body> {
        let body = if self.lacks_body() { Bytes::new() } else { self.bytes().clone() };
        let mut request = http::Request::new(body.into());
        let parts = &self.0.parts;
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.version_mut() = parts.version;
        *request.headers_mut() = parts.headers.clone();
        request
    }
}

impl fmt::Debug for HttpRequest {
    // Headers stay out: they hold the session's token and other credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} {})", self.method(), self.path())
    }
}
