//! Reading the `Cookie` header.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::COOKIE;
use percent_encoding::percent_decode_str;

use super::HttpRequest;

/// The values of the cookies of one name, in the order in which they were sent.
pub struct RawCookies<'a> {
    headers: http::header::ValueIter<'a, http::HeaderValue>,
    rest: &'a str,
    name: &'a str,
}

/// Finds the cookies of one name without parsing the others.
pub fn raw_cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> RawCookies<'a> {
    RawCookies { headers: headers.get_all(COOKIE).into_iter(), rest: "", name }
}

impl<'a> Iterator for RawCookies<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            while self.rest.is_empty() {
                // Another application's cookie may be more than ASCII; it must not hide ours.
                self.rest =
                    std::str::from_utf8(self.headers.next()?.as_bytes()).unwrap_or_default();
            }
            let (pair, rest) = self.rest.split_once(';').unwrap_or((self.rest, ""));
            self.rest = rest;
            if let Some((name, value)) = pair.split_once('=')
                && name.trim() == self.name
            {
                return Some(value.trim().trim_matches('"'));
            }
        }
    }
}

impl HttpRequest {
    /// The value of a cookie, percent-decoded; the first one when several have the name.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let value = raw_cookies(self.headers(), name).next()?;
        percent_decode_str(value).decode_utf8().ok().map(Cow::into_owned)
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

    fn values(header: &'static str, name: &str) -> Vec<String> {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static(header));
        raw_cookies(&headers, name).map(str::to_owned).collect()
    }

    #[test]
    fn only_the_cookie_asked_for_is_found() {
        assert_eq!(values("a=1; sid=two; b=3", "sid"), ["two"]);
        assert_eq!(values("xsid=1; sid2=2", "sid"), Vec::<String>::new());
        assert_eq!(values("sid=1; sid=2", "sid"), ["1", "2"]);
        assert_eq!(values("sid=\"quoted\";sid", "sid"), ["quoted"]);
        assert_eq!(values(";;; =; sid=", "sid"), [""]);
    }
}
