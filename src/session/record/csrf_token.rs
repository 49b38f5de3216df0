//! The CSRF token of a session.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ctutils::CtEq;

/// What a form of ours carries and another site cannot know: 16 bytes from the operating system.
///
/// It lies in the head of the record and not among the values: asking for it changes nothing, so two pages that
/// ask at once get the same one.
#[derive(Clone, Copy)]
pub(crate) struct CsrfToken(pub(super) [u8; CsrfToken::BYTES]);

impl CsrfToken {
    pub(crate) const BYTES: usize = 16;

    pub(crate) fn mint() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The token under a mask of its own, which comes along: a page that is compressed beside what a visitor sent would
    /// otherwise give the token away byte by byte (BREACH). The same token reads differently each time.
    pub(crate) fn masked(&self) -> Result<String, getrandom::Error> {
        let Self(mask) = Self::mint()?;
        Ok(URL_SAFE_NO_PAD.encode([mask, xor(mask, self.0)].concat()))
    }

    /// Whether a text is this token, plain, masked, or as a guest was given it. Compares in constant time (OWASP ASVS
    /// 5.0, 11.2.4).
    pub(crate) fn is(&self, text: &str) -> bool {
        let token = match Presented::parse(text) {
            Some(Presented::Plain(token) | Presented::Guest { token, .. }) => token,
            None => return false,
        };
        self.0.ct_eq(&token.0).to_bool()
    }
}

fn xor<const N: usize>(one: [u8; N], other: [u8; N]) -> [u8; N] {
    std::array::from_fn(|index| one[index] ^ other[index])
}

/// A token as it came with a request.
pub(super) enum Presented {
    Plain(CsrfToken),
    /// With the time when it was made and the signature of both.
    Guest {
        token: CsrfToken,
        made: u64,
        signature: Vec<u8>,
    },
}

impl Presented {
    /// Reads a token. The three forms differ in their lengths; none is longer than 75 characters.
    pub(super) fn parse(text: &str) -> Option<Self> {
        const MOST: usize = 75;
        let bytes = URL_SAFE_NO_PAD.decode(Some(text).filter(|text| text.len() <= MOST)?).ok()?;
        if let Ok(token) = bytes.as_slice().try_into() {
            return Some(Self::Plain(CsrfToken(token)));
        }
        if let Ok(masked) = <[u8; 2 * CsrfToken::BYTES]>::try_from(bytes.as_slice()) {
            let (mask, masked) = masked.split_first_chunk()?;
            return Some(Self::Plain(CsrfToken(xor(*mask, masked.try_into().ok()?))));
        }
        let (made, rest) = bytes.split_first_chunk()?;
        let (token, signature) = rest.split_first_chunk()?;
        let (token, made) = (CsrfToken(*token), u64::from_be_bytes(*made));
        Some(Self::Guest { token, made, signature: signature.to_vec() })
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(********)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_token_reads_differently_each_time_and_is_the_same() {
        let token = CsrfToken::mint().expect("random bytes");
        let masked: Vec<String> = (0..100).map(|_| token.masked().expect("random bytes")).collect();
        let mut different = masked.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), 100);
        assert!(masked.iter().all(|text| token.is(text)));
        // No part of the plain token is in it.
        let plain = token.text();
        assert!(masked.iter().all(|text| !text.contains(&plain[..6])));
        assert!(token.is(&plain));
        let other = CsrfToken::mint().expect("random bytes");
        assert!(!other.is(&plain) && !masked.iter().any(|text| other.is(text)));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let token = CsrfToken::from_bytes([0; CsrfToken::BYTES]);
        let long = "A".repeat(1 << 20);
        for text in ["", "A", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA=", "é", &long] {
            assert!(!token.is(text), "{}", text.len());
        }
        assert!(token.is("AAAAAAAAAAAAAAAAAAAAAA"));
    }
}
