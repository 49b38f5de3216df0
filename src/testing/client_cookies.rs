//! The cookies of a visitor.

use std::sync::MutexGuard;

use cookie::Cookie;
use http::HeaderMap;

use super::TestClient;
use super::jar::{Jar, Site};
use crate::encryption::Keyring;
use crate::http::CookieSeals;
use crate::session::{SessionConfig, SessionManager};
use crate::support::lock::lock;

impl TestClient {
    /// Gives the visitor a cookie, for every path.
    pub fn set_cookie(&self, name: &str, value: &str) {
        let plain = Cookie::new(name, value);
        let encoded = plain.encoded().stripped().to_string();
        let secure = if name.starts_with("__") { "; Secure" } else { "" };
        self.jar().set(&format!("{encoded}; Path=/{secure}"), self.site("/"));
    }

    /// Takes a cookie from the visitor, whatever its path.
    pub fn forget_cookie(&self, name: &str) {
        self.jar().forget(name);
    }

    /// Gives the visitor a cookie as the middleware `encrypt_cookies` would have sent it.
    ///
    /// # Panics
    /// When the application has no key.
    #[track_caller]
    pub fn set_encrypted_cookie(&self, name: &str, value: &str) {
        let Ok(keys) = self.app().make::<Keyring>() else { panic!("the application has no key") };
        let plain = Cookie::new("", value).encoded().stripped().to_string();
        let sealed = CookieSeals::new(&keys, Vec::new()).seal(name, plain.trim_start_matches('='));
        self.set_cookie(name, &sealed.expect("the operating system has random bytes"));
    }

    /// The value of a cookie that the visitor would send to `/`, decrypted and decoded.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let raw = self.cookie_values(name, "/").into_iter().next()?;
        Some(self.read_cookie(name, &raw))
    }

    /// The value of a cookie, decrypted if it is encrypted, and decoded.
    pub(super) fn read_cookie(&self, name: &str, raw: &str) -> String {
        let keys = self.app().make::<Keyring>().ok();
        let opened = keys.and_then(|keys| CookieSeals::new(&keys, Vec::new()).open(name, raw));
        let raw = opened.as_deref().unwrap_or(raw);
        percent_encoding::percent_decode_str(raw).decode_utf8_lossy().into_owned()
    }

    fn site<'a>(&'a self, path: &'a str) -> Site<'a> {
        let now = self.app().clock().unix();
        Site { host: &self.host, path, https: self.https, now }
    }

    pub(super) fn cookie_values(&self, name: &str, path: &str) -> Vec<String> {
        let jar = self.jar();
        let found = jar.matching(self.site(path)).into_iter();
        found.filter(|(other, _)| *other == name).map(|(_, value)| value.to_owned()).collect()
    }

    /// The `Cookie` header for a path.
    pub(super) fn cookie_header(&self, path: &str) -> Vec<String> {
        let jar = self.jar();
        let found = jar.matching(self.site(path)).into_iter();
        found.map(|(name, value)| format!("{name}={value}")).collect()
    }

    pub(super) fn keep_cookies(&self, headers: &HeaderMap, path: &str) {
        let mut jar = self.jar();
        for value in headers.get_all(http::header::SET_COOKIE) {
            if let Ok(text) = value.to_str() {
                jar.set(text, self.site(path));
            }
        }
    }

    /// The session cookies that the visitor would send to a page that has sessions.
    pub(super) fn session_cookies(&self, sessions: &SessionManager) -> Vec<String> {
        self.cookie_values(sessions.cookie_name(), &sessions.config().path)
    }

    /// Keeps a session's cookie as if a response had set it.
    pub(super) fn keep_session(&self, config: &SessionConfig, token: &str) {
        let mut cookie = Cookie::new(config.cookie_name(), token);
        cookie.set_path(config.path.clone());
        cookie.set_secure(config.secure);
        if let Some(domain) = &config.domain {
            cookie.set_domain(domain.clone());
        }
        self.jar().keep(&cookie, self.site("/"));
    }

    fn jar(&self) -> MutexGuard<'_, Jar> {
        lock(&self.jar)
    }
}
