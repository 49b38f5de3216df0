//! What trusted proxies report of a request: the `X-Forwarded-*` headers.
//!
//! Each proxy adds an entry at the right end of a list. The visitor's address is the rightmost one that is not a proxy
//! of ours; scheme, host, port and prefix are taken from the entries that the same proxy has added. What stands left of
//! them anyone can write.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};

use super::guard::is_host;
use super::trust::Trust;
use crate::http::Arrival;

/// Corrects a request's arrival by the headers of a trusted proxy.
pub(super) fn apply(arrival: &mut Arrival, headers: &HeaderMap, trust: &Trust) {
    let hop = match visitor(headers, trust) {
        Some((ip, hop)) => {
            arrival.ip = Some(ip);
            hop
        }
        None => 0,
    };
    if let Some(proto) = at(headers, "x-forwarded-proto", hop) {
        arrival.scheme = if proto.eq_ignore_ascii_case("https") { "https" } else { "http" };
    }
    if let Some(host) = at(headers, "x-forwarded-host", hop).filter(|host| is_host(host.as_bytes()))
    {
        arrival.host = Some(host.to_owned());
    }
    if let Some(port) = at(headers, "x-forwarded-port", hop).and_then(|port| port.parse().ok()) {
        let host = with_port(arrival.host(headers), port);
        arrival.host = Some(host);
    }
    arrival.prefix = at(headers, "x-forwarded-prefix", hop).and_then(prefix);
}

/// The address of the visitor, and the place of its entry, counted from the right.
fn visitor(headers: &HeaderMap, trust: &Trust) -> Option<(IpAddr, usize)> {
    let mut last = None;
    for (hop, text) in entries(headers, "x-forwarded-for").rev().enumerate() {
        let Some(ip) = address(text) else { break };
        last = Some((ip, hop));
        if !trust.names_proxy(ip) {
            break;
        }
    }
    last
}

/// An address, which some proxies write with its port: `203.0.113.7:51234`, `[2001:db8::7]:443`.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let ip = match bracketed.parse::<IpAddr>() {
        Ok(ip) => ip,
        Err(_) => text.parse::<SocketAddr>().ok()?.ip(),
    };
    Some(ip.to_canonical())
}

/// The entry of a hop; the leftmost one of a list that is shorter, as a proxy may replace a header or pass it on.
fn at<'h>(headers: &'h HeaderMap, name: &'static str, hop: usize) -> Option<&'h str> {
    entries(headers, name).rev().take(hop + 1).last()
}

/// The entries of a header in all its lines. One that is not UTF-8 is empty and not left out: what a visitor wrote must
/// not hide what a proxy has added to the same line.
fn entries<'h>(
    headers: &'h HeaderMap,
    name: &'static str,
) -> impl DoubleEndedIterator<Item = &'h str> {
    headers
        .get_all(HeaderName::from_static(name))
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|entry| std::str::from_utf8(entry).unwrap_or_default().trim())
}

/// A host with another port. The default ports are left out, whatever the scheme: a proxy that ends TLS for another one
/// often has 80 here for an https URL.
fn with_port(host: &str, port: u16) -> String {
    let end = host.rfind(']').unwrap_or(0);
    let name = match host[end..].find(':') {
        Some(colon) => &host[..end + colon],
        None => host,
    };
    if matches!(port, 0 | 80 | 443) { name.to_owned() } else { format!("{name}:{port}") }
}

/// The path below which the proxy has the application, without a slash at its end: `/app`.
fn prefix(text: &str) -> Option<Box<str>> {
    let path = text.trim_end_matches('/');
    let plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    // One empty segment at the beginning would be followed by a host.
    path.strip_prefix('/')?.split('/').all(plain).then(|| path.into())
}
