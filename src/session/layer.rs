//! Sessions for any `http` service: a tower layer.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::commit::Ending;
use super::exchange::{Answer, Finish, asks_for_page, raw_cookies, send_cookie};
use super::ops::sweeper;
use super::{Session, SessionManager, Shown};
use crate::error::{BootError, Error};
use crate::support::{BoxFuture, CatchUnwind, panic_message};

/// Checks the options, opens the store and sweeps expired sessions in the background from now on.
///
/// For applications without the framework, whose [`SessionServiceProvider`] does the same. Call it once, in a tokio
/// runtime; the sweeper runs as long as the runtime.
///
/// ```
/// use lunox::session::{self, SessionConfig, SessionManager};
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let config = SessionConfig { driver: "memory".into(), ..SessionConfig::default() };
/// let manager = session::open(SessionManager::from(config)).await?;
/// # Ok::<(), lunox::BootError>(())
/// # }).unwrap();
/// ```
///
/// A [`Keyring`](crate::encryption::Keyring) is needed for `encrypt` and the driver `cookie`:
/// [`SessionManager::with_keys`].
///
/// [`SessionServiceProvider`]: https://docs.rs/lunox
///
/// # Errors
/// Everything that is wrong with the options, and a store that cannot be reached, at once.
pub async fn open(manager: impl Into<SessionManager>) -> Result<Arc<SessionManager>, BootError> {
    let manager = Arc::new(manager.into());
    manager.prepare().await.map_err(BootError::from_iter)?;
    if !manager.config().sweep_every.is_zero() {
        tokio::spawn(sweeper::run(Arc::clone(&manager)));
    }
    Ok(manager)
}

/// Gives each request of an `http` service its session.
///
/// The request's extensions have the [`Session`], which is stored before the head of the response is sent. Everything
/// else is as with the framework: nothing is stored and no cookie is sent for a visitor who stores nothing, parallel requests
/// merge, a response whose action used the session is `private`, and 503 answers a request whose session cannot be read or
/// stored.
///
/// Apply it once, outside of everything that uses the session. With the feature `axum` a handler takes `Session` as an
/// argument; `examples/axum.rs` is a whole application.
///
/// A panic of the inner service is answered with 500, because a rotation or logout that the request asked for still takes
/// place and its cookie has to be sent; none of its other changes is stored. So a layer that catches panics belongs outside:
/// inside, it would make an ordinary response of a panic, whose changes would be stored.
///
/// [`previous_url`](super::SessionConfig::previous_url) has no effect here.
///
#[cfg_attr(feature = "framework", doc = "```")]
#[cfg_attr(not(feature = "framework"), doc = "```ignore")]
/// use http::{Request, Response};
/// use lunox::session::{self, MemoryDriver, Session, SessionConfig, SessionManager};
/// use tower_layer::Layer;
/// use tower_service::Service;
/// # #[derive(Clone)]
/// # struct Count;
/// # type Body = http_body_util::Full<bytes::Bytes>;
/// # impl Service<Request<()>> for Count {
/// #     type Response = Response<Body>;
/// #     type Error = std::convert::Infallible;
/// #     type Future = std::future::Ready<Result<Self::Response, Self::Error>>;
/// #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> { std::task::Poll::Ready(Ok(())) }
/// fn call(&mut self, req: Request<()>) -> Self::Future {
///     let session = req.extensions().get::<Session>().expect("the layer put it there");
///     let visits = session.increment("visits", 1);
///     // ...
/// #     std::future::ready(Ok(Response::new(visits.to_string().into())))
/// }
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # let config = SessionConfig { driver: "memory".into(), ..SessionConfig::default() };
/// # let manager = session::open(config).await.unwrap();
/// let mut service = session::layer(manager).layer(Count);
/// let response = service.call(Request::new(())).await?;
/// assert!(response.headers().contains_key("set-cookie"));
/// # Ok::<(), std::convert::Infallible>(())
/// # }).unwrap();
/// ```
pub fn layer(manager: Arc<SessionManager>) -> SessionLayer {
    SessionLayer(manager)
}

/// What [`layer`] gives.
#[derive(Clone)]
pub struct SessionLayer(Arc<SessionManager>);

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> SessionService<S> {
        SessionService { manager: Arc::clone(&self.0), inner }
    }
}

