//! URLs that only this application can have made.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::byte_serialize;
use percent_encoding::percent_decode;

use super::UrlError;
use crate::encryption::{Keyring, Signer};
use crate::http::HttpRequest;
use crate::support::Clock;

const SIGNATURE: &str = "signature";
const EXPIRES: &str = "expires";

/// Signs URLs of this application, and recognises them when they are asked for: the way out of a newsletter, an invitation.
///
/// It is in the container; [`signed_route`](crate::foundation::signed_route) and the middleware `signed` use it. The signature
/// is an HMAC-SHA256 under `APP_KEY`, and those of `APP_PREVIOUS_KEYS` still count.
///
/// It covers the host, the path and the query, in any order of its parameters. It does not cover the scheme, which a proxy may
/// have changed. A URL without a host is signed as it is, for the middleware `signed:relative`.
///
/// ```
/// # use std::time::Duration;
/// use lunox::prelude::*;
/// use lunox::routing::UrlSigner;
///
/// fn link(app: &Application) -> Result<String> {
///     let signer = app.make::<UrlSigner>()?;
///     Ok(signer.sign_for(&url("/report?month=5"), Duration::from_secs(3600))?)
/// }
/// ```
///
/// Who has a signed URL can use it, and pass it on, until it expires. What may happen only once has to be noted down.
pub struct UrlSigner {
    signer: Signer,
    clock: Arc<dyn Clock>,
}

/// Why a request does not have the signature that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsigned {
    Invalid,
    Expired,
}

impl fmt::Display for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "this link is not valid",
            Self::Expired => "this link has expired",
        })
    }
}

impl UrlSigner {
    pub(crate) fn new(keys: &Keyring, clock: Arc<dyn Clock>) -> Self {
        Self { signer: keys.signer("signed urls"), clock }
    }

    /// The URL with a signature that counts for as long as the key does.
    ///
    /// # Errors
    /// When the URL has a parameter `signature` or `expires`.
    pub fn sign(&self, url: &str) -> Result<String, UrlError> {
        self.sign_until(url, None)
    }

    /// The URL with a signature that counts for this long.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn sign_for(&self, url: &str, lifetime: Duration) -> Result<String, UrlError> {
        let expires = self.clock.unix().saturating_add(lifetime.as_secs());
        self.sign_until(url, Some(expires))
    }

    fn sign_until(&self, url: &str, expires: Option<u64>) -> Result<String, UrlError> {
        let (url, fragment) =
            url.split_once('#').map_or((url, None), |(url, end)| (url, Some(end)));
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut pairs = pairs(query);
        if let Some(name) = [SIGNATURE, EXPIRES].into_iter().find(|name| has(&pairs, name)) {
            return Err(UrlError::Reserved(name));
        }
        let mut signed = url.to_owned();
        if let Some(expires) = expires {
            let expires = expires.to_string();
            signed = with(&signed, EXPIRES, &expires);
            pairs.push((EXPIRES.into(), expires.into()));
        }
        let (host, path) = split(place);
        let signature = self.signer.sign(&message(host, path, pairs));
        signed = with(&signed, SIGNATURE, &URL_SAFE_NO_PAD.encode(signature));
        Ok(fragment.map_or(signed.clone(), |fragment| format!("{signed}#{fragment}")))
    }

    /// Whether a request asks for a URL that was signed, and is still valid. `ignored` are parameters that others may have
    /// added to it.
    pub(crate) fn check(
        &self,
        req: &HttpRequest,
        relative: bool,
        ignored: &[String],
    ) -> Result<(), Unsigned> {
        let mut pairs = pairs(req.uri().query().unwrap_or_default());
        let signature = only(&pairs, SIGNATURE).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let expires = only(&pairs, EXPIRES).map(<[u8]>::to_vec);
        let is_temporary = has(&pairs, EXPIRES);
        let is_ignored = |name: &[u8]| {
            let named = |ignored: &String| ignored.as_bytes() == name && ignored != EXPIRES;
            name == SIGNATURE.as_bytes() || ignored.iter().any(named)
        };
        pairs.retain(|(name, _)| !is_ignored(name));
        let host = if relative { "" } else { req.host() };
        let path = format!("{}{}", req.prefix(), req.uri().path());
        let message = message(host, &path, pairs);
        if !signature.is_some_and(|signature| self.signer.verify(&message, &signature)) {
            return Err(Unsigned::Invalid);
        }
        if !is_temporary {
            return Ok(());
        }
        let expires = expires.and_then(|text| std::str::from_utf8(&text).ok()?.parse::<u64>().ok());
        if expires.is_some_and(|expires| self.clock.unix() <= expires) {
            Ok(())
        } else {
            Err(Unsigned::Expired)
        }
    }
}

