//! The middleware that gives a request its session.

use std::panic::Location;
use std::sync::Arc;

use cookie::{Cookie, Expiration, time};
use http::header::{CACHE_CONTROL, HeaderValue};

use super::commit::{CookieChange, Ending};
use super::{Session, SessionManager};
use crate::error::Error;
use crate::http::Result;
use crate::http::{HttpRequest, Middleware, Next, Response, raw_cookies};

/// Gives a request its session and stores what became of it, before the response is sent.
///
/// Registered as `session` by `SessionServiceProvider`; the `web` group has it.
pub struct StartSession {
    manager: Arc<SessionManager>,
}

impl StartSession {
    /// Starts sessions with this manager.
    pub fn new(manager: Arc<SessionManager>) -> Self {
        Self { manager }
    }
}

impl Middleware for StartSession {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        if req.has_session() {
            // Named twice for one route: the outer one commits.
            return Ok(next.run(req).await);
        }
        let cookies = raw_cookies(req.headers(), self.manager.cookie_name());
        let session = match self.manager.start(cookies).await {
            Ok(session) => session,
            Err(error) => return Err(Error::with_source(503, error)),
        };
        req.set_extension(session.clone());
        let response = next.run(req.clone()).await;
        if self.manager.config().previous_url {
            session.note_page(&req, &response);
        }
        let ending = if response.error().is_some_and(Error::is_panic) {
            Ending::Panic
        } else {
            let ageing = self.manager.config().flash_ageing;
            // What the browser says of the request matters only where there is flash.
            Ending::Response { page: session.state().has_flash() && ageing.applies_to(&req) }
        };
        let change = self.manager.commit(&session, ending).await?;
        Ok(self.with_cookie(response, change))
    }
}

impl StartSession {
    fn with_cookie(&self, mut response: Response, change: CookieChange) -> Response {
        let cookie = match change {
            CookieChange::None => return response,
            CookieChange::Set(value) => self.manager.session_cookie(value),
            CookieChange::Remove => self.manager.removal_cookie(),
        };
        // A shared cache that kept this response would hand one visitor's session to the next (OWASP Session
        // Management, "Web Content Caching").
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.cookie(&cookie)
    }
}

impl SessionManager {
    pub(super) fn session_cookie(&self, value: String) -> Cookie<'static> {
        let mut cookie = self.cookie(value);
        if !self.config.expire_on_close {
            let lifetime = i64::try_from(self.config.lifetime.as_secs()).unwrap_or(i64::MAX);
            cookie.set_max_age(time::Duration::seconds(lifetime));
        }
        cookie
    }

    /// The same attributes as the cookie that it removes: browsers ignore it otherwise.
    fn removal_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.cookie(String::new());
        cookie.set_max_age(time::Duration::ZERO);
        cookie.set_expires(Expiration::from(time::OffsetDateTime::UNIX_EPOCH));
        cookie
    }

    fn cookie(&self, value: String) -> Cookie<'static> {
        let config = &self.config;
        let mut cookie = Cookie::build((self.cookie_name.clone(), value))
            .path(config.path.clone())
            .secure(config.secure)
            .http_only(config.http_only)
            .same_site(config.same_site)
            .partitioned(config.partitioned)
            .build();
        if let Some(domain) = &config.domain {
            cookie.set_domain(domain.clone());
        }
        cookie
    }
}

impl HttpRequest {
    /// The session of this request.
    ///
    /// # Panics
    /// When the route has no session: it must be in a group with the `session` middleware, as `web` is, and
    /// `SessionServiceProvider` must be in `config/app.rs`. [`try_session`](HttpRequest::try_session) gives
    /// `None` there.
    #[track_caller]
    pub fn session(&self) -> Session {
        let Some(session) = self.try_session() else { no_session(self, Location::caller()) };
        session
    }

    /// The session of this request, if its route has one.
    pub fn try_session(&self) -> Option<Session> {
        self.extension::<Session>()
    }

    /// Whether this request has a session.
    pub fn has_session(&self) -> bool {
        self.try_session().is_some()
    }
}

#[cold]
#[track_caller]
fn no_session(req: &HttpRequest, caller: &Location<'_>) -> ! {
    let cure = if req.container().bound::<SessionManager>() {
        "put it into a group with the middleware `web` (or `session`) in app/providers/route_service_provider.rs"
    } else {
        "add SessionServiceProvider to the providers in config/app.rs"
    };
    let route = req.route().map_or(req.path(), |route| &route.uri);
    panic!("the route {} {route} has no session ({caller}); {cure}", req.method());
}