/// A service whose requests have sessions.
#[derive(Clone)]
pub struct SessionService<S> {
    manager: Arc<SessionManager>,
    inner: S,
}

impl<S, Asking, Answering> Service<Request<Asking>> for SessionService<S>
where
    S: Service<Request<Asking>, Response = Response<Answering>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    Asking: Send + 'static,
    Answering: Body + Default + Send,
{
    type Response = Response<Answering>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<Answering>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut req: Request<Asking>) -> Self::Future {
        // The one that is ready goes with the request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let manager = Arc::clone(&self.manager);
        Box::pin(async move {
            if req.extensions().get::<Session>().is_some() {
                // Applied twice: the outer one commits.
                return inner.call(req).await;
            }
            let session = {
                let mut cookies = raw_cookies(req.headers(), manager.cookie_name());
                match manager.start(&mut cookies).await {
                    Ok(session) => session,
                    Err(error) => return Ok(refused(Error::with_source(503, error))),
                }
            };
            req.extensions_mut().insert(session.clone());
            let visit = Visit::new(&manager, session, &req);
            let answered = CatchUnwind(Box::pin(async move { inner.call(req).await })).await;
            match answered {
                Ok(Ok(response)) => Ok(visit.answer(response).await),
                Ok(Err(error)) => visit.fail(error).await,
                Err(panic) => Ok(visit.panicked(panic_message(&*panic)).await),
            }
        })
    }
}

/// A request that has its session, and what is needed of it once the service has taken it.
struct Visit<'m> {
    manager: &'m SessionManager,
    session: Session,
    uri: Uri,
    is_head: bool,
    asks_for_page: bool,
}

impl<'m> Visit<'m> {
    fn new<B>(manager: &'m SessionManager, session: Session, req: &Request<B>) -> Self {
        Self {
            manager,
            uri: req.uri().clone(),
            is_head: *req.method() == Method::HEAD,
            // Asked only where an earlier request may have left flash values.
            asks_for_page: session.has_record() && asks_for_page(req.method(), req.headers()),
            session,
        }
    }

    async fn answer<B: Body + Default>(self, mut response: Response<B>) -> Response<B> {
        let finish = Finish::new(self.manager, &self.session, &self.uri, response.headers_mut());
        let answer = Answer {
            status: response.status(),
            headers: response.headers(),
            is_empty: response.body().is_end_stream(),
        };
        let ending = finish.ending(self.is_head, || self.asks_for_page, &answer);
        match finish.commit(ending).await {
            Ok(None) => response,
            Ok(Some(cookie)) => {
                send_cookie(response.headers_mut(), cookie);
                response
            }
            Err(error) => refused(error),
        }
    }

    /// An error of the service: there is no response for a cookie, and what the request did is stored as after a response.
    async fn fail<T, E>(self, error: E) -> Result<T, E> {
        let finish = Finish::new(self.manager, &self.session, &self.uri, &mut HeaderMap::new());
        let ending = Ending::Response(Shown::Nothing);
        if let Err(failed) = finish.commit(ending).await {
            tracing::error!(error = ?failed, "the session of a request that failed was not stored");
        }
        Err(error)
    }

    async fn panicked<B: Body + Default>(self, message: &str) -> Response<B> {
        tracing::error!(path = self.uri.path(), "a request panicked: {message}");
        let mut response = empty(StatusCode::INTERNAL_SERVER_ERROR);
        let finish = Finish::new(self.manager, &self.session, &self.uri, response.headers_mut());
        match finish.commit(Ending::Panic).await {
            Ok(None) => response,
            Ok(Some(cookie)) => {
                send_cookie(response.headers_mut(), cookie);
                response
            }
            Err(error) => refused(error),
        }
    }
}

/// The response to a request whose session could not be read or stored. Its cause goes to the log only.
fn refused<B: Default>(error: Error) -> Response<B> {
    tracing::error!(?error, "a request failed because of its session");
    let mut response = empty(error.status());
    response.headers_mut().extend(error.headers().clone());
    response
}

fn empty<B: Default>(status: StatusCode) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = status;
    response
}
