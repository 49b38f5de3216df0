//! Cookies that any code in a request can send: `cookies().queue(...)`.
//!
//! [`EncryptCookies`](super::EncryptCookies) encrypts them; without it they are sent as they are.

use std::sync::{Arc, Mutex};

use super::cookie::{Cookie, CookieDefaults};
use crate::http::{HttpRequest, Middleware, Next, Result, request};
use crate::session::SessionConfig;
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
pub struct CookieJar(Arc<Mutex<Vec<Cookie>>>);

impl CookieJar {
    /// Sends a cookie with the response, in place of a queued one of the same name, path and domain.
    ///
    /// What the cookie does not set is `HttpOnly`, and path, domain, `Secure` and `SameSite` as `config/session.rs` has
    /// them. A name that begins with `__Host-` or `__Secure-` gets the attributes that browsers ask of it.
    ///
    /// # Panics
    /// When the cookie has no name.
    #[track_caller]
    pub fn queue(&self, cookie: impl Into<Cookie>) {
        let cookie = cookie.into();
        assert!(
            !cookie.name().is_empty(),
            "a cookie without a name cannot be sent; give it one: cookies().queue((\"name\", value))"
        );
        lock(&self.0).push(cookie);
    }

    /// Sends a cookie that the browser keeps for 400 days, the longest that it allows.
    ///
    /// # Panics
    /// When the cookie has no name.
    #[track_caller]
    pub fn forever(&self, cookie: impl Into<Cookie>) {
        self.queue(cookie.into().forever());
    }

    /// Makes the browser forget a cookie that was queued without a path or domain of its own.
    ///
    /// # Panics
    /// When the name is empty.
    #[track_caller]
    pub fn forget(&self, name: &str) {
        self.expire(name.to_owned());
    }

    /// Makes the browser forget a cookie; browsers know one by its name, path and domain.
    ///
    /// ```
    /// use lunox::web::{Cookie, CookieJar};
    ///
    /// # fn leave(cookies: &CookieJar) {
    /// cookies.expire(Cookie::build("theme").path("/shop").domain("example.com"));
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the cookie has no name.
    #[track_caller]
    pub fn expire(&self, cookie: impl Into<Cookie>) {
        self.queue(cookie.into().expired());
    }

    /// Takes the queued cookies of a name back.
    pub fn unqueue(&self, name: &str) {
        lock(&self.0).retain(|cookie| cookie.name() != name);
    }

    /// Whether a cookie of this name is queued.
    pub fn has_queued(&self, name: &str) -> bool {
        lock(&self.0).iter().any(|cookie| cookie.name() == name)
    }

    /// The queued cookies, the last one of those that a browser takes for the same.
    fn take(&self, defaults: &CookieDefaults) -> Vec<Cookie> {
        let mut cookies: Vec<Cookie> = Vec::new();
        for cookie in std::mem::take(&mut *lock(&self.0)) {
            let cookie = cookie.with_defaults(defaults);
            cookies.retain(|other| !cookie.replaces(other));
            cookies.push(cookie);
        }
        cookies
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
pub struct AddQueuedCookies {
    defaults: CookieDefaults,
}

impl AddQueuedCookies {
    /// Sends cookies with the path, domain and attributes of these options, unless they have their own.
    pub fn new(config: &SessionConfig) -> Self {
        Self { defaults: config.into() }
    }
}

impl Middleware for AddQueuedCookies {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let mut response = next.run(req.clone()).await;
        if let Some(jar) = req.extension::<CookieJar>() {
            for cookie in jar.take(&self.defaults) {
                response = response.cookie(cookie);
            }
        }
        Ok(response)
    }
}
