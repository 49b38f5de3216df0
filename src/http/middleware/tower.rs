//! Layers of the tower ecosystem as middleware, and its services as actions.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use tower_layer::Layer;
use tower_service::Service;

use crate::error::{BoxError, Error};
use crate::http::{Body, BodyKind, HttpRequest, Middleware, Next, Response, Result};
use crate::support::BoxFuture;
use crate::support::lock::lock;

/// Makes a tower layer a middleware.
///
/// tower-http's compression, CORS, timeout, trace and the like serve here as they are:
///
/// ```
/// use lunox::http::{BoxMiddleware, TowerLayer};
///
/// let cors = TowerLayer::new(tower_http::cors::CorsLayer::permissive());
/// let middleware = BoxMiddleware::new(cors);
/// ```
///
/// The layer sees the request's method, target and headers and an empty body. What it changes in the
/// request stays with the layer; what it does to the response counts.
pub struct TowerLayer<L>(L);

impl<L> TowerLayer<L> {
    /// Wraps a layer.
    pub fn new(layer: L) -> Self {
        Self(layer)
    }
}

impl<L, B> Middleware for TowerLayer<L>
where
    L: Layer<NextService> + Send + Sync + 'static,
    L::Service: Service<http::Request<Body>, Response = http::Response<B>> + Send,
    <L::Service as Service<http::Request<Body>>>::Error: Into<BoxError>,
    <L::Service as Service<http::Request<Body>>>::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let head = req.to_http().map(|_| Body::empty());
        let mut service = self.0.layer(NextService(Arc::new(Mutex::new(Some((req, next))))));
        poll_fn(|cx| service.poll_ready(cx)).await.map_err(failed)?;
        let response = service.call(head).await.map_err(failed)?;
        Ok(Response::from_http(response.map(Body::new)))
    }
}

/// Makes a tower service the action of a route.
///
/// ```
/// use lunox::http::{Body, Uri, tower_service};
/// use lunox::prelude::*;
/// use tower_http::services::Redirect;
///
/// fn routes(route: &mut Router) {
///     let moved = Redirect::<Body>::permanent(Uri::from_static("/news"));
///     route.any("/blog/{*path?}", tower_service(moved));
/// }
/// ```
///
/// The service gets what [`to_http`](HttpRequest::to_http) returns: the whole path, and the body within the route's
/// limits. A multipart form has been taken apart by then, so it is answered with 415. Each request is answered by a
/// clone of the service.
pub fn tower_service<S, B>(
    service: S,
) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result> + Send + Sync + 'static
where
    S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    // A service need not be `Sync`, and an action has to be.
    let service = Mutex::new(service);
    move |req| {
        let mut service = lock(&service).clone();
        Box::pin(async move {
            if BodyKind::of(req.headers()) == BodyKind::Multipart {
                return Err(Error::new(415, "multipart forms are not accepted here"));
            }
            poll_fn(|cx| service.poll_ready(cx)).await.map_err(failed)?;
            let response = service.call(req.to_http()).await.map_err(failed)?;
            Ok(Response::from_http(response.map(Body::new)))
        })
    }
}

fn failed(error: impl Into<BoxError>) -> Error {
    Error::with_source(500, error)
}

/// The rest of the chain as a tower service, for one request.
///
/// Clones share the chain, since some layers call a clone; whichever is called first runs it.
#[derive(Clone)]
pub struct NextService(Arc<Mutex<Option<(HttpRequest, Next)>>>);

impl Service<http::Request<Body>> for NextService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        let chain = lock(&self.0).take();
        Box::pin(async move {
            let response = match chain {
                Some((req, next)) => next.run(req).await,
                None => Response::from_error(Error::with_source(
                    500,
                    "a tower layer called the rest of the chain twice; lunox runs it once a request",
                )),
            };
            Ok(response.into_http())
        })
    }
}
