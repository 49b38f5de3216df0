//! Finding cookies in a request's headers.

use http::HeaderMap;
use http::header::COOKIE;

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