impl fmt::Debug for UrlSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UrlSigner({:?})", self.signer)
    }
}

impl HttpRequest {
    /// Whether the request asks for a URL that [`signed_route`](crate::foundation::signed_route) has made and that has not
    /// expired. The middleware `signed` answers 403 otherwise.
    pub fn has_valid_signature(&self) -> bool {
        let signer = self.container().make::<UrlSigner>();
        signer.is_ok_and(|signer| signer.check(self, false, &[]).is_ok())
    }
}

/// Name and value, decoded to bytes: what is not UTF-8 must not become the same text as something else.
type Pair = (Vec<u8>, Vec<u8>);

fn pairs(query: &str) -> Vec<Pair> {
    let decoded = |text: &str| {
        let spaced: Cow<'_, str> =
            if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
        percent_decode(spaced.as_bytes()).collect()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn has(pairs: &[Pair], name: &str) -> bool {
    pairs.iter().any(|(other, _)| other == name.as_bytes())
}

/// The value of a name that is there once.
fn only<'p>(pairs: &'p [Pair], name: &str) -> Option<&'p [u8]> {
    let mut values = pairs.iter().filter(|(other, _)| other == name.as_bytes());
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value)
}

fn with(url: &str, name: &str, value: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{name}={value}")
}

/// Host and path of a URL without its query; no host for a path.
fn split(url: &str) -> (&str, &str) {
    let Some((_, rest)) = url.split_once("://").filter(|_| !url.starts_with('/')) else {
        return ("", url);
    };
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

/// What is signed. No part of it can be taken for another: a line break is in none of them.
fn message(host: &str, path: &str, mut pairs: Vec<Pair>) -> Vec<u8> {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":80").or(host.strip_suffix(":443")).unwrap_or(&host);
    // Parameters of one name keep their order: it may mean something.
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut message = format!("{host}\n{}\n", path.trim_end_matches('/'));
    for (name, value) in pairs {
        message.extend(byte_serialize(&name));
        message.push('=');
        message.extend(byte_serialize(&value));
        message.push('&');
    }
    message.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_url_stay_apart() {
        assert_eq!(split("https://shop.test/a/b"), ("shop.test", "/a/b"));
        assert_eq!(split("http://shop.test"), ("shop.test", ""));
        assert_eq!(split("/a/b"), ("", "/a/b"));
        assert_eq!(split("/a://b/c"), ("", "/a://b/c"));
        let of = |host, path, query| message(host, path, pairs(query));
        assert_eq!(of("h", "/p", "b=2&a=1"), of("H:443", "/p/", "a=1&b=2"));
        assert_eq!(of("h", "/p", "a=x+y&é=%7E"), of("h", "/p", "%C3%A9=~&%61=x%20y"));
        for other in
            ["a=1&b=3", "a=1", "a=1%26b=2", "a=1&b=2&b=2", "a=1&b=2&c", "a=1&b%3D2", "b=1&a=2"]
        {
            assert_ne!(of("h", "/p", "a=1&b=2"), of("h", "/p", other), "{other}");
        }
        assert_ne!(of("h", "/p", "a=1&a=2"), of("h", "/p", "a=2&a=1"));
        assert_ne!(of("h", "/p", "a=%FF"), of("h", "/p", "a=%FE"));
        assert_ne!(of("h", "/a%2Fb", ""), of("h", "/a/b", ""));
    }
}
