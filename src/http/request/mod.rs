//! The request as actions see it.

mod extensions;
mod head;
mod input;
mod routing;
mod text;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock, RwLock};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, Version};
use uuid::Uuid;

use super::InputBody;
use super::RouteMatch;
use crate::container::{Container, Scope};
use crate::support::dot::JsonMap;

use extensions::Extensions;

pub use text::HeadText;

/// A request: a cheap handle that can be cloned and kept.
///
/// All clones, and [`request()`](super::request) anywhere in the task, are the same request: what
/// [`merge`](HttpRequest::merge) or [`set_extension`](HttpRequest::set_extension) changes is seen by all.
#[derive(Clone)]
pub struct HttpRequest(Arc<Inner>);

struct Inner {
    head: RequestHead,
    body: InputBody,
    matched: Option<RouteMatch>,
    container: Container,
    scope: Scope,
    /// Query, form and JSON in one map; made when first asked for.
    input: OnceLock<RwLock<JsonMap>>,
    extensions: Extensions,
    id: OnceLock<Uuid>,
}

/// What is known of a request before its route is found.
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// The method, after method spoofing.
    pub method: Method,
    /// The target as it came.
    pub uri: Uri,
    /// The path, percent-decoded and without a slash at its end.
    pub path: HeadText,
    /// The HTTP version.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
    /// `http` or `https`, as the visitor's browser sees it.
    pub scheme: &'static str,
    /// The host and port that the visitor asked for.
    pub host: HeadText,
    /// The visitor's address.
    pub ip: Option<IpAddr>,
}

/// Marks a request, in its extensions, whose own connection is encrypted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encrypted;

impl RequestHead {
    /// A `GET` of a path on localhost, for tests.
    pub fn get(path: &str) -> Self {
        Self {
            method: Method::GET,
            uri: path.parse().unwrap_or_default(),
            path: path.split('?').next().unwrap_or("/").into(),
            version: Version::HTTP_11,
            headers: HeaderMap::new(),
            scheme: "http",
            host: "localhost".into(),
            ip: None,
        }
    }
}

impl HttpRequest {
    /// Puts a request together.
    pub fn new(
        head: RequestHead,
        body: InputBody,
        matched: Option<RouteMatch>,
        container: Container,
    ) -> Self {
        Self(Arc::new(Inner {
            head,
            body,
            matched,
            scope: container.scope(),
            container,
            input: OnceLock::new(),
            extensions: Extensions::default(),
            id: OnceLock::new(),
        }))
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

    /// The body as it came; empty for a multipart form, whose parts were read into fields and files.
    pub fn bytes(&self) -> &Bytes {
        &self.0.body.bytes
    }

    /// The request's head as hyper and tower know it, with an empty body.
    pub(crate) fn to_http(&self) -> http::Request<super::Body> {
        let mut request = http::Request::new(super::Body::empty());
        *request.method_mut() = self.0.head.method.clone();
        *request.uri_mut() = self.0.head.uri.clone();
        *request.version_mut() = self.0.head.version;
        *request.headers_mut() = self.0.head.headers.clone();
        request
    }
}

impl fmt::Debug for HttpRequest {
    // Headers stay out: they hold the session's token and other credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} {})", self.0.head.method, self.0.head.path)
    }
}
