//! CSRF tokens for visitors who have no session.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::csrf_token::{CsrfToken, Presented};
use crate::encryption::{Keyring, Signer};
use crate::support::is_within;

/// Makes and checks the CSRF tokens of visitors who have no session: nothing is stored for them.
///
/// | bytes | content |
/// |---|---|
/// | 8 | when it was made, unix seconds |
/// | 16 | random; the token of the session, if the request that shows it makes one |
/// | 32 | the HMAC of both, under the application's key |
///
/// Everybody can get one by asking for a page. So it shows that a form was made by this application and not long ago, but
/// not for whom, and counts only for requests without a session's cookie.
#[derive(Debug)]
pub(crate) struct GuestTokens(Signer);

impl GuestTokens {
    /// How long a form may stay open.
    pub(crate) const LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

    pub(crate) fn new(keys: &Keyring) -> Self {
        Self(keys.signer("csrf"))
    }

    /// The text for a form.
    pub(crate) fn text(&self, token: CsrfToken, now: u64) -> String {
        let signed = signed(token, now);
        URL_SAFE_NO_PAD.encode([&signed[..], &self.0.sign(&signed)].concat())
    }

    /// The text for a form of a page that has no session at all.
    #[cfg(feature = "framework")]
    pub(crate) fn mint(&self, now: u64) -> Result<String, getrandom::Error> {
        Ok(self.text(CsrfToken::mint()?, now))
    }

    /// Whether a text was made by [`text`](Self::text) not too long ago.
    pub(crate) fn accept(&self, text: &str, now: u64) -> bool {
        let Some(Presented::Guest { token, made, signature }) = Presented::parse(text) else {
            return false;
        };
        is_within(Self::LIFETIME.as_secs() + 1, made, now)
            && self.0.verify(&signed(token, made), &signature)
    }
}

fn signed(token: CsrfToken, made: u64) -> Vec<u8> {
    [&made.to_be_bytes()[..], token.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encryption::AppKey;

    fn keys() -> Keyring {
        Keyring::new(AppKey::generate().expect("random bytes"), [])
    }

    #[test]
    fn a_guests_token_counts_for_two_hours_and_under_its_key_only() {
        let guests = GuestTokens::new(&keys());
        let token = CsrfToken::mint().expect("random bytes");
        let text = guests.text(token, 10_000);
        assert_eq!(text.len(), 75);
        for (now, counts) in [(10_000, true), (9_990, true), (17_200, true), (17_201, false)] {
            assert_eq!(guests.accept(&text, now), counts, "{now}");
        }
        assert!(!GuestTokens::new(&keys()).accept(&text, 10_000));
        // The session that takes its random part over knows it by that.
        assert!(token.is(&text));
    }

    #[test]
    fn no_byte_of_it_can_be_changed() {
        let guests = GuestTokens::new(&keys());
        let text = guests.text(CsrfToken::mint().expect("random bytes"), 10_000);
        let bytes = URL_SAFE_NO_PAD.decode(&text).expect("base64");
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            assert!(!guests.accept(&URL_SAFE_NO_PAD.encode(changed), 10_000), "byte {index}");
        }
        for text in ["", &text[..74], &text[1..], &text[..43], &text[..22]] {
            assert!(!guests.accept(text, 10_000), "{text}");
        }
    }
}
