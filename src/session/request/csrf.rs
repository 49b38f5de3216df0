//! The CSRF token of a request's session, or of a visitor who has none.

use super::loaded::Origin;
use super::state::State;
use crate::session::record::{CsrfToken, Unstorable};

/// What a response has to say about the CSRF token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg(feature = "framework")]
pub(crate) enum CsrfNews {
    /// The visitor has no session, and this request does not make one.
    None,
    Same,
    /// The session is made or rotated, or has a new CSRF token.
    New,
    Ended,
}

#[cfg(feature = "framework")]
impl State {
    /// What the commit will make of the CSRF token.
    pub(crate) fn csrf_news(&self) -> CsrfNews {
        match &self.origin {
            _ if self.committed => CsrfNews::None,
            Origin::Detached => CsrfNews::None,
            Origin::Live(_) if self.rotate || self.new_csrf.is_some() => CsrfNews::New,
            Origin::Live(_) => CsrfNews::Same,
            Origin::Fresh { .. } if self.has_changed() => CsrfNews::New,
            Origin::Fresh { ended: Some(_) } => CsrfNews::Ended,
            Origin::Fresh { ended: None } => CsrfNews::None,
        }
    }

    /// The token that the session has, or will have if it is made.
    pub(crate) fn csrf_to_store(&mut self) -> CsrfToken {
        if self.has_csrf() { self.csrf() } else { self.guest_csrf() }
    }
}

impl State {
    /// The CSRF token as text. A guest gets one that has to be stored nowhere, if there are keys to sign it with; any other
    /// fresh session has something to store from then on.
    pub(crate) fn csrf_text(&mut self) -> String {
        self.guest_text().unwrap_or_else(|| self.csrf().text())
    }

    /// The same, masked anew with each call. A guest's is another one with each request already.
    pub(crate) fn csrf_masked(&mut self) -> String {
        if let Some(text) = self.guest_text() {
            return text;
        }
        let masked = self.csrf().masked();
        masked.unwrap_or_else(|error| {
            self.refuse(Unstorable::new("(CSRF token)", error));
            String::new()
        })
    }

    fn guest_text(&mut self) -> Option<String> {
        if self.has_csrf() {
            return None;
        }
        let guests = self.guests.clone()?;
        Some(guests.text(self.guest_csrf(), self.clock.unix()))
    }

    /// The token that a fresh session will have if it is made.
    pub(crate) fn guest_csrf(&mut self) -> CsrfToken {
        if let Some(token) = self.guest_csrf {
            return token;
        }
        let token = self.mint_csrf();
        self.guest_csrf = Some(token);
        token
    }

    /// Whether a text is the CSRF token, in any of its forms.
    pub(crate) fn csrf_matches(&mut self, text: &str) -> bool {
        if self.has_csrf() {
            return self.csrf().is(text);
        }
        // A session that was never asked for its token has given none away, and need not be made for the answer.
        self.guests.as_ref().is_some_and(|guests| guests.accept(text, self.clock.unix()))
    }

    /// The CSRF token. A fresh session gets one when it is first asked, and has then something to store.
    fn csrf(&mut self) -> CsrfToken {
        match (self.new_csrf, &self.origin) {
            (Some(token), _) => token,
            (None, Origin::Live(live)) => live.loaded.head.csrf,
            (None, Origin::Fresh { .. } | Origin::Detached) => self.renew_csrf(),
        }
    }

    /// Whether there is a CSRF token that is or will be stored.
    pub(crate) fn has_csrf(&self) -> bool {
        self.new_csrf.is_some() || matches!(self.origin, Origin::Live(_))
    }

    /// Replaces the CSRF token.
    pub(crate) fn renew_csrf(&mut self) -> CsrfToken {
        if self.committed {
            tracing::warn!(
                "a CSRF token was made after its request had committed the session; it is not stored"
            );
        }
        let token = self.mint_csrf();
        self.new_csrf = Some(token);
        token
    }

    /// Replaces the CSRF token if one was given away, at a login for example.
    pub(crate) fn end_csrf(&mut self) {
        self.guest_csrf = None;
        if self.has_csrf() {
            self.renew_csrf();
        }
    }

    fn mint_csrf(&mut self) -> CsrfToken {
        CsrfToken::mint().unwrap_or_else(|error| {
            self.refuse(Unstorable::new("(CSRF token)", error));
            CsrfToken::from_bytes([0; CsrfToken::BYTES])
        })
    }
}
