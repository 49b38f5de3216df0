//! A file as an answer: the whole of it, one range, or nothing where the client has it already (RFC 9110, 13 and 14).

use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, Method};

use super::content::Content;
use crate::http::{Body, HttpRequest, Response, Result};

/// What identifies a state of a file.
struct Validators {
    etag: String,
    modified: Option<SystemTime>,
}

/// What a request is answered with.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    /// From the first byte to the last, both included.
    Part(u64, u64),
    /// The range begins behind the end of the file.
    OutOfRange,
    /// The client has this state of the file.
    NotModified,
}

/// Answers with a file, whose type follows from `name`. Reads from the disk unless the content is embedded; then it
/// runs in the blocking pool.
pub(super) fn answer(
    content: Content,
    name: &Path,
    cache_control: &'static str,
    req: Option<&HttpRequest>,
) -> Result {
    let validators = Validators { etag: content.etag(), modified: content.modified() };
    let length = content.length();
    let wanted = req.map_or(Wanted::Whole, |req| wanted(req, &validators, length));
    let is_head = req.is_some_and(|req| *req.method() == Method::HEAD);
    let mut response = match wanted {
        Wanted::NotModified => Response::new(Body::empty()).status(304),
        Wanted::OutOfRange => {
            let response = Response::new(Body::empty()).status(416);
            with(response, CONTENT_RANGE, &format!("bytes */{length}"))
        }
        Wanted::Whole => with_type(with_bytes(content, 0, length, is_head)?, name),
        Wanted::Part(first, last) => {
            let response = with_bytes(content, first, last - first + 1, is_head)?.status(206);
            let range = format!("bytes {first}-{last}/{length}");
            with_type(with(response, CONTENT_RANGE, &range), name)
        }
    };
    response = with(response, ETAG, &validators.etag);
    if let Some(modified) = validators.modified {
        response = with(response, LAST_MODIFIED, &httpdate::fmt_http_date(modified));
    }
    response = with(response, ACCEPT_RANGES, "bytes");
    Ok(with(response, CACHE_CONTROL, cache_control))
}

fn with(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// The type that the ending of a name stands for.
pub(super) fn with_type(response: Response, name: &Path) -> Response {
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let text =
        if mime.type_() == "text" { format!("{mime}; charset=utf-8") } else { mime.to_string() };
    // Without this a browser may take an uploaded text for a script (OWASP ASVS 5.0, 3.2.1).
    with(with(response, CONTENT_TYPE, &text), X_CONTENT_TYPE_OPTIONS, "nosniff")
}

fn wanted(req: &HttpRequest, validators: &Validators, length: u64) -> Wanted {
    let headers = req.headers();
    match *req.method() {
        Method::GET | Method::HEAD if validators.is_known(headers) => Wanted::NotModified,
        Method::GET => range(headers, validators, length),
        // Ranges are for GET alone, and a download may answer a POST.
        _ => Wanted::Whole,
    }
}

fn range(headers: &HeaderMap, validators: &Validators, length: u64) -> Wanted {
    let mut ranges = headers.get_all(RANGE).iter();
    match (ranges.next(), ranges.next()) {
        (Some(range), None) if validators.are_those_of(headers.get(IF_RANGE)) => {
            range.to_str().map_or(Wanted::Whole, |range| parse_range(range, length))
        }
        _ => Wanted::Whole,
    }
}

/// Reads the `Range` header. What is malformed, in another unit, or several ranges, is answered with the whole file.
fn parse_range(header: &str, length: u64) -> Wanted {
    parse_one(header, length).unwrap_or(Wanted::Whole)
}

fn parse_one(header: &str, length: u64) -> Option<Wanted> {
    let (unit, range) = header.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || length == 0 {
        return None;
    }
    let end = length - 1;
    let (first, last) = match (position(first)?, position(last)?) {
        (None, None) => return None,
        (None, Some(0)) => return Some(Wanted::OutOfRange),
        (None, Some(suffix)) => (length.saturating_sub(suffix), end),
        (Some(first), None) => (first, end),
        (Some(first), Some(last)) if last < first => return None,
        (Some(first), Some(last)) => (first, last.min(end)),
    };
    Some(if first > end { Wanted::OutOfRange } else { Wanted::Part(first, last) })
}

/// A number, or nothing where there is none. One that is too large for the type is behind every file's end.
fn position(text: &str) -> Option<Option<u64>> {
    match text {
        "" => Some(None),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Some(text.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    }
}

impl Validators {
    /// Whether the client has this state of the file.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(IF_NONE_MATCH) {
            let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
            let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
            return tags
                .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag);
        }
        let since = headers.get(IF_MODIFIED_SINCE).and_then(date);
        since.zip(self.modified).is_some_and(|(since, modified)| seconds(modified) <= since)
    }

    /// Whether a range may be taken from this state of the file: not if `If-Range` names another, or a weak tag.
    fn are_those_of(&self, if_range: Option<&HeaderValue>) -> bool {
        let Some(if_range) = if_range else { return true };
        if if_range.as_bytes() == self.etag.as_bytes() {
            return true;
        }
        date(if_range).zip(self.modified).is_some_and(|(named, own)| seconds(own) == named)
    }
}

fn date(value: &HeaderValue) -> Option<u64> {
    httpdate::parse_http_date(value.to_str().ok()?).ok().map(seconds)
}

/// Dates in headers have whole seconds.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A response with a part of a file as its body, or only the length of it.
fn with_bytes(content: Content, start: u64, length: u64, is_head: bool) -> io::Result<Response> {
    let body = if is_head { Body::empty() } else { content.part(start, length)? };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_a_part() {
        for (header, first, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=2-4", 2, 4),
            ("Bytes=2-", 2, 9),
            ("bytes=-3", 7, 9),
            ("bytes=-30", 0, 9),
            ("bytes= 5-99", 5, 9),
            ("bytes=9-99999999999999999999999", 9, 9),
        ] {
            assert_eq!(parse_range(header, 10), Wanted::Part(first, last), "{header}");
        }
    }

    #[test]
    fn a_range_behind_the_end_is_refused_and_another_is_ignored() {
        for header in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(parse_range(header, 10), Wanted::OutOfRange, "{header}");
        }
        for header in [
            "bytes=",
            "bytes=-",
            "bytes=4-2",
            "bytes=0-1,3-4",
            "bytes=+1-2",
            "bytes=1-+2",
            "bytes=a-b",
            "lines=0-1",
            "bytes",
            "bytes=0--1",
            "",
        ] {
            assert_eq!(parse_range(header, 10), Wanted::Whole, "{header}");
        }
        assert_eq!(parse_range("bytes=0-", 0), Wanted::Whole);
    }
}
