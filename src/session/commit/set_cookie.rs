//! The text that gives a browser its session's cookie, or takes it away.

use crate::session::{SameSite, SessionConfig};

/// What the response says to the browser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CookieChange {
    /// No `Set-Cookie`.
    None,
    /// This value, of a new token or of one whose time is extended, for so many seconds.
    Set(String, u64),
    /// The cookie goes.
    Remove,
}

/// The session's `Set-Cookie`, made once: only the value differs from response to response.
pub(crate) struct SetCookie {
    /// The name, and the equals sign.
    before: String,
    /// The attributes of all cookies.
    attributes: String,
    /// The same for a session that lives for `lifetime` if it is not used again, as nearly all do.
    after: String,
    /// How many seconds that is; `None` where browsers forget the cookie when they close.
    lifetime: Option<u64>,
    /// What removes it. It has the same attributes: browsers ignore it otherwise.
    removal: String,
}

impl SetCookie {
    pub(crate) fn new(config: &SessionConfig) -> Self {
        let before = format!("{}=", config.cookie_name());
        let attributes = attributes(config);
        let removal =
            format!("{before}{attributes}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        let lifetime = (!config.expire_on_close).then_some(config.lifetime.as_secs());
        let after = lifetime.map_or_else(|| attributes.clone(), |age| aged(&attributes, age));
        Self { before, attributes, after, lifetime, removal }
    }

    /// How long it is with a value, at most.
    pub(crate) fn length_with(&self, value: &str) -> usize {
        self.before.len() + value.len() + self.after.len()
    }

    /// With a value, which is base64url and needs no encoding, for a session that lives for so many seconds.
    pub(crate) fn with(&self, value: &str, max_age: u64) -> String {
        if self.lifetime.is_some_and(|lifetime| max_age < lifetime) {
            return [&self.before, value, &aged(&self.attributes, max_age)].concat();
        }
        [&self.before, value, &self.after].concat()
    }

    /// What makes the browser forget the cookie.
    pub(crate) fn removal(&self) -> &str {
        &self.removal
    }
}

fn aged(attributes: &str, max_age: u64) -> String {
    format!("{attributes}; Max-Age={max_age}")
}

/// The attributes that the cookie and its removal have in common. The boot has checked that none of them ends early.
fn attributes(config: &SessionConfig) -> String {
    let mut text = String::new();
    if config.http_only {
        text.push_str("; HttpOnly");
    }
    text.push_str(match config.same_site {
        SameSite::Lax => "; SameSite=Lax",
        SameSite::Strict => "; SameSite=Strict",
        SameSite::None => "; SameSite=None",
    });
    if config.partitioned {
        text.push_str("; Partitioned");
    }
    if config.secure {
        text.push_str("; Secure");
    }
    text.push_str("; Path=");
    text.push_str(&config.path);
    if let Some(domain) = &config.domain {
        text.push_str("; Domain=");
        text.push_str(domain.strip_prefix('.').unwrap_or(domain));
    }
    text
}
