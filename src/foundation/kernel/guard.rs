//! What hyper lets through and the kernel does not.
//!
//! hyper accepts requests without a Host, with two, with an absolute target that names another host, with
//! `//`, dot segments and encoded control characters in the path. Each is decided here, before a
//! route is looked up (RFC 9112, 3.2; OWASP ASVS 5.0, 4.2).

use std::net::SocketAddr;

use http::header::{CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, Method, Version};
use percent_encoding::percent_decode_str;

use super::forwarded;
use super::trust::Trust;
use crate::http::{Arrival, Encrypted};
use crate::routing::ENCODED_SLASH;

/// Why a request is refused before it reaches the application.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) why: &'static str,
}

fn refuse<T>(status: u16, why: &'static str) -> Result<T, Refused> {
    Err(Refused { status, why })
}

/// For a developer who asks for the machine by another name.
const NOT_LOCAL: &str =
    "with APP_ENV=local, this host is served only if TRUSTED_HOSTS names it; * is every host";

/// The longest target that is looked at.
const MAX_TARGET: usize = 8 << 10;

/// Checks a request's head and reads host, scheme, path and the visitor's address from it.
pub(super) fn admit(
    parts: &Parts,
    peer: Option<SocketAddr>,
    trust: &Trust,
) -> Result<Arrival, Refused> {
    if matches!(parts.method, Method::TRACE | Method::CONNECT) {
        return refuse(405, "this method is not served");
    }
    if parts.uri.path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET) {
        return refuse(414, "the target is too long");
    }
    let path = path(parts)?;
    let shown = |path: &String| path.replace(ENCODED_SLASH, "%2F").into_boxed_str();
    let mut arrival = Arrival {
        shown_path: path.as_ref().filter(|path| path.contains(ENCODED_SLASH)).map(shown),
        path,
        host: host(parts)?,
        scheme: if parts.extensions.get::<Encrypted>().is_some() { "https" } else { "http" },
        ip: peer.map(|peer| peer.ip().to_canonical()),
        prefix: None,
    };
    if peer.is_some_and(|peer| trust.trusts_peer(peer.ip())) {
        forwarded::apply(&mut arrival, &parts.headers, trust);
    }
    if trust.force_https {
        arrival.scheme = "https";
    }
    if trust.names_hosts() && !trust.trusts_host(arrival.host(&parts.headers)) {
        return refuse(421, if trust.local { NOT_LOCAL } else { "this host is not served here" });
    }
    Ok(arrival)
}

/// Checks the head of a request that has a body.
pub(super) fn admit_body(headers: &HeaderMap) -> Result<(), Refused> {
    if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
        // Two lengths are how requests are smuggled past a proxy (RFC 9112, 6.1). hyper never shows us both: it
        // goes by Transfer-Encoding, drops the other and closes after the answer. Other servers may not.
        return refuse(400, "both Transfer-Encoding and Content-Length");
    }
    let codings = headers.get_all(TRANSFER_ENCODING);
    if codings.iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        // hyper takes the chunks apart and nothing else: the body would still be compressed (RFC 9112, 6.1).
        return refuse(501, "no Transfer-Encoding but chunked is served");
    }
    Ok(())
}

/// Checks that the request names one host; gives it where it is not what the `Host` header says.
fn host(parts: &Parts) -> Result<Option<String>, Refused> {
    if parts.uri.scheme_str().is_some_and(|scheme| !matches!(scheme, "http" | "https")) {
        return refuse(400, "the target has another scheme than http or https");
    }
    let mut hosts = parts.headers.get_all(HOST).into_iter();
    let named = hosts.next();
    if hosts.next().is_some() {
        return refuse(400, "more than one Host");
    }
    let named = named.map(HeaderValue::as_bytes);
    if named.is_some_and(|host| !is_host(host)) {
        return refuse(400, "the Host is malformed");
    }
    match (parts.uri.authority(), named) {
        (None, Some(_)) => Ok(None),
        (Some(authority), Some(host))
            if authority.as_str().as_bytes().eq_ignore_ascii_case(host) =>
        {
            Ok(None)
        }
        // HTTP/2 names the host in the target alone.
        (Some(authority), None) if parts.version >= Version::HTTP_2 => {
            Ok(Some(authority.as_str().to_owned()))
        }
        (Some(_), _) => refuse(400, "the target names another host than the Host header"),
        (None, None) if parts.version == Version::HTTP_10 => Ok(None),
        (None, None) => refuse(400, "no Host"),
    }
}

