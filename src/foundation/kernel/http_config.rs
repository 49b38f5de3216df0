//! The options of `config/http.rs`.

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;

use crate::http::Limits;

/// The options of `config/http.rs`: what is accepted from visitors and proxies.
#[derive(Clone, Debug, Serialize)]
pub struct HttpConfig {
    /// The hosts that requests may name, with a leading dot for all subdomains; empty accepts every host.
    /// Behind no proxy, set it in production (OWASP ASVS 5.0, 4.1.3).
    pub trusted_hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed: addresses, ranges such as
    /// `10.0.0.0/8`, or `*` for whatever connects to this server. Empty believes nobody.
    ///
    /// The visitor's address is the rightmost entry of `X-Forwarded-For` that is not named here. `*` names none: with
    /// it alone, that is the last entry, which the connecting proxy has added. Use it only if nothing but the proxy
    /// can connect, and name the proxies before that one as well: `*,192.0.2.0/24`.
    pub trusted_proxies: Vec<String>,
    /// How much of a body is accepted.
    pub limits: Limits,
    /// The longest pause in a body. Default: 10 seconds.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub body_idle_timeout: Duration,
    /// The longest time that a body may take. Default: 60 seconds.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub body_timeout: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            trusted_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            limits: Limits::default(),
            body_idle_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(60),
        }
    }
}

impl HttpConfig {
    /// Whether the headers of whoever connected are believed.
    pub(super) fn trusts_peer(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|range| range == "*") || self.names_proxy(peer)
    }

    /// Whether an address is one of the proxies; `*` does not make it one, as a header may name any address.
    pub(super) fn names_proxy(&self, ip: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|range| in_range(ip, range))
    }

    /// Whether one of the trusted hosts is this; where none is named, all are.
    pub(super) fn trusts_host(&self, host: &str) -> bool {
        let name =
            host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(name, _)| name);
        self.trusted_hosts.is_empty()
            || self.trusted_hosts.iter().any(|trusted| match trusted.strip_prefix('.') {
                Some(domain) => {
                    name.eq_ignore_ascii_case(domain)
                        || name.to_ascii_lowercase().ends_with(&trusted.to_ascii_lowercase())
                }
                None => name.eq_ignore_ascii_case(trusted) || host.eq_ignore_ascii_case(trusted),
            })
    }
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether an address lies in `address` or `address/bits`.
fn in_range(peer: IpAddr, range: &str) -> bool {
    let (address, bits) = match range.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u32>().ok()),
        None => (range, Some(128)),
    };
    let (Ok(address), Some(bits)) = (address.parse::<IpAddr>(), bits) else { return false };
    match (peer.to_canonical(), address.to_canonical()) {
        (IpAddr::V4(peer), IpAddr::V4(network)) => {
            same_prefix(peer.to_bits().into(), network.to_bits().into(), bits.min(32) + 96)
        }
        (IpAddr::V6(peer), IpAddr::V6(network)) => {
            same_prefix(peer.to_bits(), network.to_bits(), bits)
        }
        _ => false,
    }
}

fn same_prefix(a: u128, b: u128, bits: u32) -> bool {
    let shift = 128 - bits.min(128);
    shift == 128 || (a >> shift) == (b >> shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_trusted_by_address_and_range() {
        let config = HttpConfig {
            trusted_proxies: vec!["10.0.0.0/8".into(), "192.0.2.1".into(), "2001:db8::/32".into()],
            ..HttpConfig::default()
        };
        let trusts = |ip: &str| config.trusts_peer(ip.parse().expect("an address"));
        assert!(
            trusts("10.200.1.1")
                && trusts("192.0.2.1")
                && trusts("2001:db8::1")
                && trusts("::ffff:10.1.1.1")
        );
        assert!(!trusts("11.0.0.1") && !trusts("192.0.2.2") && !trusts("2001:db9::1"));
        assert!(!HttpConfig::default().trusts_peer("127.0.0.1".parse().expect("an address")));
    }

    #[test]
    fn hosts_are_trusted_with_their_port_and_subdomains() {
        let config = HttpConfig {
            trusted_hosts: vec!["a.test".into(), ".b.test".into()],
            ..HttpConfig::default()
        };
        assert!(
            config.trusts_host("a.test:8000")
                && config.trusts_host("A.TEST")
                && config.trusts_host("x.b.test")
        );
        assert!(
            !config.trusts_host("x.a.test")
                && !config.trusts_host("evilb.test")
                && !config.trusts_host("")
        );
    }
}
