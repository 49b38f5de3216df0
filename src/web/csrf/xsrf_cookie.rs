//! The cookie `XSRF-TOKEN`, from which scripts such as axios take the CSRF token.

use http::header::{HeaderValue, SET_COOKIE};

use super::super::cookie::{Cookie, CookieDefaults};
use crate::encryption::{Keyring, Sealer};
use crate::error::Error;
use crate::http::{HttpRequest, Response, Result};
use crate::session::exchange::{is_for_shared_caches, keep_private};
use crate::session::{CsrfNews, Session, SessionConfig};

const NAME: &str = "XSRF-TOKEN";
pub(super) const X_XSRF_TOKEN: &str = "x-xsrf-token";

/// Makes and opens the cookie `XSRF-TOKEN`: the session's CSRF token, sealed for this name.
///
/// A script can read it and sends it back in the header `X-XSRF-TOKEN`. It is kept until the browser closes, and not
/// longer than the session's: a request without it is sent a new one.
#[derive(Debug)]
pub(super) struct XsrfCookie {
    sealer: Sealer,
    defaults: CookieDefaults,
    partitioned: bool,
}

impl XsrfCookie {
    pub(super) fn new(keys: &Keyring, config: &SessionConfig) -> Self {
        let (sealer, defaults) = (keys.sealer("xsrf"), CookieDefaults::from(config));
        Self { sealer, defaults, partitioned: config.partitioned }
    }

    /// The token in the header `X-XSRF-TOKEN`.
    pub(super) fn open(&self, header: &str) -> Option<String> {
        self.sealer.open_text(NAME.as_bytes(), header)
    }

    /// Adds the cookie to an answer that needs it: the session is made, rotated or ended, or the request lacked the cookie.
    pub(super) fn send(
        &self,
        req: &HttpRequest,
        session: &Session,
        news: CsrfNews,
        answer: Result,
    ) -> Result {
        let needed = match news {
            CsrfNews::None => false,
            CsrfNews::New => true,
            CsrfNews::Same => !req.has_cookie(NAME) || has_wrong_token(req, &answer),
            CsrfNews::Ended => req.has_cookie(NAME),
        };
        if !needed || !may_carry(&answer, news) {
            return answer;
        }
        let cookie = match news {
            CsrfNews::Ended => self.complete(Cookie::new(NAME, "").expired()),
            _ => {
                let token = session.token_to_store();
                let sealed = self.sealer.seal_text(NAME.as_bytes(), &token);
                let sealed = sealed.map_err(|error| Error::with_source(500, error))?;
                self.complete(Cookie::new(NAME, sealed))
            }
        };
        match answer {
            Ok(mut response) => {
                keep_private(response.headers_mut(), req.uri());
                Ok(response.cookie(cookie))
            }
            Err(error) => Err(match HeaderValue::try_from(cookie.as_ref().to_string()) {
                Ok(header) => error.header(SET_COOKIE, header),
                Err(_) => error,
            }),
        }
    }

    fn complete(&self, cookie: Cookie) -> Cookie {
        let cookie = cookie.http_only(false).partitioned(self.partitioned);
        cookie.with_defaults(&self.defaults)
    }
}

/// A script that sent the token of an earlier session needs the new one to try again.
fn has_wrong_token(req: &HttpRequest, answer: &Result) -> bool {
    answer.is_err() && req.headers().contains_key(X_XSRF_TOKEN)
}

/// Whether the cookie may be sent with an answer. What a shared cache may keep stays as it is: a later answer has the
/// cookie. After a panic nothing is stored, and so no session made.
fn may_carry(answer: &Result<Response>, news: CsrfNews) -> bool {
    match answer {
        Ok(response) if response.error().is_some_and(Error::is_panic) => false,
        Ok(response) => news != CsrfNews::Same || !is_for_shared_caches(response.headers()),
        Err(_) => true,
    }
}
