//! From a request as hyper gives it to the response that it sends.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Method;
use http::header::{ALLOW, CONNECTION, HeaderValue};
use http::request::Parts;

use super::HttpConfig;
use super::answering::{Answering, Begun};
use super::guard::{self, Refused};
use crate::container::Container;
use crate::error::Error;
use crate::http::Result;
use crate::http::{
    Arrival, Body, BodyTimeouts, Chain, HttpRequest, InputBody, Response, RouteMatch,
};
use crate::routing::{Found, Refusal, RouteTable};

/// Answers requests: checks the head, reads the body, finds the route, runs its middleware and its action.
pub struct Kernel {
    container: Container,
    table: Arc<RouteTable>,
    config: Arc<HttpConfig>,
}

/// What runs for a request.
struct Target<'t> {
    chain: &'t Arc<Chain>,
    matched: Option<RouteMatch>,
    refusal: Option<Refusal>,
}

impl Kernel {
    pub(super) fn new(
        container: Container,
        table: Arc<RouteTable>,
        config: Arc<HttpConfig>,
    ) -> Self {
        Self { container, table, config }
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
        let arrival = match guard::admit(&parts, peer, &self.config) {
            Ok(arrival) => arrival,
            Err(refused) => return Answering::refused(refusal(&refused)),
        };
        if !InputBody::is_in(&parts.uri, &body) {
            let target = self.target(&parts.method, arrival.path(&parts.uri));
            return Answering::running(self.begin(parts, arrival, None, target));
        }
        if let Err(refused) = guard::admit_body(&parts.headers) {
            return Answering::refused(refusal(&refused));
        }
        let kernel = Arc::clone(self);
        Answering::reading(Box::pin(async move { kernel.read(parts, arrival, body).await }))
    }

    /// Reads the body, and begins with what it carried.
    async fn read(&self, mut parts: Parts, arrival: Arrival, body: Body) -> Begun {
        match self.collect(&mut parts, body).await {
            Ok(input) => {
                let target = self.target(&parts.method, arrival.path(&parts.uri));
                self.begin(parts, arrival, Some(Box::new(input)), target)
            }
            Err(error) => self.begin(parts, arrival, None, self.refused(Refusal::failed(error))),
        }
    }

    fn begin(
        &self,
        parts: Parts,
        arrival: Arrival,
        input: Option<Box<InputBody>>,
        target: Target<'_>,
    ) -> Begun {
        let Target { chain, matched, refusal } = target;
        let req = HttpRequest::new(parts, arrival, input, matched, self.container.clone());
        if let Some(refusal) = refusal {
            req.set_extension(refusal);
        }
        let work = Arc::clone(chain).run(req.clone());
        Begun { req, work: Some(work) }
    }

    /// Reads the body, and in it the method that the form asks for.
    async fn collect(&self, parts: &mut Parts, body: Body) -> Result<InputBody> {
        let timeouts =
            BodyTimeouts { idle: self.config.body_idle_timeout, total: self.config.body_timeout };
        let limits = &self.config.limits;
        let input = InputBody::collect(&parts.uri, &parts.headers, body, limits, timeouts).await?;
        spoof(parts, &input)?;
        Ok(input)
    }

    fn target(&self, method: &Method, path: &str) -> Target<'_> {
        match self.table.find(method, path) {
            Found::Route(route, matched) => {
                Target { chain: &route.chain, matched: Some(matched), refusal: None }
            }
            Found::MethodNotAllowed(methods) => {
                let allow = allow(methods);
                self.refused(if *method == Method::OPTIONS {
                    Refusal::Options(allow)
                } else {
                    Refusal::MethodNotAllowed(allow)
                })
            }
            Found::Nothing => self.refused(Refusal::NotFound),
        }
    }

    /// What runs where no route does: the global middleware, so that it sees these answers too.
    fn refused(&self, refusal: Refusal) -> Target<'_> {
        Target { chain: self.table.not_found(), matched: None, refusal: Some(refusal) }
    }
}

/// A form's `_method=PUT` makes a POST a PUT. Only from the body of a POST, and never to a safe method: that
/// would slip past the check for forged requests (OWASP ASVS 5.0, 3.5.3).
fn spoof(parts: &mut Parts, input: &InputBody) -> Result<()> {
    if parts.method != Method::POST {
        return Ok(());
    }
    let Some(wanted) = input.field("_method") else {
        return Ok(());
    };
    parts.method = match wanted.to_ascii_uppercase().as_str() {
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        "POST" => Method::POST,
        _ => return Err(Error::new(400, "`_method` must be PUT, PATCH or DELETE")),
    };
    Ok(())
}

/// The methods of a path, `OPTIONS` among them since the router answers it.
fn allow(methods: Vec<Method>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for method in methods.iter().chain([&Method::OPTIONS]) {
        if !names.contains(&method.as_str()) {
            names.push(method.as_str());
        }
    }
    names.join(", ")
}

#[cold]
fn refusal(refused: &Refused) -> Response {
    tracing::debug!(status = refused.status, "request refused: {}", refused.why);
    let mut response = Response::new(format!("{}\n", refused.why)).status(refused.status);
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
