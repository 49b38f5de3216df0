//! A browser's cookies, as far as tests need them.

use std::collections::BTreeMap;

use cookie::Cookie;

/// The cookies of a visitor, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Jar(BTreeMap<String, Cookie<'static>>);

impl Jar {
    /// Takes a `Set-Cookie` as a browser does: one that a browser would drop is dropped.
    pub(super) fn take(&mut self, header: &str) {
        let Ok(cookie) = Cookie::parse_encoded(header.to_owned()) else { return };
        let name = cookie.name().to_owned();
        let host = name.starts_with("__Host-");
        let sound = cookie.secure() == Some(true)
            && cookie.path() == Some("/")
            && cookie.domain().is_none();
        if host && !sound {
            return;
        }
        let gone = cookie.max_age().is_some_and(|age| age.is_zero() || age.is_negative());
        if gone {
            self.0.remove(&name);
        } else {
            self.0.insert(name, cookie);
        }
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), Cookie::new(name.to_owned(), value.to_owned()));
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Cookie::value)
    }

    /// The `Cookie` header for a path.
    pub(super) fn header(&self, path: &str) -> Option<String> {
        let fits = |cookie: &&Cookie<'_>| {
            cookie.path().is_none_or(|prefix| {
                prefix == "/"
                    || path == prefix
                    || path.starts_with(&format!("{}/", prefix.trim_end_matches('/')))
            })
        };
        let pairs: Vec<String> = self
            .0
            .values()
            .filter(fits)
            .map(|cookie| Cookie::new(cookie.name(), cookie.value()).encoded().to_string())
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
