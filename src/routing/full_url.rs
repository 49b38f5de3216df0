//! URLs with scheme and host.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{RouteParams, UrlError, Urls};
use crate::http::try_request;

/// What cannot stand in a URL, and the backslash, which browsers read as a slash.
const ODD: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'|');

impl Urls {
    /// Scheme and host: those of the request that is being answered, else those of the application's URL.
    pub fn root(&self) -> String {
        let named = try_request().map(|req| req.root()).filter(|root| !root.is_empty());
        named.unwrap_or_else(|| self.root.clone())
    }

    /// The full URL of a path, which may have a query: `urls.to("/photos?page=2")`. Whatever the path is, the URL is one
    /// of this host.
    pub fn to(&self, path: &str) -> String {
        let path = path.trim_start_matches(['/', '\\']);
        let slash = if path.is_empty() { "" } else { "/" };
        format!("{}{slash}{}", self.root(), utf8_percent_encode(path, ODD))
    }

    /// The full URL of a named route.
    ///
    /// # Errors
    /// As [`Urls::route`].
    pub fn route_url(&self, name: &str, params: impl RouteParams) -> Result<String, UrlError> {
        let path = self.route(name, params)?;
        Ok(self.root() + if path == "/" { "" } else { &path })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::super::fill::tests::{check, values};
    use super::*;

    fn urls(root: &str) -> Urls {
        let names = HashMap::from([
            ("home".to_owned(), "/".to_owned()),
            ("page".to_owned(), "/{*x?}".to_owned()),
        ]);
        Urls::new(names, root)
    }

    #[test]
    fn outside_a_request_urls_begin_with_the_applications() {
        let urls = urls("https://shop.test/app/");
        for (path, url) in [
            ("/", "https://shop.test/app"),
            ("", "https://shop.test/app"),
            ("photos/5?page=2#top", "https://shop.test/app/photos/5?page=2#top"),
            ("?page=2", "https://shop.test/app/?page=2"),
            ("/café \\x", "https://shop.test/app/caf%C3%A9%20%5Cx"),
            ("//evil.test", "https://shop.test/app/evil.test"),
            ("https://evil.test", "https://shop.test/app/https://evil.test"),
        ] {
            assert_eq!(urls.to(path), url, "{path}");
        }
        assert_eq!(urls.route_url("home", ()).as_deref(), Ok("https://shop.test/app"));
        let page = urls.route_url("page", [("x", "a b"), ("q", "1")]);
        assert_eq!(page.as_deref(), Ok("https://shop.test/app/a%20b?q=1"));
    }

    proptest! {
        #[test]
        fn a_full_url_keeps_its_host(x in values()) {
            let urls = urls("http://h.test");
            let host = |url: &str| ::url::Url::parse(url).expect("a URL").host_str().map(str::to_owned);
            assert_eq!(host(&urls.to(&x)).as_deref(), Some("h.test"));
            if let Ok(url) = urls.route_url("page", [("x", &x)]) {
                assert_eq!(host(&url).as_deref(), Some("h.test"));
                check(if url == "http://h.test" { "/" } else { &url });
            }
        }
    }
}
