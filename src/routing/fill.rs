//! Putting values into the places of a URL.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::UrlError;
use super::pattern::{Kind, Part};

/// What stands unencoded in a segment (RFC 3986, 3.3); a slash does not.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@')
    .remove(b':')
    .remove(b',')
    .remove(b'=')
    .remove(b'+')
    .remove(b'!')
    .remove(b'*');

/// The same for the text of a pattern, which has slashes.
pub(super) const PATH: &AsciiSet = &SEGMENT.remove(b'/');

/// Puts values into the places of a URL. `name` is what errors call it.
///
/// Browsers read the URL as it was written: its host and its literal segments are the same for all values, and a value
/// that is not a wildcard's is one segment.
pub(super) fn fill(
    name: &str,
    parts: &[Part],
    mut value_of: impl FnMut(&str) -> Option<String>,
) -> Result<String, UrlError> {
    let mut url = String::new();
    let mut missing = Vec::new();
    // Whether the last segment so far is the place of an absent value.
    let mut absent = false;
    for part in parts {
        let (parameter, kind) = match part {
            Part::Literal(text) => {
                // Two slashes at the beginning would be followed by a host.
                url.push_str(text.strip_prefix('/').filter(|_| absent).unwrap_or(text));
                absent = false;
                continue;
            }
            Part::Parameter { name, kind } => (name, *kind),
        };
        let value = value_of(parameter).unwrap_or_default();
        if value.split(['/', '\\']).any(|segment| matches!(segment, "." | "..")) {
            let (name, parameter) = (name.to_owned(), parameter.clone());
            return Err(UrlError::DotSegment { name, parameter });
        }
        if value.is_empty() && !kind.is_optional() {
            missing.push(parameter.clone());
        }
        absent = value.is_empty() && url.ends_with('/');
        push_value(&mut url, &value, kind);
    }
    if !missing.is_empty() {
        return Err(UrlError::Missing { name: name.to_owned(), parameters: missing });
    }
    if absent && url.len() > 1 {
        url.pop();
    }
    Ok(url)
}

/// Adds a value as one segment, or a wildcard's as several.
fn push_value(url: &mut String, mut value: &str, kind: Kind) {
    if !kind.is_wildcard() {
        return url.extend(utf8_percent_encode(value, SEGMENT));
    }
    // As above. The router reads this slash as a part of the value, too.
    if let Some(rest) = value.strip_prefix('/').filter(|_| url == "/") {
        url.push_str("%2F");
        value = rest;
    }
    for (index, segment) in value.split('/').enumerate() {
        url.push_str(if index > 0 { "/" } else { "" });
        url.extend(utf8_percent_encode(segment, SEGMENT));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::pattern::Pattern;
    use super::*;

    /// Values that browsers, proxies and file systems have their own opinion of, and others.
    pub(in crate::routing) fn values() -> impl Strategy<Value = String> {
        let odd = r"(/|\\|\.|\.\.|%2e|%2F|%5C|evil\.test|:|@|\?|#|;|\||\t|\n|[a-z]){0,6}";
        prop_oneof![odd, any::<String>()]
    }

    /// Checks that a browser takes a URL as it was written.
    pub(in crate::routing) fn check(url: &str) {
        let base = ::url::Url::parse("http://h.test/a/b?c#d").expect("a URL");
        let read = base.join(url).expect("a URL");
        assert_eq!(read.host_str(), Some("h.test"), "{url}");
        assert_eq!((read.username(), read.password(), read.port()), ("", None, None), "{url}");
        let path = url.trim_start_matches("http:").strip_prefix("//h.test").unwrap_or(url);
        assert_eq!(read.path(), path.split(['?', '#']).next().expect("one part"), "{url}");
    }

    proptest! {
        #[test]
        fn a_url_is_read_as_it_was_written(x in values(), y in values()) {
            for uri in [
                "/{x}", "/{x?}", "/u/{x}/delete", "/{x}/{y}", "/{x}/{y?}", "/f/{x}.png", "/.{x}", "/u.{x}/{y?}",
                "/{*x}", "/files/{*x}", "/{x}/{*y}", "/{x?}/{y?}", "/{*x?}", "/{x}/{*y?}", "/f/{x}.{y}",
            ] {
                let pattern = Pattern::parse(uri).expect("a pattern");
                let value = |name: &str| Some(if name == "x" { x.clone() } else { y.clone() });
                let values = [&x, &y].map(|value| value.split(['/', '\\']).collect::<Vec<_>>());
                match fill("name", &pattern.parts, value) {
                    Ok(url) => {
                        check(&url);
                        if !uri.contains('*') && !uri.contains('?') {
                            prop_assert_eq!(url.matches('/').count(), uri.matches('/').count());
                        }
                        let Some(Part::Literal(start)) = pattern.parts.first() else { unreachable!() };
                        let start = if uri.contains('?') { start.trim_end_matches('/') } else { start };
                        prop_assert!(url.starts_with(start), "{} does not begin with {}", url, start);
                    }
                    Err(UrlError::Missing { .. }) => prop_assert!(x.is_empty() || y.is_empty()),
                    Err(UrlError::DotSegment { .. }) => {
                        prop_assert!(values.concat().iter().any(|segment| matches!(*segment, "." | "..")));
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
}
