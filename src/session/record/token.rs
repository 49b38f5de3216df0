//! The secret in the cookie, in the three states that it can be in.
//!
//! A token is 32 bytes from the operating system, written as 43 characters of base64url. OWASP ASVS 5.0 asks
//! for at least 128 bits of entropy (7.2.3) and says that UUIDs do not give it (11.5.1).
//!
//! | type | comes from | may be |
//! |---|---|---|
//! | [`ClaimedToken`] | the wire | looked up |
//! | [`LiveToken`] | a claimed token and the head of its record | committed, written into a cookie |
//! | [`FreshToken`] | us | committed, written into a cookie |
//!
//! A claimed token cannot be committed: adopting a token that a client chose does not compile
//! (`tests/compile_errors/token_claimed.rs`). None of the
//! three has `Debug`, `Display`, `Serialize` or `PartialEq`, so that a secret cannot end up in a log or be
//! compared byte by byte.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::key::Key;
use super::layout::Head;

const BYTES: usize = 32;
const CHARS: usize = 43;

/// A token that came with a request. Whether it names a session is not known.
pub(crate) struct ClaimedToken([u8; BYTES]);

impl ClaimedToken {
    /// Reads the value of a cookie; `None` when it has not the form of a token.
    ///
    /// What is malformed never reaches a driver (OWASP Session Management, "Any Other User Input").
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != CHARS {
            return None;
        }
        let mut bytes = [0; BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == BYTES).then_some(Self(bytes))
    }

    pub(crate) fn key(&self) -> Key {
        key(&self.0)
    }

    /// The token of a record that was loaded. The record's head is the proof that there is one.
    pub(crate) fn loaded(self, _proof: &Head) -> LiveToken {
        LiveToken(self.0)
    }
}

/// A token whose record was loaded.
pub(crate) struct LiveToken([u8; BYTES]);

impl LiveToken {
    /// The cookie's value, to be sent again.
    pub(crate) fn cookie_value(&self) -> String {
        text(&self.0)
    }
}

/// A token that we made.
pub(crate) struct FreshToken([u8; BYTES]);

impl FreshToken {
    /// Draws a token from the operating system.
    pub(crate) fn mint() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The same, with a key in the shard of another. 248 bits are random, where ASVS 5.0 (7.2.3) asks for 128.
    pub(crate) fn mint_beside(key: &Key) -> Result<Self, getrandom::Error> {
        let mut token = Self::mint()?;
        token.0[0] = key.shard();
        Ok(token)
    }

    pub(crate) fn key(&self) -> Key {
        key(&self.0)
    }

    /// The cookie's value.
    pub(crate) fn cookie_value(&self) -> String {
        text(&self.0)
    }
}

/// The key that a token leads to: its hash, in its shard.
fn key(token: &[u8; BYTES]) -> Key {
    let mut bytes: [u8; BYTES] = Sha256::digest(token).into();
    bytes[0] = token[0];
    Key(bytes)
}

/// The one function that turns a token into text. A claimed token has no way here.
fn text(token: &[u8; BYTES]) -> String {
    URL_SAFE_NO_PAD.encode(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_the_form_of_a_token_is_refused() {
        let good = FreshToken::mint().expect("random bytes").cookie_value();
        assert_eq!(good.len(), CHARS);
        assert!(ClaimedToken::parse(&good).is_some());
        for bad in [
            "",
            "x",
            &good[1..],
            &format!("{good}A"),
            &good.replace(&good[..1], "/"),
            &"é".repeat(22),
        ] {
            assert!(ClaimedToken::parse(bad).is_none(), "{bad:?}");
        }
        // The last character holds four spare bits; only one of the 16 ways to fill them is the token's own.
        let other = format!("{}B", &"A".repeat(42));
        assert!(ClaimedToken::parse(&other).is_none());
    }

    #[test]
    fn asvs_s1_tokens_are_32_bytes_from_the_operating_system_and_no_two_are_alike() {
        let mut seen = std::collections::HashSet::new();
        let mut ones = [0u32; BYTES * 8];
        const DRAWN: u32 = 100_000;
        for _ in 0..DRAWN {
            let text = FreshToken::mint().expect("random bytes").cookie_value();
            let bytes = URL_SAFE_NO_PAD.decode(&text).expect("base64url");
            assert_eq!(bytes.len(), BYTES);
            for (bit, ones) in ones.iter_mut().enumerate() {
                *ones += u32::from(bytes[bit / 8] >> (bit % 8) & 1);
            }
            assert!(seen.insert(bytes));
        }
        // Seven standard deviations: every single bit is a fair coin, so none carries a meaning (asvs_s2).
        let spread = 7.0 * f64::from(DRAWN).sqrt() / 2.0;
        for (bit, ones) in ones.into_iter().enumerate() {
            assert!((f64::from(ones) - f64::from(DRAWN) / 2.0).abs() < spread, "bit {bit}: {ones}");
        }
    }

    #[test]
    fn asvs_s1_no_uuid_is_a_token() {
        let code = include_str!("token.rs").split("#[cfg(test)]").next().expect("code");
        assert!(!code.lines().any(|line| !line.starts_with("//") && line.contains("Uuid")));
    }

    #[test]
    fn a_token_reads_back_as_the_same_key() {
        let token = FreshToken::mint().expect("random bytes");
        let claimed = ClaimedToken::parse(&token.cookie_value()).expect("well formed");
        assert_eq!(claimed.key(), token.key());
    }

    #[test]
    fn the_token_that_replaces_another_stays_in_its_shard_and_is_a_new_one() {
        let key = FreshToken::mint().expect("random bytes").key();
        let next = FreshToken::mint_beside(&key).expect("random bytes");
        let claimed = ClaimedToken::parse(&next.cookie_value()).expect("well formed");
        assert_eq!(claimed.key().shard(), key.shard());
        assert_ne!(claimed.key().as_bytes()[1..], key.as_bytes()[1..]);
    }
}
