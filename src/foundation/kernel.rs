//! From a request as hyper gives it to the response that it sends.

use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{ALLOW, CONNECTION, HeaderValue};
use http::{Method, StatusCode};

use super::HttpConfig;
use super::answering::{Answering, Begun};
use super::guard::{self, Refused};
use crate::container::Container;
use crate::error::Error;
use crate::http::Result;
use crate::http::{Body, BodyTimeouts, Chain, HttpRequest, InputBody, RequestHead, RouteMatch};
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
    pub fn handle(
        self: &Arc<Self>,
        request: http::Request<Body>,
        peer: Option<SocketAddr>,
    ) -> Answering {
        let (parts, body) = request.into_parts();
        let head = match guard::admit(parts, peer, &self.config) {
            Ok(head) => head,
            Err(refused) => return Answering::refused(refusal(&refused)),
        };
        if InputBody::is_in(&head.parts.uri, &body) {
            let kernel = Arc::clone(self);
            Answering::reading(Box::pin(async move { kernel.read(head, body).await }))
        } else {
            Answering::running(self.begin(head, None))
        }
    }

    /// Reads the body, and begins with what it carried.
    async fn read(&self, mut head: RequestHead, body: Body) -> Begun {
        match self.collect(&mut head, body).await {
            Ok(input) => self.begin(head, Some(Box::new(input))),
            Err(error) => self.start(head, None, self.refused(Refusal::failed(error))),
        }
    }

    /// Finds the route.
    fn begin(&self, head: RequestHead, input: Option<Box<InputBody>>) -> Begun {
        let target = self.target(&head);
        self.start(head, input, target)
    }

    fn start(&self, head: RequestHead, input: Option<Box<InputBody>>, target: Target<'_>) -> Begun {
        let Target { chain, matched, refusal } = target;
        let req = HttpRequest::new(head, input, matched, self.container.clone());
        if let Some(refusal) = refusal {
            req.set_extension(refusal);
        }
        let work = Arc::clone(chain).run(req.clone());
        Begun { req, work: Some(work) }
    }

    /// Reads the body, and in it the method that the form asks for.
    async fn collect(&self, head: &mut RequestHead, body: Body) -> Result<InputBody> {
        let timeouts =
            BodyTimeouts { idle: self.config.body_idle_timeout, total: self.config.body_timeout };
        let limits = &self.config.limits;
        let RequestHead { parts, .. } = &*head;
        let input = InputBody::collect(&parts.uri, &parts.headers, body, limits, timeouts).await?;
        self.spoof(head, &input)?;
        Ok(input)
    }

    /// A form's `_method=PUT` makes a POST a PUT. Only from the body of a POST, and never to a safe method: that
    /// would slip past the check for forged requests (OWASP ASVS 5.0, 3.5.3).
    fn spoof(&self, head: &mut RequestHead, input: &InputBody) -> Result<()> {
        if *head.method() != Method::POST {
            return Ok(());
        }
        let Some(wanted) = input.fields.get("_method").and_then(|value| value.as_str()) else {
            return Ok(());
        };
        head.parts.method = match wanted.to_ascii_uppercase().as_str() {
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            "POST" => Method::POST,
            _ => return Err(Error::new(400, "`_method` must be PUT, PATCH or DELETE")),
        };
        Ok(())
    }

    fn target(&self, head: &RequestHead) -> Target<'_> {
        match self.table.find(head.method(), head.path()) {
            Found::Route(route, matched) => {
                Target { chain: &route.chain, matched: Some(matched), refusal: None }
            }
            Found::MethodNotAllowed(methods) => {
                let allow = allow(methods);
                self.refused(if *head.method() == Method::OPTIONS {
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
