//! One cookie to send.

use std::borrow::Cow;
use std::time::Duration;

use cookie::{Expiration, time};

use crate::session::{SameSite, SessionConfig};

/// The longest that browsers keep a cookie (RFC 6265bis, 5.5): 400 days.
const FOREVER: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// A cookie to send, with [`cookies().queue(...)`](super::CookieJar::queue) or
/// [`Response::cookie`](crate::http::Response::cookie).
///
/// ```
/// use std::time::Duration;
/// use lunox::web::Cookie;
///
/// let cookie = Cookie::new("theme", "dark").path("/shop").max_age(Duration::from_secs(3600));
/// assert_eq!(cookie.as_ref().to_string(), "theme=dark; Path=/shop; Max-Age=3600");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Cookie(cookie::Cookie<'static>);

impl Cookie {
    /// A cookie that the browser keeps until it closes.
    pub fn new(name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        Self(cookie::Cookie::new(name, value))
    }

    /// The same from a pair, or from a name for [`expire`](super::CookieJar::expire).
    pub fn build(cookie: impl Into<Self>) -> Self {
        cookie.into()
    }

    /// Sends it to this path and the paths below.
    #[must_use]
    pub fn path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.0.set_path(path);
        self
    }

    /// Sends it to this host and its subdomains. An empty text keeps it to the host that set it.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<Cow<'static, str>>) -> Self {
        self.0.set_domain(domain);
        self
    }

    /// Sends it over HTTPS only.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.0.set_secure(secure);
        self
    }

    /// Keeps it from scripts in the page.
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.0.set_http_only(http_only);
        self
    }

    /// Sends it, or not, with requests that come from other sites.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.0.set_same_site(of_crate(same_site));
        self
    }

    /// Keeps it apart for each embedding site (CHIPS).
    #[must_use]
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.0.set_partitioned(partitioned);
        self
    }

    /// How long the browser keeps it.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        self.0.set_max_age(time::Duration::seconds(seconds));
        self
    }

    /// The browser keeps it for 400 days, the longest that it allows.
    #[must_use]
    pub fn forever(self) -> Self {
        self.max_age(FOREVER)
    }

    /// The same cookie as one that the browser forgets.
    pub(super) fn expired(mut self) -> Self {
        self.0.set_value("");
        self.0.set_expires(Expiration::from(time::OffsetDateTime::UNIX_EPOCH));
        self.max_age(Duration::ZERO)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Adds what it does not say itself, so that browsers take it.
    pub(super) fn with_defaults(mut self, config: &CookieDefaults) -> Self {
        let Self(cookie) = &mut self;
        // Browsers refuse these names with other attributes, in any case of the letters (RFC 6265bis, 4.1.3).
        let name = cookie.name().to_ascii_lowercase();
        let (of_host, of_https) = (name.starts_with("__host-"), name.starts_with("__secure-"));
        if cookie.path().is_none() {
            cookie.set_path(if of_host { "/".to_owned() } else { config.path.clone() });
        }
        match (cookie.domain(), &config.domain) {
            (Some(""), _) => cookie.unset_domain(),
            (None, Some(domain)) if !of_host => cookie.set_domain(domain.clone()),
            _ => {}
        }
        if cookie.http_only().is_none() {
            cookie.set_http_only(true);
        }
        if cookie.same_site().is_none() {
            cookie.set_same_site(of_crate(config.same_site));
        }
        if cookie.secure().is_none() {
            let needed = of_host || of_https || cookie.same_site() == Some(cookie::SameSite::None);
            cookie.set_secure(needed || config.secure);
        }
        self
    }

    /// Whether a browser keeps only one of the two (RFC 6265, 5.3).
    pub(super) fn replaces(&self, other: &Self) -> bool {
        let domain = |cookie: &Self| cookie.0.domain().map(str::to_ascii_lowercase);
        self.name() == other.name()
            && self.0.path() == other.0.path()
            && domain(self) == domain(other)
    }
}

/// What a cookie has that does not say otherwise, from `config/session.rs`.
#[derive(Debug)]
pub(super) struct CookieDefaults {
    path: String,
    domain: Option<String>,
    secure: bool,
    same_site: SameSite,
}

impl From<&SessionConfig> for CookieDefaults {
    fn from(config: &SessionConfig) -> Self {
        Self {
            path: config.path.clone(),
            domain: config.domain.clone(),
            secure: config.secure,
            same_site: config.same_site,
        }
    }
}

fn of_crate(same_site: SameSite) -> cookie::SameSite {
    match same_site {
        SameSite::Lax => cookie::SameSite::Lax,
        SameSite::Strict => cookie::SameSite::Strict,
        SameSite::None => cookie::SameSite::None,
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<Cow<'static, str>>> From<(N, V)> for Cookie {
    fn from((name, value): (N, V)) -> Self {
        Self::new(name, value)
    }
}

impl From<&'static str> for Cookie {
    fn from(name: &'static str) -> Self {
        Self::new(name, "")
    }
}

impl From<String> for Cookie {
    fn from(name: String) -> Self {
        Self::new(name, "")
    }
}

impl From<cookie::Cookie<'static>> for Cookie {
    fn from(cookie: cookie::Cookie<'static>) -> Self {
        Self(cookie)
    }
}

impl AsRef<cookie::Cookie<'static>> for Cookie {
    fn as_ref(&self) -> &cookie::Cookie<'static> {
        &self.0
    }
}
