//! From a request as hyper gives it to the response that it sends.

use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{ALLOW, CONNECTION, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method};
use http_body::Body as _;

use super::answering::{Answering, Begun};
use super::guard::{self, Refused};
use super::trust::Trust;
use crate::container::Container;
use crate::error::{Error, Place};
use crate::foundation::HttpConfig;
use crate::http::{
    Arrival, Body, BodyKind, BodyTimeouts, Carried, Chain, HttpRequest, Limits, PublicFiles,
    Response, Result, RouteMatch, UnreadBody, parse_query,
};
use crate::routing::{CompiledRoute, Found, RouteTable, Unrouted};
use crate::support::dot::JsonMap;

/// Answers requests: checks the head, finds the route, runs its middleware and its action.
pub struct Kernel {
    container: Container,
    table: Arc<RouteTable>,
    config: Arc<HttpConfig>,
    trust: Trust,
    public: Option<Arc<PublicFiles>>,
}

/// What runs for a request.
struct Target<'t> {
    chain: &'t Arc<Chain>,
    matched: Option<RouteMatch>,
    unrouted: Option<Unrouted>,
}

impl Target<'_> {
    /// Where the route was written, or one of the path's routes for other methods.
    fn place(&self) -> Option<&Place> {
        match &self.unrouted {
            Some(Unrouted::MethodNotAllowed(_, place)) => Some(place),
            _ => self.matched.as_ref().map(|matched| &matched.route.place),
        }
    }
}

impl Kernel {
    pub(crate) fn new(
        container: Container,
        table: Arc<RouteTable>,
        config: Arc<HttpConfig>,
        trust: Trust,
    ) -> Self {
        let public = container.make::<PublicFiles>().ok();
        Self { container, table, config, trust, public }
    }

    /// The routes.
    pub fn routes(&self) -> &RouteTable {
        &self.table
    }

    /// Answers a request, of which this is the head and the body. Never fails: what goes wrong is a response too.
    pub fn handle(
        self: &Arc<Self>,
        parts: Parts,
        body: Body,
        peer: Option<SocketAddr>,
    ) -> Answering {
        let arrival = match guard::admit(&parts, peer, &self.trust) {
            Ok(arrival) => arrival,
            Err(refused) => return Answering::ready(refused_response(&refused, &parts.headers)),
        };
        let has_body = !body.is_end_stream();
        if has_body && let Err(refused) = guard::admit_body(&parts.headers) {
            return Answering::ready(refused_response(&refused, &parts.headers));
        }
        if !has_body && parts.uri.query().is_none_or(str::is_empty) {
            let target = self.target(&parts.method, arrival.path(&parts.uri));
            return Answering::running(self.begin(parts, arrival, None, target));
        }
        let (carried, target) = self.carried(&parts, &arrival, has_body.then_some(body));
        if let Some(target) = target {
            return Answering::running(self.begin(parts, arrival, Some(carried), target));
        }
        let kernel = Arc::clone(self);
        Answering::reading(Box::pin(
            async move { kernel.read_and_begin(parts, arrival, carried).await },
        ))
    }

    /// What a request carries besides its head, and what runs for it; `None` if that is in the body.
    fn carried(
        &self,
        parts: &Parts,
        arrival: &Arrival,
        body: Option<Body>,
    ) -> (Box<Carried>, Option<Target<'_>>) {
        let target = self.target(&parts.method, arrival.path(&parts.uri));
        let own = target.matched.as_ref().map(|matched| matched.route.limits);
        let form = body.as_ref().and_then(|_| self.limits_of_form(parts, arrival, own));
        let limits = form.or(own).unwrap_or(self.config.limits);
        let timeouts =
            BodyTimeouts { idle: self.config.body_idle_timeout, total: self.config.body_timeout };
        let body = body.map(|body| UnreadBody { body, limits, timeouts });
        match parse_query(&parts.uri, &limits) {
            Ok(query) => (Box::new(Carried::new(query, body)), form.is_none().then_some(target)),
            Err(error) => {
                let error = error.or_at(target.place());
                let target = self.unrouted(Unrouted::failed(error));
                (Box::new(Carried::new(JsonMap::new(), body)), Some(target))
            }
        }
    }

    /// How much may be read of a body that may name the method, which decides about the route: a form or JSON, posted to
    /// a path that has other routes for that. `own` are the limits of the route for POST.
    fn limits_of_form(
        &self,
        parts: &Parts,
        arrival: &Arrival,
        own: Option<Limits>,
    ) -> Option<Limits> {
        if parts.method != Method::POST || BodyKind::of(&parts.headers) == BodyKind::Other {
            return None;
        }
        let limits = self.table.limits_of_forms(arrival.path(&parts.uri))?;
        Some(own.map_or(limits, |own| own.largest(limits)))
    }