pub(super) fn is_host(host: &[u8]) -> bool {
    /// A table, since this is asked of every byte of every request's host.
    const ALLOWED: [bool; 256] = {
        let mut allowed = [false; 256];
        let (mut byte, marks) = (0, b"-._:[]~");
        while byte < 256 {
            allowed[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut mark = 0;
        while mark < marks.len() {
            allowed[marks[mark] as usize] = true;
            mark += 1;
        }
        allowed
    };
    let allowed = host.len() <= 255 && host.iter().all(|byte| ALLOWED[usize::from(*byte)]);
    let end = if host.starts_with(b"[") {
        host.iter().position(|byte| *byte == b']').map_or(0, |end| end + 1)
    } else {
        host.iter().position(|byte| matches!(byte, b':' | b'[' | b']')).unwrap_or(host.len())
    };
    allowed && end > 0 && is_port_or_none(&host[end..])
}

/// Whether this is all that may follow the name of a host.
fn is_port_or_none(rest: &[u8]) -> bool {
    match rest {
        [] => true,
        [b':', port @ ..] => port.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The path as routes see it, decoded once; `None` where that is the target's path as it stands.
///
/// It has no control character and no segment `.` or `..`, not even behind an encoded slash or a backslash. It may have
/// empty segments and backslashes, and a parameter may be an absolute path (`/files//etc`, `/files/%2fetc`): whoever
/// makes a file's path of one uses [`download_from`](crate::http::download_from). A redirect encodes a backslash.
fn path(parts: &Parts) -> Result<Option<String>, Refused> {
    let raw = parts.uri.path();
    if raw == "*" && parts.method == Method::OPTIONS {
        return Ok(None);
    }
    if !raw.starts_with('/') {
        return refuse(400, "the target is no path");
    }
    if is_plain(raw) {
        return Ok(None);
    }
    let decoded = decode(raw)?;
    if decoded.starts_with("//") {
        // Browsers read this as the start of another host; a redirect to such a path would leave the site.
        return refuse(400, "the path has an empty first segment");
    }
    if decoded.split(['/', '\\']).any(|segment| segment == "." || segment == "..") {
        return refuse(400, "the path has dot segments");
    }
    let trimmed = decoded.trim_end_matches('/').len().max(1);
    let mut path = decoded;
    path.truncate(trimmed);
    Ok(Some(path))
}

/// Whether a path is taken as it stands: nothing to decode, no empty segment, no segment that begins with a dot, no
/// slash at its end. Nearly all are, and one look tells. The byte C2 begins the control characters U+0080 to U+009F.
fn is_plain(raw: &str) -> bool {
    let mut before = 0;
    for byte in raw.bytes() {
        let odd =
            matches!(byte, b'%' | b'\\' | 0xc2) || (before == b'/' && matches!(byte, b'/' | b'.'));
        if odd {
            return false;
        }
        before = byte;
    }
    before != b'/' || raw.len() == 1
}

fn decode(raw: &str) -> Result<String, Refused> {
    if !raw.contains('%') {
        // hyper lets U+0080 to U+009F through.
        if raw.chars().any(char::is_control) {
            return refuse(400, "the path has control characters");
        }
        return Ok(raw.to_owned());
    }
    let mut segments = raw.split('/').map(|segment| percent_decode_str(segment).decode_utf8());
    let mut decoded = String::with_capacity(raw.len());
    segments.next();
    for segment in segments {
        let Ok(segment) = segment else { return refuse(400, "the path is not UTF-8") };
        if segment.chars().any(char::is_control) {
            return refuse(400, "the path has control characters");
        }
        decoded.push('/');
        decoded.extend(segment.chars().map(|c| if c == '/' { ENCODED_SLASH } else { c }));
    }
    // `..%2f..` is as much a climb as `../..`, and so is `..%5c..` on Windows.
    if decoded.split(['/', '\\', ENCODED_SLASH]).any(|segment| segment == "." || segment == "..") {
        return refuse(400, "the path has dot segments");
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests;
