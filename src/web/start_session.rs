//! The middleware that gives a request its session.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use http::header::SET_COOKIE;

#[cfg(feature = "auth")]
use super::AfterCommit;
use crate::error::Error;
use crate::http::{HttpRequest, Middleware, Next, Response, Result, raw_cookies};
use crate::session::commit::Ending;
use crate::session::exchange::{Answer, Finish, asks_for_page, is_page, send_cookie};
use crate::session::{Session, SessionManager, SharedState};

/// Gives a request its session and stores what became of it, before the response is sent.
///
/// Registered as `session` by `SessionServiceProvider`; the `web` group has it.
pub struct StartSession {
    manager: Arc<SessionManager>,
    warned: AtomicBool,
}

impl StartSession {
    /// Starts sessions with this manager.
    pub fn new(manager: Arc<SessionManager>) -> Self {
        Self { manager, warned: AtomicBool::new(false) }
    }
}

impl Middleware for StartSession {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        if req.has_session() {
            // Named twice for one route: the outer one commits.
            return Ok(next.run(req).await);
        }
        let mut cookies = raw_cookies(req.headers(), self.manager.cookie_name());
        let session = match self.manager.start(&mut cookies).await {
            Ok(session) => session,
            Err(error) => return Err(Error::with_source(503, error)),
        };
        // In the session's own allocation, so that none is needed to carry it.
        req.share(session.shared());
        let mut response = next.run(req.clone()).await;
        let finish = Finish::new(&self.manager, &session, req.uri(), response.headers_mut());
        let asks = || asks_for_page(req.method(), req.headers());
        if self.manager.config().previous_url && is_page(&answer(&response)) && asks() {
            session.note_page(&req);
        }
        let ending = match response.error() {
            Some(error) if error.is_panic() || error.is_timeout() => Ending::Panic,
            _ => finish.ending(*req.method() == Method::HEAD, asks, &answer(&response)),
        };
        let cookie = match finish.commit(ending).await {
            Ok(Some(cookie)) => cookie,
            Ok(None) => return Ok(response),
            Err(error) => {
                if let Some(cookie) = error.headers().get(SET_COOKIE) {
                    req.owe_cookie(cookie.clone());
                }
                return Err(error);
            }
        };
        // Before the cookie is owed: a login that is found to have ended gets none.
        #[cfg(feature = "auth")]
        if let Some(after) = req.shared::<AfterCommit>() {
            (after.0)().await?;
        }
        req.owe_cookie(cookie.clone());
        if self.manager.config().secure && !req.is_secure() {
            self.warn_of_plain_http(&req);
        }
        send_cookie(response.headers_mut(), cookie);
        Ok(response)
    }
}

fn answer(response: &Response) -> Answer<'_> {
    Answer {
        status: response.status_code(),
        headers: response.headers(),
        is_empty: response.body().as_bytes().is_some_and(|bytes| bytes.is_empty()),
    }
}

impl StartSession {
    /// Once: whoever reads the log needs no line for each request.
    #[cold]
    fn warn_of_plain_http(&self, req: &HttpRequest) {
        if self.warned.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(
            host = req.host(),
            "the session's cookie is Secure, but this request came over plain HTTP: browsers do not send the cookie back, \
             and each request makes a new session. Serve the application over HTTPS; behind a proxy that ends TLS, name \
             the proxy in TRUSTED_PROXIES (config/http.rs) and let it send X-Forwarded-Proto; without TLS, set \
             SESSION_SECURE_COOKIE=false"
        );
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
        self.shared().map(Session::from_shared)
    }

    /// Whether this request has a session.
    pub fn has_session(&self) -> bool {
        self.has_shared::<SharedState>()
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cookie::{Cookie, Expiration, time};

    use crate::session::commit::SetCookie;
    use crate::session::{SameSite, SessionConfig};

    /// The engine writes its cookie itself. It is what the crate `cookie` writes.
    #[test]
    fn the_session_cookie_is_what_the_cookie_crate_writes() {
        let every = [
            SessionConfig::default(),
            SessionConfig { expire_on_close: true, secure: false, ..SessionConfig::default() },
            SessionConfig {
                cookie: "blog".to_owned(),
                path: "/app".to_owned(),
                domain: Some(".example.com".to_owned()),
                same_site: SameSite::None,
                partitioned: true,
                lifetime: Duration::from_secs(60),
                ..SessionConfig::default()
            },
            SessionConfig {
                http_only: false,
                same_site: SameSite::Strict,
                ..SessionConfig::default()
            },
        ];
        for config in every {
            let mut expected = Cookie::build((config.cookie_name(), "v-_1"))
                .path(config.path.clone())
                .secure(config.secure)
                .http_only(config.http_only)
                .same_site(match config.same_site {
                    SameSite::Lax => cookie::SameSite::Lax,
                    SameSite::Strict => cookie::SameSite::Strict,
                    SameSite::None => cookie::SameSite::None,
                })
                .partitioned(config.partitioned)
                .build();
            if let Some(domain) = &config.domain {
                expected.set_domain(domain.clone());
            }
            let mut removal = expected.clone();
            if !config.expire_on_close {
                let lifetime = i64::try_from(config.lifetime.as_secs()).expect("it is short");
                expected.set_max_age(time::Duration::seconds(lifetime));
            }
            let written = SetCookie::new(&config);
            assert_eq!(
                written.with("v-_1", config.lifetime.as_secs()),
                expected.encoded().to_string()
            );
            removal.set_value("");
            removal.set_max_age(time::Duration::ZERO);
            removal.set_expires(Expiration::from(time::OffsetDateTime::UNIX_EPOCH));
            assert_eq!(written.removal(), removal.encoded().to_string());
        }
    }
}
