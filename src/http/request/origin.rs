//! Whether a request comes from a page of this application.

use http::header::{HeaderName, ORIGIN, REFERER};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};

use super::super::is_local;
use super::HttpRequest;

/// Where a request comes from, by what the browser says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provenance {
    /// A page of this origin, or the visitor.
    Own,
    /// A page of another origin.
    Elsewhere,
    /// Nobody says.
    Unknown,
}

impl HttpRequest {
    /// Where the request comes from. `Origin: null` says nothing: browsers send it for forms of this origin too, if its pages
    /// have the policy `no-referrer`.
    pub(crate) fn provenance(&self) -> Provenance {
        let origin = self.headers().get(ORIGIN);
        if !self.headers().contains_key("sec-fetch-site") && origin.is_none_or(|o| o == "null") {
            return Provenance::Unknown;
        }
        if self.is_same_origin(&ORIGIN) { Provenance::Own } else { Provenance::Elsewhere }
    }

    /// Whether the request comes from this origin, by `Sec-Fetch-Site` and else by its `Origin` or `Referer`, which
    /// `source` names. A request that has neither was not made by a page of another site.
    pub(crate) fn is_same_origin(&self, source: &HeaderName) -> bool {
        match self.header("sec-fetch-site") {
            // `none` is the visitor's own doing: the address bar, a bookmark.
            Some(site) => matches!(site, "same-origin" | "none"),
            None => self.headers().get(source).is_none_or(|value| self.has_origin(value)),
        }
    }

    /// The page of this origin that the request comes from, as a path with its query.
    pub(crate) fn same_origin_referer(&self) -> Option<String> {
        let referer: Uri = self.header(REFERER.as_str())?.parse().ok()?;
        referer.scheme()?;
        let path = referer.path_and_query()?.as_str();
        (self.is_same_origin(&REFERER) && is_local(path)).then(|| path.to_owned())
    }

    /// Whether a URL that the browser sent is of this application.
    ///
    /// A page over https may lead to a request that we see as http: a proxy ended TLS and is not in
    /// `trusted_proxies`. The reverse is another origin.
    fn has_origin(&self, url: &HeaderValue) -> bool {
        let Ok(url) = Uri::try_from(url.as_bytes()) else { return false };
        let (Some(scheme), Some(page)) = (url.scheme(), url.authority()) else { return false };
        let Ok(own) = self.host().parse::<Authority>() else { return false };
        let Some(default) = default_port(scheme.as_str()) else { return false };
        let own_default = default_port(self.scheme());
        let own_port = own.port_u16().filter(|port| *port != default && Some(*port) != own_default);
        (*scheme == Scheme::HTTPS || !self.is_secure())
            && page.host().eq_ignore_ascii_case(own.host())
            && page.port_u16().filter(|port| *port != default) == own_port
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_same(scheme: &'static str, host: &'static str, origin: &'static str) -> bool {
        let headers = [("host", host), ("origin", origin), ("referer", origin)];
        let req = HttpRequest::get_over(scheme, &headers);
        let answer = req.is_same_origin(&ORIGIN);
        assert_eq!(req.same_origin_referer().is_some(), answer, "{scheme} {host} {origin}");
        answer
    }

    #[test]
    fn the_browser_is_believed_about_where_a_request_comes_from() {
        let from = |headers: &[(&'static str, &'static str)]| {
            let host = [("host", "a.test:8000")];
            HttpRequest::get(&[&host, headers].concat()).provenance()
        };
        for own in [
            &[("sec-fetch-site", "same-origin"), ("origin", "null")][..],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://a.test:8000")],
            // Sent for other things than forms; the site is what counts.
            &[("sec-fetch-site", "same-origin"), ("origin", "http://evil.test")],
        ] {
            assert_eq!(from(own), Provenance::Own, "{own:?}");
        }
        for elsewhere in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "null")],
            &[("sec-fetch-site", "cross-site"), ("origin", "http://a.test:8000")],
            &[("sec-fetch-site", "Same-Origin")],
            &[("sec-fetch-site", "")],
            &[("origin", "http://a.test")],
            &[("origin", "http://evil.test:8000")],
            &[("origin", "NULL")],
            &[("origin", "")],
        ] {
            assert_eq!(from(elsewhere), Provenance::Elsewhere, "{elsewhere:?}");
        }
        assert_eq!(from(&[]), Provenance::Unknown);
        assert_eq!(from(&[("origin", "null")]), Provenance::Unknown);
        assert_eq!(from(&[("referer", "http://a.test:8000/")]), Provenance::Unknown);
    }

    #[test]
    fn hosts_are_compared_without_the_default_port() {
        for (scheme, host, origin) in [
            ("http", "shop.example", "http://shop.example"),
            ("http", "shop.example", "http://SHOP.example:80"),
            ("http", "shop.example:80", "http://shop.example"),
            ("https", "shop.example:443", "https://shop.example"),
            ("https", "shop.example", "https://shop.example:443"),
            ("http", "[::1]:8000", "http://[::1]:8000"),
        ] {
            assert!(is_same(scheme, host, origin), "{scheme} {host} {origin}");
        }
        for (scheme, host, origin) in [
            ("http", "shop.example", "http://shop.example:8000"),
            ("http", "shop.example:8000", "http://shop.example"),
            ("https", "shop.example:80", "https://shop.example"),
            ("http", "shop.example", "http://evil.test"),
            ("http", "shop.example", "http://shop.example@evil.test"),
            ("http", "shop.example", "null"),
            ("http", "shop.example", "shop.example"),
            ("http", "shop.example", "ftp://shop.example"),
            ("http", "", "http://shop.example"),
        ] {
            assert!(!is_same(scheme, host, origin), "{scheme} {host} {origin}");
        }
    }

    #[test]
    fn a_proxy_may_have_ended_tls_but_a_page_without_it_is_another_origin() {
        assert!(is_same("http", "shop.example", "https://shop.example"));
        assert!(is_same("http", "shop.example:443", "https://shop.example"));
        assert!(is_same("http", "shop.example:80", "https://shop.example"));
        assert!(!is_same("http", "shop.example", "https://shop.example:8443"));
        assert!(!is_same("https", "shop.example", "http://shop.example"));
    }

    #[test]
    fn what_the_browser_says_of_the_site_comes_first() {
        let from = |site: &'static str, referer: &'static str| {
            let headers = [("host", "inner:8080"), ("sec-fetch-site", site), ("referer", referer)];
            HttpRequest::get(&headers).same_origin_referer()
        };
        let page = "https://shop.example/form?a=1";
        assert_eq!(from("same-origin", page).as_deref(), Some("/form?a=1"));
        assert_eq!(from("cross-site", "http://inner:8080/form"), None);
        assert_eq!(from("same-site", "http://inner:8080/form"), None);
        assert_eq!(from("same-origin", "https://shop.example//evil.test"), None);
        assert_eq!(from("same-origin", "/form"), None);
    }
}
