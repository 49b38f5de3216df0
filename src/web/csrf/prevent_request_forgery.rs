//! The middleware that refuses requests from other sites.

use std::sync::OnceLock;

use http::header::ORIGIN;

use super::forgery::Forgery;
use super::xsrf_cookie::{X_XSRF_TOKEN, XsrfCookie};
use crate::http::{BodyKind, HttpRequest, Middleware, Next, Provenance, Result};
use crate::session::{CsrfNews, SessionManager};

const X_CSRF_TOKEN: &str = "x-csrf-token";

/// Refuses forged requests: those of other methods than `GET`, `HEAD` and `OPTIONS` that come from another site, or that
/// say nothing of where they come from and have no CSRF token.
///
/// Registered as `csrf`; the `web` group has it. Browsers report where a request comes from (`Sec-Fetch-Site`, `Origin`).
/// One that they vouch for passes by its head alone, and one from elsewhere is refused whatever it carries. Only if the
/// browser reports nothing, or `Origin: null`, is the [token](crate::web::csrf_token) asked for: in the header
/// `X-CSRF-TOKEN`, in `X-XSRF-TOKEN` as the cookie `XSRF-TOKEN` had it, or in the field `_token` of the body, which is read
/// for it within the limits of the route. A token in the query counts for nothing: URLs end up in logs.
///
/// An application that has exceptions names its own in `app/http/kernel.rs`:
///
/// ```
/// use lunox::prelude::*;
/// use lunox::web::PreventRequestForgery;
///
/// fn middleware(middleware: &mut MiddlewareRegistry) {
///     let csrf = PreventRequestForgery::new()
///         .except(["stripe/*"])
///         .trusted_origins(["https://admin.shop.example"]);
///     middleware.alias("csrf", csrf);
/// }
/// ```
#[derive(Debug, Default)]
pub struct PreventRequestForgery {
    except: Vec<String>,
    trusted: Vec<String>,
    cookie: OnceLock<Option<XsrfCookie>>,
}

impl PreventRequestForgery {
    /// Refuses forged requests on every path, and trusts no other origin.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets every request to these paths pass, in which `*` stands for anything: `stripe/*`. For callers that are not
    /// browsers and prove themselves in another way.
    #[must_use]
    pub fn except<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.except.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Lets pages of these origins send forms here, such as a sister subdomain: `https://admin.shop.example`.
    ///
    /// # Panics
    /// When one is not a scheme and a host as browsers write them, with a port if it is not the default one.
    #[must_use]
    #[track_caller]
    pub fn trusted_origins<O: Into<String>>(
        mut self,
        origins: impl IntoIterator<Item = O>,
    ) -> Self {
        for origin in origins.into_iter().map(Into::into) {
            assert!(
                is_origin(&origin),
                "`{}` is not an origin; write it as browsers do, in lower case: https://admin.shop.example, or \
                 http://localhost:3000 where the port is not the default one",
                origin.escape_debug()
            );
            self.trusted.push(origin);
        }
        self
    }

    async fn check(&self, req: &HttpRequest) -> Result<()> {
        if self.except.iter().any(|path| req.is(path)) || self.trusts_origin(req) {
            return Ok(());
        }
        match req.provenance() {
            Provenance::Own => Ok(()),
            Provenance::Elsewhere => Err(Forgery::of_origin(req).into_error(req)),
            Provenance::Unknown => self.check_token(req).await,
        }
    }

    fn trusts_origin(&self, req: &HttpRequest) -> bool {
        let origin = req.headers().get(ORIGIN);
        origin.is_some_and(|origin| self.trusted.iter().any(|trusted| trusted == origin))
    }

    /// Looks for a token, in the head first: the body need not be read then.
    async fn check_token(&self, req: &HttpRequest) -> Result<()> {
        let sent = req.header(X_CSRF_TOKEN);
        let sealed = req.header(X_XSRF_TOKEN);
        let opened = sealed.and_then(|sealed| self.cookie(req)?.open(sealed));
        if sent.into_iter().chain(opened.as_deref()).any(|token| is_token(req, token)) {
            return Ok(());
        }
        let mut field = None;
        if BodyKind::of(req.headers()) != BodyKind::Other {
            req.read_body().await?;
            field = req.body_field("_token");
        }
        let forgery = match field {
            Some(token) if is_token(req, &token) => return Ok(()),
            None if sent.is_none() && sealed.is_none() => Forgery::NoToken,
            _ => Forgery::WrongToken,
        };
        Err(forgery.into_error(req))
    }

    /// What makes the cookie `XSRF-TOKEN`; `None` without sessions, or without an application's key.
    fn cookie(&self, req: &HttpRequest) -> Option<&XsrfCookie> {
        let make = || {
            let manager = req.container().make::<SessionManager>().ok()?;
            Some(XsrfCookie::new(manager.keys.as_ref()?, manager.config()))
        };
        self.cookie.get_or_init(make).as_ref()
    }
}

impl Middleware for PreventRequestForgery {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let checked = if req.method().is_safe() { Ok(()) } else { self.check(&req).await };
        let answer = match checked {
            Ok(()) => Ok(next.run(req.clone()).await),
            Err(error) => Err(error),
        };
        let Some(session) = req.try_session() else { return answer };
        match (session.csrf_news(), self.cookie(&req)) {
            (CsrfNews::None, _) | (_, None) => answer,
            (news, Some(cookie)) => cookie.send(&req, &session, news, answer),
        }
    }
}

/// Whether this is the token of the request's session, or of a guest.
fn is_token(req: &HttpRequest, token: &str) -> bool {
    match req.try_session() {
        Some(session) => session.is_token(token),
        None => {
            let manager = req.container().make::<SessionManager>();
            manager.is_ok_and(|manager| {
                !req.has_cookie(manager.cookie_name())
                    && crate::session::is_guest_token(&manager, token)
            })
        }
    }
}

/// Whether this is what browsers write into the header `Origin`.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.authority()) else { return false };
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    let port = uri.port_u16();
    let written = match port {
        Some(port) => format!("{scheme}://{}:{port}", host.host()),
        None => format!("{scheme}://{}", host.host()),
    };
    port != Some(default) && written == text && text == text.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_do() {
        for good in ["https://admin.shop.example", "http://localhost:3000", "https://[::1]:8443"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "*",
            "null",
            "admin.shop.example",
            "https://",
            "https://admin.shop.example/",
            "https://admin.shop.example/form",
            "https://admin.shop.example:443",
            "http://admin.shop.example:80",
            "https://Admin.shop.example",
            "HTTPS://admin.shop.example",
            "https://user@admin.shop.example",
            "https://admin.shop.example?a",
            "ftp://admin.shop.example",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
