//! Reading the `Cookie` header.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::COOKIE;
use percent_encoding::percent_decode_str;

use crate::encryption::{Keyring, Sealer};
use crate::http::{HttpRequest, raw_cookies};

/// Which cookies are encrypted, and their keys.
#[derive(Debug)]
pub(crate) struct CookieSeals {
    sealer: Sealer,
    /// The names of the cookies that are not.
    plain: Vec<String>,
}

impl CookieSeals {
    pub(crate) fn new(keys: &Keyring, plain: Vec<String>) -> Self {
        Self { sealer: keys.sealer("cookies"), plain }
    }

    /// Whether a cookie of this name is encrypted.
    pub(crate) fn covers(&self, name: &str) -> bool {
        !self.plain.iter().any(|plain| plain == name)
    }

    /// Whether a request has a cookie that may be encrypted.
    pub(crate) fn has_cookies(&self, headers: &HeaderMap) -> bool {
        let lines = headers.get_all(COOKIE).into_iter();
        let mut pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
        pairs.any(|pair| {
            let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
            !self.plain.iter().any(|plain| plain.as_bytes() == name)
        })
    }

    /// The encrypted form of a value as it stands in a header, bound to the cookie's name.
    pub(crate) fn seal(&self, name: &str, encoded: &str) -> Result<String, getrandom::Error> {
        self.sealer.seal_text(name.as_bytes(), encoded)
    }

    /// The value as it stood in the header before.
    pub(crate) fn open(&self, name: &str, value: &str) -> Option<String> {
        self.sealer.open_text(name.as_bytes(), value)
    }
}

impl HttpRequest {
    /// The value of a cookie, percent-decoded; the first one when several have the name.
    ///
    /// Behind [`EncryptCookies`](crate::web::EncryptCookies) it is decrypted, and the first one that can be counts.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let mut values = raw_cookies(self.headers(), name);
        let seals = self.shared::<CookieSeals>().filter(|seals| seals.covers(name));
        let value = match seals {
            Some(seals) => Cow::Owned(values.find_map(|value| seals.open(name, value))?),
            None => Cow::Borrowed(values.next()?),
        };
        percent_decode_str(&value).decode_utf8().ok().map(Cow::into_owned)
    }

    /// Whether a cookie of this name came with the request.
    pub fn has_cookie(&self, name: &str) -> bool {
        raw_cookies(self.headers(), name).next().is_some()
    }
}
