//! From a request as hyper gives it to the response that it sends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use http::header::{ALLOW, CONNECTION, CONTENT_LENGTH, HeaderValue};
use http::{Method, StatusCode};
use http_body::Body as _;

use super::HttpConfig;
use super::guard::{self, Refused};
use crate::container::Container;
use crate::error::Error;
use crate::http::Result;
use crate::http::{
    Body, BodyTimeouts, Chain, HttpRequest, InputBody, RequestHead, Response, RouteMatch, report,
    with_request,
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

    /// Answers a request. Never fails: what goes wrong is a response too.
    pub async fn handle(
        &self,
        request: http::Request<Body>,
        peer: Option<SocketAddr>,
    ) -> http::Response<Body> {
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        let head_only = parts.method == Method::HEAD;
        let mut head = match guard::admit(parts, peer, &self.config) {
            Ok(head) => head,
            Err(refused) => return refusal(&refused),
        };
        let (input, target) = match self.read(&mut head, body).await {
            Ok(input) => (input, self.target(&head)),
            Err(error) => (InputBody::default(), self.refused(Refusal::failed(error))),
        };
        let Target { chain, matched, refusal } = target;
        let req = HttpRequest::new(head, input, matched, self.container.clone());
        if let Some(refusal) = refusal {
            req.set_extension(refusal);
        }
        let response = with_request(req.clone(), Arc::clone(chain).run(req.clone())).await;
        if let Some(error) = response.error() {
            report(error, &req);
        }
        log(&req, &response, started);
        finish(response.into_http(), head_only)
    }

    /// Reads the body, and in it the method that the form asks for.
    async fn read(&self, head: &mut RequestHead, body: Body) -> Result<InputBody> {
        let timeouts =
            BodyTimeouts { idle: self.config.body_idle_timeout, total: self.config.body_timeout };
        let limits = &self.config.limits;
        let input = InputBody::collect(&head.uri, &head.headers, body, limits, timeouts).await?;
        self.spoof(head, &input)?;
        Ok(input)
    }

    /// A form's `_method=PUT` makes a POST a PUT. Only from the body of a POST, and never to a safe method: that
    /// would slip past the check for forged requests (OWASP ASVS 5.0, 3.5.3).
    fn spoof(&self, head: &mut RequestHead, input: &InputBody) -> Result<()> {
        if head.method != Method::POST {
            return Ok(());
        }
        let Some(wanted) = input.fields.get("_method").and_then(|value| value.as_str()) else {
            return Ok(());
        };
        head.method = match wanted.to_ascii_uppercase().as_str() {
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            "POST" => Method::POST,
            _ => return Err(Error::new(400, "`_method` must be PUT, PATCH or DELETE")),
        };
        Ok(())
    }

    fn target(&self, head: &RequestHead) -> Target<'_> {
        match self.table.find(&head.method, &head.path) {
            Found::Route(route, matched) => {
                Target { chain: &route.chain, matched: Some(matched), refusal: None }
            }
            Found::MethodNotAllowed(methods) => {
                let allow = allow(methods);
                self.refused(if head.method == Method::OPTIONS {
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
fn refusal(refused: &Refused) -> http::Response<Body> {
    tracing::debug!(status = refused.status, "request refused: {}", refused.why);
    let mut response = http::Response::new(Body::from(format!("{}\n", refused.why)));
    *response.status_mut() =
        StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST);
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

fn finish(mut response: http::Response<Body>, head_only: bool) -> http::Response<Body> {
    if head_only && !response.body().is_end_stream() {
        if let Some(length) = response.body().size_hint().exact() {
            response.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
        }
        *response.body_mut() = Body::empty();
    }
    response
}

/// One line a request. The path without its query, and no header: both may hold secrets.
fn log(req: &HttpRequest, response: &Response, started: Instant) {
    if !tracing::enabled!(target: "lunox::request", tracing::Level::INFO) {
        return;
    }
    tracing::info!(
        target: "lunox::request",
        request_id = %req.id(),
        session = req.try_session().and_then(|session| session.id_for_log()).map(tracing::field::display),
        ip = req.ip().map(tracing::field::display),
        status = response.status_code().as_u16(),
        ms = started.elapsed().as_micros() as f64 / 1000.0,
        // Debug, so that control characters cannot start a line of their own (OWASP ASVS 5.0, 16.4.1).
        path = ?req.path(),
        "{}",
        req.method()
    );
}
