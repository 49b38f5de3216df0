//! Cookies that any code in a request can send: `cookies().queue(...)`.
//!
//! They are not encrypted. What a visitor must not read or change belongs into the session.

use std::sync::{Arc, Mutex};

pub use cookie::Cookie;
use cookie::{SameSite, time};

use crate::http::{HttpRequest, Middleware, Next, Result, request};
use crate::support::lock::lock;

/// The cookies that the current request will send.
///
/// # Panics
/// Outside a request.
#[track_caller]
pub fn cookies() -> CookieJar {
    request().cookies()
}

/// The cookies that a request will send.
#[derive(Clone, Default)]
pub struct CookieJar(Arc<Mutex<Vec<Cookie<'static>>>>);

impl CookieJar {
    /// Sends a cookie with the response, in place of a queued one of the same name and path.
    ///
    /// Attributes that the cookie does not set are the safe ones: `Path=/`, `HttpOnly`, `SameSite=Lax`.
    pub fn queue(&self, cookie: impl Into<Cookie<'static>>) {
        let mut cookie = cookie.into();
        if cookie.path().is_none() {
            cookie.set_path("/");
        }
        if cookie.http_only().is_none() {
            cookie.set_http_only(true);
        }
        if cookie.same_site().is_none() {
            cookie.set_same_site(SameSite::Lax);
        }
        let mut queued = lock(&self.0);
        queued.retain(|other| other.name() != cookie.name() || other.path() != cookie.path());
        queued.push(cookie);
    }

    /// Makes the browser forget a cookie of the path `/`.
    pub fn forget(&self, name: &str) {
        let mut cookie = Cookie::new(name.to_owned(), "");
        cookie.set_max_age(time::Duration::ZERO);
        cookie.set_expires(time::OffsetDateTime::UNIX_EPOCH);
        self.queue(cookie);
    }

    fn take(&self) -> Vec<Cookie<'static>> {
        std::mem::take(&mut *lock(&self.0))
    }
}

impl HttpRequest {
    /// The cookies that this request will send.
    pub fn cookies(&self) -> CookieJar {
        self.extension::<CookieJar>().unwrap_or_else(|| {
            let jar = CookieJar::default();
            self.set_extension(jar.clone());
            jar
        })
    }
}

/// Puts the queued cookies on the response, whatever its status. Registered as `cookies`.
pub struct AddQueuedCookies;

impl Middleware for AddQueuedCookies {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let mut response = next.run(req.clone()).await;
        if let Some(jar) = req.extension::<CookieJar>() {
            for cookie in jar.take() {
                response = response.cookie(&cookie);
            }
        }
        Ok(response)
    }
}
