//! Which hosts a request may name, and whose `X-Forwarded-*` headers are believed.

use std::net::IpAddr;

use ipnet::IpNet;

use super::HttpConfig;
use crate::error::BootProblem;

/// `trusted_hosts` and `trusted_proxies` of `config/http.rs`, parsed.
#[derive(Debug)]
pub(crate) struct Trust {
    /// Empty for every host.
    hosts: Vec<String>,
    /// Whether the hosts are those of a developer's machine, which nobody has named.
    pub(super) local: bool,
    /// Whether the headers of whoever connects are believed.
    peer: bool,
    proxies: Vec<IpNet>,
    /// Whether every request counts as encrypted.
    pub(super) force_https: bool,
}

impl Trust {
    /// # Errors
    /// Every entry that is neither an address nor a range.
    pub(crate) fn new(config: &HttpConfig) -> Result<Self, Vec<BootProblem>> {
        let mut trust = Self {
            hosts: config.trusted_hosts.clone(),
            local: false,
            peer: false,
            proxies: Vec::new(),
            force_https: config.force_https,
        };
        let mut problems = Vec::new();
        for entry in &config.trusted_proxies {
            match (entry.as_str(), entry.parse::<IpNet>(), entry.parse::<IpAddr>()) {
                ("*", ..) => trust.peer = true,
                (_, Ok(range), _) => trust.proxies.push(range),
                (_, _, Ok(address)) => trust.proxies.push(address.to_canonical().into()),
                _ => problems.push(
                    BootProblem::new(
                        "config/http.rs",
                        format!(
                            "`trusted_proxies` has `{}`, which is neither an address nor a range",
                            entry.escape_debug()
                        ),
                    )
                    .cure("write addresses, ranges such as 10.0.0.0/8, or * in TRUSTED_PROXIES"),
                ),
            }
        }
        if problems.is_empty() { Ok(trust) } else { Err(problems) }
    }

    /// Where no host is named: those at which a developer's machine is reached by itself, and that of APP_URL. Another
    /// site's name that leads to this machine (DNS rebinding) would make the application's pages readable to that site.
    #[must_use]
    pub(crate) fn or_local(mut self, url: &str) -> Self {
        if self.hosts.is_empty() {
            self.local = true;
            self.hosts = [".localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into();
            let url = url.parse::<http::Uri>().ok();
            self.hosts.extend(url.as_ref().and_then(http::Uri::host).map(str::to_owned));
        }
        self
    }

    /// Whether the headers of whoever connected are believed.
    pub(super) fn trusts_peer(&self, peer: IpAddr) -> bool {
        self.peer || self.names_proxy(peer)
    }

    /// Whether an address is one of the proxies; `*` does not make it one, as a header may name any address.
    pub(super) fn names_proxy(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.proxies.iter().any(|range| range.contains(&ip))
    }

    /// Whether not every host is trusted.
    pub(super) fn names_hosts(&self) -> bool {
        !self.hosts.is_empty() && !self.hosts.iter().any(|host| host == "*")
    }

    /// Whether one of the trusted hosts is this.
    pub(super) fn trusts_host(&self, host: &str) -> bool {
        let name =
            host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(name, _)| name);
        self.hosts.iter().any(|trusted| match trusted.strip_prefix('.') {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(entries: &[&str]) -> Result<Trust, Vec<BootProblem>> {
        let trusted_proxies = entries.iter().map(|entry| (*entry).to_owned()).collect();
        Trust::new(&HttpConfig { trusted_proxies, ..HttpConfig::default() })
    }

    #[test]
    fn proxies_are_trusted_by_address_and_range() {
        let trust = proxies(&["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::ffff:198.51.100.7"]);
        let trust = trust.expect("they parse");
        let trusts = |ip: &str| trust.trusts_peer(ip.parse().expect("an address"));
        for ip in ["10.200.1.1", "192.0.2.1", "2001:db8::1", "::ffff:10.1.1.1", "198.51.100.7"] {
            assert!(trusts(ip), "{ip}");
        }
        for ip in ["11.0.0.1", "192.0.2.2", "2001:db9::1", "198.51.100.8"] {
            assert!(!trusts(ip), "{ip}");
        }
        let nobody = proxies(&[]).expect("it parses");
        assert!(!nobody.trusts_peer("127.0.0.1".parse().expect("an address")));
    }

    #[test]
    fn an_entry_that_is_neither_address_nor_range_keeps_the_application_from_starting() {
        let wrong = ["10.0.0.0/33", "proxy.internal", "10.0.0", "", "**", "10.0.0.1:80", "10/8"];
        let problems = proxies(&wrong).expect_err("none parses");
        assert_eq!(problems.len(), wrong.len());
        assert!(problems[1].to_string().contains("`proxy.internal`"), "{}", problems[1]);
    }

    #[test]
    fn hosts_are_trusted_with_their_port_and_subdomains() {
        let trusted_hosts = vec!["a.test".into(), ".b.test".into()];
        let trust = Trust::new(&HttpConfig { trusted_hosts, ..HttpConfig::default() });
        let trust = trust.expect("nothing to parse");
        for host in ["a.test:8000", "A.TEST", "x.b.test"] {
            assert!(trust.trusts_host(host), "{host}");
        }
        for host in ["x.a.test", "evilb.test", ""] {
            assert!(!trust.trusts_host(host), "{host}");
        }
    }

    #[test]
    fn a_developers_machine_trusts_its_own_names_and_the_host_of_its_url() {
        let with = |hosts: &[&str]| {
            let trusted_hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
            let trust = Trust::new(&HttpConfig { trusted_hosts, ..HttpConfig::default() });
            trust.expect("nothing to parse").or_local("http://blog.test:8000/app")
        };
        let own = with(&[]);
        for host in
            ["localhost", "a.localhost:80", "127.0.0.1:8000", "[::1]:8000", "[::1]", "blog.test"]
        {
            assert!(own.names_hosts() && own.trusts_host(host), "{host}");
        }
        for host in
            ["evil.test", "x.blog.test", "127.0.0.1.evil.test", "evillocalhost", "192.0.2.1", ""]
        {
            assert!(!own.trusts_host(host), "{host}");
        }
        assert!(!with(&["a.test"]).trusts_host("localhost"), "what is named replaces the default");
        assert!(!with(&["*"]).names_hosts(), "every host, when somebody says so");
    }
}
