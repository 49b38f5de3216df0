//! From an action's response to the response that is sent.

use http::header::{CACHE_CONTROL, HeaderValue, SET_COOKIE, VARY};
use http::{HeaderMap, Uri};

use super::page::{Answer, shown};
use super::shared_caches::keep_private;
use crate::error::Error;
use crate::session::commit::{CookieChange, Ending, Failed};
use crate::session::{Session, SessionManager, Shown};

/// A shared cache that kept a response with a cookie would hand one visitor's session to the next (OWASP Session
/// Management, "Web Content Caching").
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const PRIVATE: HeaderValue = HeaderValue::from_static("private");
const BY_COOKIE: HeaderValue = HeaderValue::from_static("Cookie");

/// The end of a request that has a session.
pub(crate) struct Finish<'a> {
    manager: &'a SessionManager,
    session: &'a Session,
    used: bool,
}

impl<'a> Finish<'a> {
    /// Begins when the action has ended, and makes the response `private` if the action used the session. Call it before
    /// anything else looks at the session.
    pub(crate) fn new(
        manager: &'a SessionManager,
        session: &'a Session,
        uri: &Uri,
        headers: &mut HeaderMap,
    ) -> Self {
        let used = session.peek().used;
        if used {
            keep_private(headers, uri);
        }
        Self { manager, session, used }
    }

    /// How a request ended that was answered so.
    pub(crate) fn ending(
        &self,
        is_head: bool,
        asks_for_page: impl FnOnce() -> bool,
        answer: &Answer<'_>,
    ) -> Ending {
        // What the visitor has seen matters only where there is flash.
        let has_flash = self.session.peek().has_flash();
        Ending::Response(if has_flash {
            shown(self.manager.config().flash_ageing, is_head, asks_for_page, answer)
        } else {
            Shown::Nothing
        })
    }

    /// Stores what became of the session. Gives the value of `Set-Cookie`, if the response needs one.
    ///
    /// # Errors
    /// What is sent instead of the response, with its headers.
    pub(crate) async fn commit(self, ending: Ending) -> Result<Option<HeaderValue>, Error> {
        let Failed { error, cookie } =
            match self.manager.backend()?.commit(self.session, ending).await {
                Ok(change) => return self.set_cookie(&change),
                Err(failed) => failed,
            };
        let mut error = Error::from(error);
        if self.used {
            error = error.header(CACHE_CONTROL, PRIVATE).header(VARY, BY_COOKIE);
        }
        Err(match self.set_cookie(&cookie)? {
            None => error,
            Some(cookie) => error.header(CACHE_CONTROL, NO_STORE).header(SET_COOKIE, cookie),
        })
    }

    fn set_cookie(&self, change: &CookieChange) -> Result<Option<HeaderValue>, Error> {
        let cookie = match change {
            CookieChange::None => return Ok(None),
            CookieChange::Set(value, max_age) => self.manager.set_cookie.with(value, *max_age),
            CookieChange::Remove => self.manager.set_cookie.removal().to_owned(),
        };
        let header = HeaderValue::try_from(cookie).map_err(|error| {
            Error::with_source(500, format!("the session's cookie cannot be sent: {error}"))
        })?;
        Ok(Some(header))
    }
}

/// Adds the session's cookie to a response.
pub(crate) fn send_cookie(headers: &mut HeaderMap, cookie: HeaderValue) {
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.append(SET_COOKIE, cookie);
}
