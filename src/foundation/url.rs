//! Full URLs, from anywhere.

use std::sync::Arc;
use std::time::Duration;

use super::current::try_app;
use crate::error::BootProblem;
use crate::routing::{RouteParams, UrlError, UrlSigner, Urls};

/// The full URL of a path of this application: `url("/photos?page=2")` is `https://shop.test/photos?page=2`.
///
/// Scheme and host are those of the request that is being answered, through trusted proxies, else those of `url` in
/// `config/app.rs`. Whatever the path is, the URL is one of that host: unlike Laravel's, `url("https://elsewhere.test")`
/// is a path too. The URL of the request itself is [`HttpRequest::full_url`](crate::http::HttpRequest::full_url).
///
/// # Panics
/// Where no application has booted.
#[track_caller]
pub fn url(path: impl AsRef<str>) -> String {
    match urls() {
        Ok(urls) => urls.to(path.as_ref()),
        Err(error) => panic!("{error}"),
    }
}

/// The full URL of a named route: `route_url("photos.show", [("photo", 5)])` is `https://shop.test/photos/5`.
///
/// # Panics
/// As [`route`](crate::routing::route), but outside a request only where no application has booted.
#[track_caller]
pub fn route_url(name: &str, params: impl RouteParams) -> String {
    match try_route_url(name, params) {
        Ok(url) => url,
        Err(error) => panic!("{error}"),
    }
}

/// The full URL of a named route, or why there is none.
///
/// # Errors
/// As [`Urls::route`], and where no application has booted.
pub fn try_route_url(name: &str, params: impl RouteParams) -> Result<String, UrlError> {
    urls()?.route_url(name, params)
}

/// The full URL of a named route, with a signature that the middleware `signed` asks for:
/// `signed_route("leave", [("user", 5)])`.
///
/// It counts for as long as the application's key does. See [`UrlSigner`] for what it covers.
///
/// # Panics
/// As [`route_url`], when a parameter is `signature` or `expires`, and where `APP_KEY` is not set.
#[track_caller]
pub fn signed_route(name: &str, params: impl RouteParams) -> String {
    match try_route_url(name, params).and_then(|url| signer()?.sign(&url)) {
        Ok(url) => url,
        Err(error) => panic!("{error}"),
    }
}

/// As [`signed_route`], for a signature that counts for this long:
/// `temporary_signed_route("leave", Duration::from_secs(3600), [("user", 5)])`.
///
/// # Panics
/// As [`signed_route`].
#[track_caller]
pub fn temporary_signed_route(name: &str, lifetime: Duration, params: impl RouteParams) -> String {
    match try_route_url(name, params).and_then(|url| signer()?.sign_for(&url, lifetime)) {
        Ok(url) => url,
        Err(error) => panic!("{error}"),
    }
}

fn signer() -> Result<Arc<UrlSigner>, UrlError> {
    try_app().ok_or(UrlError::NoApplication)?.make::<UrlSigner>().map_err(|_| UrlError::NoKey)
}

fn urls() -> Result<Arc<Urls>, UrlError> {
    let urls = try_app().and_then(|app| app.make::<Urls>().ok());
    urls.ok_or(UrlError::NoApplication)
}

/// What full URLs begin with outside a request.
pub(super) fn root(url: &str, force_https: bool) -> Result<String, BootProblem> {
    let parsed = url.parse::<http::Uri>().ok();
    let named = parsed.as_ref().filter(|url| url.host().is_some_and(|host| !host.is_empty()));
    match named.and_then(|url| url.scheme_str()) {
        Some("http" | "https") if url.contains(['?', '#']) => {}
        Some("http") if force_https => return Ok(url.replacen("http", "https", 1)),
        Some("http" | "https") => return Ok(url.to_owned()),
        _ => {}
    }
    let what = format!("`url` is `{}`, which is not the URL of an application", url.escape_debug());
    Err(BootProblem::new("config/app.rs", what)
        .cure("write scheme and host, such as https://shop.example, in APP_URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_applications_url_has_a_scheme_and_a_host() {
        let root = |url| root(url, false).map_err(|problem| problem.to_string());
        for url in ["http://localhost:8000", "https://shop.test/app/"] {
            assert_eq!(root(url).as_deref(), Ok(url));
        }
        for url in ["", "shop.test", "/app", "ftp://shop.test", "https://", "https://shop.test?a=b"]
        {
            assert!(root(url).is_err_and(|problem| problem.contains("config/app.rs")), "{url}");
        }
    }

    #[test]
    fn https_can_be_forced() {
        assert_eq!(root("http://shop.test", true).ok().as_deref(), Some("https://shop.test"));
        assert_eq!(root("https://shop.test", true).ok().as_deref(), Some("https://shop.test"));
    }
}
