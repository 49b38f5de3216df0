//! Keeps one visitor's responses out of shared caches.

use http::header::{CACHE_CONTROL, Entry, HeaderValue, VARY};
use http::{HeaderMap, Uri};

/// Makes a response `private` and adds `Vary: Cookie` (RFC 9111, 4.1 and 5.2.2.7; OWASP Session Management, "Web
/// Content Caching").
///
/// Other directives stay, `no-store` alone is enough already. `public` and `s-maxage`, which would put one visitor's
/// page into a shared cache, are removed with a warning.
pub(crate) fn keep_private(headers: &mut HeaderMap, uri: &Uri) {
    // Nearly always an action sets neither: one look into the map for each is enough then.
    match headers.entry(VARY) {
        Entry::Vacant(vary) => drop(vary.insert(COOKIE)),
        Entry::Occupied(_) => {
            if !varies_by_cookie(headers) {
                headers.append(VARY, COOKIE);
            }
        }
    }
    match headers.entry(CACHE_CONTROL) {
        Entry::Vacant(control) => drop(control.insert(PRIVATE)),
        Entry::Occupied(_) => make_private(headers, uri),
    }
}

/// Whether a shared cache may keep the response and hand it to others.
pub(crate) fn is_for_shared_caches(headers: &HeaderMap) -> bool {
    entries(headers, &CACHE_CONTROL).any(is_shared)
}

const COOKIE: HeaderValue = HeaderValue::from_static("Cookie");
const PRIVATE: HeaderValue = HeaderValue::from_static("private");

#[cold]
fn make_private(headers: &mut HeaderMap, uri: &Uri) {
    let (shared, mut kept): (Vec<&str>, Vec<&str>) =
        entries(headers, &CACHE_CONTROL).partition(|entry| is_shared(entry));
    if !shared.is_empty() {
        tracing::warn!(
            path = uri.path(),
            "the response was to be `{}`, but its action used the session: it is sent as `private`; leave the session \
             alone on pages that shared caches may keep",
            shared.join(", ")
        );
    }
    if !kept.iter().any(|entry| is(entry, "private") || is(entry, "no-store")) {
        kept.push("private");
    }
    // It was a header's value before, and `private` is one.
    headers.insert(CACHE_CONTROL, HeaderValue::from_str(&kept.join(", ")).unwrap_or(PRIVATE));
}

fn varies_by_cookie(headers: &HeaderMap) -> bool {
    entries(headers, &VARY).any(|entry| is(entry, "cookie") || entry == "*")
}

fn is_shared(entry: &str) -> bool {
    is(entry, "public") || is(entry.split('=').next().unwrap_or_default().trim(), "s-maxage")
}

fn is(entry: &str, name: &str) -> bool {
    entry.eq_ignore_ascii_case(name)
}

/// The entries of a header in all its lines; a line that is not ASCII has none.
fn entries<'h>(headers: &'h HeaderMap, name: &http::HeaderName) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(before: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for line in before {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(line));
        }
        keep_private(&mut headers, &Uri::default());
        assert_eq!(headers.get_all(CACHE_CONTROL).iter().count(), 1, "{before:?}");
        headers[CACHE_CONTROL].to_str().expect("ASCII").to_owned()
    }

    #[test]
    fn directives_for_shared_caches_give_way_to_private_and_the_others_stay() {
        assert_eq!(sent(&[]), "private");
        assert_eq!(sent(&["max-age=60"]), "max-age=60, private");
        assert_eq!(sent(&["Public, max-age=60, s-maxage=600"]), "max-age=60, private");
        assert_eq!(sent(&["public", "S-MaxAge = 5, must-revalidate"]), "must-revalidate, private");
        assert_eq!(sent(&["private, max-age=5"]), "private, max-age=5");
        assert_eq!(sent(&["private=\"x-name\""]), "private=\"x-name\", private");
        assert_eq!(sent(&["no-store"]), "no-store");
        assert_eq!(sent(&["public, no-store"]), "no-store");
    }

    #[test]
    fn vary_names_the_cookie_once_beside_what_it_names_already() {
        for (before, after) in [
            (&[][..], &["Cookie"][..]),
            (&["Accept-Encoding"], &["Accept-Encoding", "Cookie"]),
            (&["accept, cookie"], &["accept, cookie"]),
            (&["*"], &["*"]),
        ] {
            let mut headers = HeaderMap::new();
            for line in before {
                headers.append(VARY, HeaderValue::from_static(line));
            }
            keep_private(&mut headers, &Uri::default());
            assert_eq!(headers.get_all(VARY).iter().collect::<Vec<_>>(), after);
        }
    }
}
