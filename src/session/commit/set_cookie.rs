//! The text that gives a browser its session's cookie.

use cookie::{Cookie, time};

use crate::session::SessionConfig;

/// The session's `Set-Cookie`, made once: only the value differs from response to response.
pub(crate) struct SetCookie {
    /// The name, and the equals sign.
    before: String,
    /// The attributes.
    after: String,
}

impl SetCookie {
    pub(crate) fn new(config: &SessionConfig) -> Self {
        let mut cookie = config.cookie_without_value();
        if !config.expire_on_close {
            let lifetime = i64::try_from(config.lifetime.as_secs()).unwrap_or(i64::MAX);
            cookie.set_max_age(time::Duration::seconds(lifetime));
        }
        let mut before = cookie.encoded().to_string();
        // The name is encoded, so that the first equals sign is the one behind it.
        let after = before.split_off(before.find('=').map_or(0, |equals| equals + 1));
        Self { before, after }
    }

    /// How long it is with a value.
    pub(crate) fn length_with(&self, value: &str) -> usize {
        self.before.len() + value.len() + self.after.len()
    }

    /// With a value, which is base64url and needs no encoding.
    pub(crate) fn with(&self, value: &str) -> String {
        [&self.before, value, &self.after].concat()
    }
}

impl SessionConfig {
    /// The cookie with the attributes that both have, the one that sets it and the one that removes it.
    pub(crate) fn cookie_without_value(&self) -> Cookie<'static> {
        let mut cookie = Cookie::build((self.cookie_name(), ""))
            .path(self.path.clone())
            .secure(self.secure)
            .http_only(self.http_only)
            .same_site(self.same_site)
            .partitioned(self.partitioned)
            .build();
        if let Some(domain) = &self.domain {
            cookie.set_domain(domain.clone());
        }
        cookie
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_what_the_cookie_crate_writes() {
        let config = SessionConfig {
            cookie: "a%b".to_owned(),
            path: "/app".to_owned(),
            domain: Some("example.com".to_owned()),
            ..SessionConfig::default()
        };
        let mut expected = config.cookie_without_value();
        expected.set_value("v-_1");
        expected.set_max_age(time::Duration::seconds(config.lifetime.as_secs() as i64));
        assert_eq!(SetCookie::new(&config).with("v-_1"), expected.encoded().to_string());
        let closing = SetCookie::new(&SessionConfig { expire_on_close: true, ..config });
        assert!(!closing.with("").contains("Max-Age"));
    }
}
