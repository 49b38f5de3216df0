//! Why a request counts as forged.

use std::fmt;

use crate::error::Error;
use crate::http::HttpRequest;

/// Why a request counts as forged: for the log, and for the page that a developer sees.
#[derive(Debug)]
pub(super) enum Forgery {
    /// The browser says that it comes from elsewhere.
    Origin {
        /// The headers in which the browser says so.
        said: String,
        /// The application's own origin, as this request names it.
        own: String,
    },
    NoToken,
    WrongToken,
}

impl Forgery {
    pub(super) fn of_origin(req: &HttpRequest) -> Self {
        let said = ["origin", "sec-fetch-site"].into_iter().filter_map(|name| {
            let value = String::from_utf8_lossy(req.headers().get(name)?.as_bytes()).into_owned();
            Some(format!("{name}: {}", value.escape_debug()))
        });
        let said = said.collect::<Vec<_>>().join(", ");
        Self::Origin { said, own: format!("{}://{}", req.scheme(), req.host().escape_debug()) }
    }

    /// Logs the refusal, because it may be an attack or a misconfigured proxy, and makes the error.
    #[track_caller]
    pub(super) fn into_error(self, req: &HttpRequest) -> Error {
        tracing::warn!(
            request_id = %req.id(),
            method = %req.method(),
            path = req.path(),
            "refused as a forged request: {self}"
        );
        Error::with_source(419, self).message_for_visitor(
            "this page has expired, or the request came from another site; go back, reload and try again",
        )
    }
}

impl fmt::Display for Forgery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin { said, own } => write!(
                f,
                "it is the origin: the browser says that the request comes from another one ({said}), and this application is \
                 {own}; if a proxy changed the host, let it send X-Forwarded-Host and name it in TRUSTED_PROXIES; if the \
                 other origin is yours, name it with PreventRequestForgery::trusted_origins"
            ),
            Self::NoToken => f.write_str(
                "it is the token: the browser does not say where the request comes from, and it has no token; add \
                 csrf_field() to the form, or send csrf_token() in the header X-CSRF-TOKEN",
            ),
            Self::WrongToken => f.write_str(
                "it is the token: the browser does not say where the request comes from, and its token is not, or no longer, \
                 the session's; reload the form",
            ),
        }
    }
}

impl std::error::Error for Forgery {}
