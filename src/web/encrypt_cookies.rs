//! The middleware that encrypts cookies.

use std::sync::{Arc, OnceLock};

use http::HeaderMap;
use http::header::{HeaderValue, SET_COOKIE};

use crate::encryption::Keyring;
use crate::error::Error;
use crate::http::{
    CookieSeals, HttpRequest, LARGEST_COOKIE, Middleware, Next, Result, cookie_too_large,
};
use crate::session::SessionManager;

/// Encrypts the cookies of responses, and decrypts them for [`HttpRequest::cookie`]: visitors can neither read nor change
/// them.
///
/// Registered as `encrypt_cookies`; it stands before `cookies` in the group `web`. The cipher is XChaCha20-Poly1305 under
/// `APP_KEY`, bound to the cookie's name, so that one cookie's value counts for nothing in another. What was encrypted under
/// `APP_PREVIOUS_KEYS` is still read. A cookie that was changed, or that was not encrypted, is `None`.
///
/// Two cookies stay as they are: the session's, which is a random token or sealed already, and `XSRF-TOKEN`, which is sealed
/// already. Name those that scripts have to read:
///
/// ```
/// use lunox::prelude::*;
/// use lunox::web::EncryptCookies;
///
/// fn middleware(middleware: &mut MiddlewareRegistry) {
///     middleware.alias("encrypt_cookies", EncryptCookies::new().except(["theme"]));
/// }
/// ```
#[derive(Debug, Default)]
pub struct EncryptCookies {
    except: Vec<String>,
    seals: OnceLock<Arc<CookieSeals>>,
}

impl EncryptCookies {
    /// Encrypts all cookies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves the cookies of these names as they are.
    #[must_use]
    pub fn except<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.except.extend(names.into_iter().map(Into::into));
        self
    }

    /// The keys, and which cookies they are for; made with the first request.
    fn seals(&self, req: &HttpRequest) -> Result<&Arc<CookieSeals>> {
        if let Some(seals) = self.seals.get() {
            return Ok(seals);
        }
        let keys = req.container().make::<Keyring>()?;
        let mut plain = self.except.clone();
        plain.push("XSRF-TOKEN".to_owned());
        if let Ok(sessions) = req.container().make::<SessionManager>() {
            plain.push(sessions.cookie_name().to_owned());
        }
        Ok(self.seals.get_or_init(|| Arc::new(CookieSeals::new(&keys, plain))))
    }
}

impl Middleware for EncryptCookies {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let seals = self.seals(&req)?;
        if seals.has_cookies(req.headers()) {
            req.share(Arc::clone(seals));
        }
        let mut response = next.run(req.clone()).await;
        if response.headers().contains_key(SET_COOKIE) {
            encrypt(seals, response.headers_mut())?;
        }
        Ok(response)
    }
}

fn encrypt(seals: &CookieSeals, headers: &mut HeaderMap) -> Result<()> {
    let sent: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for plain in sent {
        let sealed = plain.to_str().ok().and_then(|text| sealed(seals, text));
        let header = match sealed {
            Some(sealed) => HeaderValue::try_from(sealed?)?,
            None => plain,
        };
        headers.append(SET_COOKIE, header);
    }
    Ok(())
}

/// The text of a `Set-Cookie` with its value encrypted; `None` if it stays as it is, as a removal does.
fn sealed(seals: &CookieSeals, text: &str) -> Option<Result<String>> {
    let (name, rest) = text.split_once('=')?;
    let (value, attributes) = rest.split_once(';').unwrap_or((rest, ""));
    let ends = attributes.split(';').any(|attribute| attribute.trim() == "Max-Age=0");
    if ends || !seals.covers(name) {
        return None;
    }
    let sealed = seals.seal(name, value).map_err(|error| Error::with_source(500, error));
    Some(sealed.and_then(|sealed| {
        let size = name.len() + sealed.len();
        if size > LARGEST_COOKIE {
            return Err(Error::with_source(500, cookie_too_large(name, size)));
        }
        let separator = if attributes.is_empty() { "" } else { ";" };
        Ok(format!("{name}={sealed}{separator}{attributes}"))
    }))
}