    /// Reads the body before the route is looked up.
    async fn read_and_begin(
        &self,
        mut parts: Parts,
        arrival: Arrival,
        carried: Box<Carried>,
    ) -> Begun {
        let method = match carried.read(&parts.headers).await {
            Ok(body) => method_of(body.field("_method"), BodyKind::of(&parts.headers)),
            Err(error) => Err(error),
        };
        let target = match method {
            Ok(method) => {
                parts.method = method;
                self.target(&parts.method, arrival.path(&parts.uri))
            }
            Err(error) => {
                let target = self.target(&parts.method, arrival.path(&parts.uri));
                self.unrouted(Unrouted::failed(error.or_at(target.place())))
            }
        };
        self.begin(parts, arrival, Some(carried), target)
    }

    fn begin(
        &self,
        parts: Parts,
        arrival: Arrival,
        carried: Option<Box<Carried>>,
        target: Target<'_>,
    ) -> Begun {
        let file = self.public.as_ref().filter(|_| may_be_a_file(&parts, &arrival, &target));
        let Target { chain, matched, unrouted } = target;
        let chain = file.map_or_else(|| Arc::clone(chain), |files| files.before(chain));
        let req = HttpRequest::new(parts, arrival, carried, matched, self.container.clone());
        if let Some(unrouted) = unrouted {
            req.set_extension(unrouted);
        }
        let work = chain.run(req.clone());
        Begun { req, work: Some(work) }
    }

    fn target(&self, method: &Method, path: &str) -> Target<'_> {
        match self.table.find(method, path) {
            Found::Route(route, matched) => {
                Target { chain: &route.chain, matched: Some(matched), unrouted: None }
            }
            Found::MethodNotAllowed(routes) => {
                let allow = allow(&routes);
                self.unrouted(match routes.first() {
                    Some(route) if *method != Method::OPTIONS => {
                        Unrouted::MethodNotAllowed(allow, route.info.place.clone())
                    }
                    _ => Unrouted::Options(allow),
                })
            }
            // Only `OPTIONS *` has this for a path.
            Found::Nothing if path == "*" => self.unrouted(Unrouted::Server),
            Found::Nothing => self.unrouted(Unrouted::NotFound),
        }
    }

    /// What runs where no route does: the global middleware, so that it sees these answers too.
    fn unrouted(&self, unrouted: Unrouted) -> Target<'_> {
        Target { chain: self.table.not_found(), matched: None, unrouted: Some(unrouted) }
    }
}

/// Whether a file comes before what was found for a request. Without this, `/{page}` would hide `/favicon.ico`.
fn may_be_a_file(parts: &Parts, arrival: &Arrival, target: &Target<'_>) -> bool {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return false;
    }
    match &target.matched {
        Some(matched) if matched.values.is_empty() => false,
        Some(_) => {
            let path = arrival.path(&parts.uri);
            path.rsplit('/').next().is_some_and(|name| name.contains('.'))
        }
        None => matches!(target.unrouted, Some(Unrouted::NotFound)),
    }
}

/// The method of a POST whose body has this field `_method`: a form's `_method=PUT` makes it a PUT. Never a safe method:
/// that would slip past the check for forged requests (OWASP ASVS 5.0, 3.5.3).
fn method_of(field: Option<String>, kind: BodyKind) -> Result<Method> {
    let Some(field) = field else { return Ok(Method::POST) };
    match field.to_ascii_uppercase().as_str() {
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        "POST" => Ok(Method::POST),
        // JSON may have a field of this name that is not meant for us; forms are written for it.
        _ if kind == BodyKind::Json => Ok(Method::POST),
        _ => Err(Error::new(400, "`_method` must be PUT, PATCH or DELETE")),
    }
}

/// The methods of a path, `OPTIONS` among them since the router answers it.
fn allow(routes: &[&CompiledRoute]) -> String {
    let mut names: Vec<&str> = Vec::new();
    let methods = routes.iter().flat_map(|route| &route.methods);
    for method in methods.chain([&Method::OPTIONS]) {
        if !names.contains(&method.as_str()) {
            names.push(method.as_str());
        }
    }
    names.join(", ")
}

#[cold]
fn refused_response(refused: &Refused, headers: &HeaderMap) -> Response {
    tracing::debug!(status = refused.status, "request refused: {}", refused.why);
    let mut response = crate::http::refused_page(refused.status, refused.why, headers);
    // Whatever follows on this connection cannot be trusted to be where it seems.
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    if refused.status == 405 {
        response.headers_mut().insert(
            ALLOW,
            HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        );
    }
    response
}
