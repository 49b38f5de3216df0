//! Reading the `Cookie` header.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::COOKIE;
use percent_encoding::percent_decode_str;

use crate::encryption::{Keyring, Sealer};
use crate::http::HttpRequest;

/// The values of the cookies of one name, in the order in which they were sent.
pub struct RawCookies<'a> {
    headers: http::header::ValueIter<'a, http::HeaderValue>,
    rest: &'a [u8],
    name: &'a str,
}

/// Finds the cookies of one name without parsing the others.
pub fn raw_cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> RawCookies<'a> {
    RawCookies { headers: headers.get_all(COOKIE).into_iter(), rest: &[], name }
}

impl<'a> Iterator for RawCookies<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            while self.rest.is_empty() {
                self.rest = self.headers.next()?.as_bytes();
            }
            let end = memchr::memchr(b';', self.rest).unwrap_or(self.rest.len());
            let pair = self.rest[..end].trim_ascii();
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            let Some(value) = pair.strip_prefix(self.name.as_bytes()) else { continue };
            let Some(value) = value.trim_ascii_start().strip_prefix(b"=") else { continue };
            // Another application's cookie may be more than UTF-8; it must not hide ours.
            if let Ok(value) = std::str::from_utf8(value.trim_ascii()) {
                return Some(value.trim_matches('"'));
            }
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn values(header: impl AsRef<[u8]>, name: &str) -> Vec<String> {
        let header = header.as_ref();
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_bytes(header).expect("a header"));
        raw_cookies(&headers, name).map(str::to_owned).collect()
    }

    #[test]
    fn only_the_cookie_asked_for_is_found() {
        assert_eq!(values("a=1; sid=two; b=3", "sid"), ["two"]);
        assert_eq!(values("xsid=1; sid2=2", "sid"), Vec::<String>::new());
        assert_eq!(values("sid=1; sid=2", "sid"), ["1", "2"]);
        assert_eq!(values("sid=\"quoted\";sid", "sid"), ["quoted"]);
        assert_eq!(values(";;; =; sid=", "sid"), [""]);
        assert_eq!(values("sid = spaced ;sid", "sid"), ["spaced"]);
        assert_eq!(values(b"a=\xff\xfe; sid=\xff; sid=ours; b=\xff", "sid"), ["ours"]);
    }
}
