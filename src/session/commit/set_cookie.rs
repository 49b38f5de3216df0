//! The text that gives a browser its session's cookie, or takes it away.

use crate::session::{SameSite, SessionConfig};

/// The session's `Set-Cookie`, made once: only the value differs from response to response.
pub(crate) struct SetCookie {
    /// The name, and the equals sign.
    before: String,
    /// The attributes.
    after: String,
    /// What removes it. It has the same attributes: browsers ignore it otherwise.
    removal: String,
}

impl SetCookie {
    pub(crate) fn new(config: &SessionConfig) -> Self {
        let before = format!("{}=", config.cookie_name());
        let attributes = attributes(config);
        let removal =
            format!("{before}{attributes}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        let mut after = attributes;
        if !config.expire_on_close {
            after.push_str(&format!("; Max-Age={}", config.lifetime.as_secs()));
        }
        Self { before, after, removal }
    }

    /// How long it is with a value.
    pub(crate) fn length_with(&self, value: &str) -> usize {
        self.before.len() + value.len() + self.after.len()
    }

    /// With a value, which is base64url and needs no encoding.
    pub(crate) fn with(&self, value: &str) -> String {
        [&self.before, value, &self.after].concat()
    }

    /// What makes the browser forget the cookie.
    pub(crate) fn removal(&self) -> &str {
        &self.removal
    }
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
