//! The cookies of a visitor.

use cookie::{Cookie, Expiration};

/// Where a request goes, as far as cookies care.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) https: bool,
    /// Unix seconds.
    pub(super) now: u64,
}

impl<'a> Site<'a> {
    /// The host without its port: cookies do not know ports (RFC 6265bis, 8.5).
    fn name(&self) -> &'a str {
        match self.host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => self.host,
        }
    }
}

/// Cookies by the rules of browsers that decide what a test sees (RFC 6265bis, 5.6 and 5.7).
#[derive(Clone, Default)]
pub(super) struct Jar(Vec<Kept>);

#[derive(Clone)]
struct Kept {
    name: String,
    value: String,
    /// The host that set it, or its `Domain`.
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    /// Unix seconds; `None` stays.
    expires: Option<u64>,
}

impl Jar {
    /// Takes over a `Set-Cookie` header, unless a browser would drop it.
    pub(super) fn set(&mut self, header: &str, site: Site<'_>) {
        let Ok(cookie) = Cookie::parse(header.to_owned()) else { return };
        self.keep(&cookie, site);
    }

    /// Takes over a cookie, unless a browser would drop it.
    pub(super) fn keep(&mut self, cookie: &Cookie<'_>, site: Site<'_>) {
        let domain = cookie.domain().filter(|domain| !domain.is_empty());
        if domain.is_some_and(|domain| !covers(domain, site.name())) || !is_allowed(cookie, site) {
            return;
        }
        let kept = Kept {
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
            domain: domain.unwrap_or(site.name()).to_ascii_lowercase(),
            host_only: domain.is_none(),
            path: match cookie.path() {
                Some(path) if path.starts_with('/') => path.to_owned(),
                _ => default_path(site.path).to_owned(),
            },
            secure: cookie.secure() == Some(true),
            expires: deadline(cookie, site.now),
        };
        self.0.retain(|other| !other.is_same(&kept));
        if kept.expires.is_none_or(|expires| expires > site.now) {
            self.0.push(kept);
        }
    }

    /// The cookies that a browser would send, the longest path first.
    pub(super) fn matching(&self, site: Site<'_>) -> Vec<(&str, &str)> {
        let mut found: Vec<&Kept> = self.0.iter().filter(|kept| kept.goes_to(site)).collect();
        found.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        found.into_iter().map(|kept| (kept.name.as_str(), kept.value.as_str())).collect()
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.0.retain(|kept| kept.name != name);
    }
}

impl Kept {
    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain == other.domain
            && self.host_only == other.host_only
            && self.path == other.path
    }

    fn goes_to(&self, site: Site<'_>) -> bool {
        let host = match self.host_only {
            true => self.domain.eq_ignore_ascii_case(site.name()),
            false => covers(&self.domain, site.name()),
        };
        host && (site.https || !self.secure)
            && self.expires.is_none_or(|expires| expires > site.now)
            && is_below(site.path, &self.path)
    }
}

/// What browsers refuse: Secure cookies of a clear-text page, and prefixes whose promise is not kept.
fn is_allowed(cookie: &Cookie<'_>, site: Site<'_>) -> bool {
    let secure = cookie.secure() == Some(true);
    if secure && !site.https {
        return false;
    }
    if cookie.name().starts_with("__Host-") {
        return secure && cookie.path() == Some("/") && cookie.domain().is_none();
    }
    secure || !cookie.name().starts_with("__Secure-")
}

fn covers(domain: &str, host: &str) -> bool {
    let domain = domain.trim_start_matches('.').to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'))
}

/// The folder of the page that set the cookie.
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(last) => &path[..last],
    }
}

/// `Max-Age` stands above `Expires`.
fn deadline(cookie: &Cookie<'_>, now: u64) -> Option<u64> {
    if let Some(age) = cookie.max_age() {
        return Some(now.saturating_add_signed(age.whole_seconds()));
    }
    match cookie.expires()? {
        Expiration::DateTime(at) => Some(u64::try_from(at.unix_timestamp()).unwrap_or(0)),
        Expiration::Session => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Site<'_> = Site { host: "a.test:8000", path: "/x/y", https: false, now: 1_000 };
    const HTTPS: Site<'_> = Site { https: true, ..PLAIN };

    fn sent(header: &str, from: Site<'_>, to: Site<'_>) -> bool {
        let mut jar = Jar::default();
        jar.set(header, from);
        !jar.matching(to).is_empty()
    }

    #[test]
    fn a_cookie_goes_to_its_path_and_below() {
        let at = |path| Site { path, ..PLAIN };
        assert!(sent("a=1; Path=/x", PLAIN, at("/x")) && sent("a=1; Path=/x", PLAIN, at("/x/z")));
        assert!(!sent("a=1; Path=/x", PLAIN, at("/xy")) && !sent("a=1; Path=/x", PLAIN, at("/")));
        assert!(sent("a=1", PLAIN, at("/x/z")) && !sent("a=1", PLAIN, at("/")));
    }

    #[test]
    fn secure_cookies_and_prefixes_are_kept_from_clear_text() {
        assert!(!sent("a=1; Secure", PLAIN, PLAIN));
        assert!(sent("a=1; Secure", HTTPS, HTTPS) && !sent("a=1; Secure", HTTPS, PLAIN));
        assert!(sent("__Host-a=1; Secure; Path=/", HTTPS, HTTPS));
        assert!(!sent("__Host-a=1; Secure; Path=/x", HTTPS, HTTPS));
        assert!(!sent("__Host-a=1; Secure; Path=/; Domain=a.test", HTTPS, HTTPS));
        assert!(!sent("__Secure-a=1; Path=/", HTTPS, HTTPS));
    }

    #[test]
    fn an_expired_cookie_is_gone_and_removes_the_one_before_it() {
        let later = |now| Site { now, ..PLAIN };
        assert!(sent("a=1; Max-Age=60", PLAIN, later(1_059)));
        assert!(!sent("a=1; Max-Age=60", PLAIN, later(1_060)));
        let mut jar = Jar::default();
        jar.set("a=1; Path=/", PLAIN);
        jar.set("a=; Path=/x; Max-Age=0", PLAIN);
        assert_eq!(jar.matching(PLAIN), [("a", "1")]);
        jar.set("a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", PLAIN);
        assert!(jar.matching(PLAIN).is_empty());
    }

    #[test]
    fn a_cookie_stays_with_its_host_unless_it_names_a_domain_above() {
        let on = |host| Site { host, ..PLAIN };
        assert!(!sent("a=1; Path=/", on("a.test"), on("sub.a.test")));
        assert!(sent("a=1; Path=/; Domain=a.test", on("sub.a.test"), on("a.test")));
        assert!(!sent("a=1; Path=/; Domain=b.test", on("a.test"), on("b.test")));
        assert!(!sent("a=1; Path=/; Domain=a.test", on("xa.test"), on("xa.test")));
    }
}
