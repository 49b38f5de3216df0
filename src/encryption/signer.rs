//! Signing and verifying for one purpose.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::AppKey;
use super::sealer::derive;

/// How many bytes a signature has.
pub const SIGNATURE: usize = 32;

/// Signs bytes for one purpose with HMAC-SHA256. [`Keyring::signer`](super::Keyring::signer) makes one.
///
/// ```
/// use lunox::encryption::{AppKey, Keyring};
///
/// let signer = Keyring::new(AppKey::generate()?, []).signer("invitations");
/// let signature = signer.sign(b"for Ada");
/// assert!(signer.verify(b"for Ada", &signature));
/// assert!(!signer.verify(b"for Bob", &signature));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Signer {
    current: Hmac<Sha256>,
    previous: Vec<Hmac<Sha256>>,
}

impl Signer {
    pub(super) fn derive(purpose: &str, current: &AppKey, previous: &[AppKey]) -> Self {
        let keyed = |key: &AppKey| {
            Hmac::new_from_slice(&derive(key, "lunox sign 1", purpose))
                .expect("HMAC takes keys of any length")
        };
        Self { current: keyed(current), previous: previous.iter().map(keyed).collect() }
    }

    /// The signature of a message, under the current key.
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE] {
        self.current.clone().chain_update(message).finalize().into_bytes().into()
    }

    /// The signatures of a message under the current key and then each previous one, for looking up by signature.
    pub(crate) fn sign_under_each(&self, message: &[u8]) -> impl Iterator<Item = [u8; SIGNATURE]> {
        let keys = std::iter::once(&self.current).chain(&self.previous);
        keys.map(move |key| key.clone().chain_update(message).finalize().into_bytes().into())
    }

    /// Whether this is the signature of a message under the current key or a previous one, compared in constant time
    /// (OWASP ASVS 5.0, 11.2.4).
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let signed =
            |key: &Hmac<Sha256>| key.clone().chain_update(message).verify_slice(signature).is_ok();
        signed(&self.current) || self.previous.iter().any(signed)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer(1 current, {} previous)", self.previous.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encryption::Keyring;

    fn key() -> AppKey {
        AppKey::generate().expect("random bytes")
    }

    #[test]
    fn a_signature_is_of_one_message_one_purpose_and_one_key() {
        let keys = Keyring::new(key(), []);
        let signer = keys.signer("notes");
        let signature = signer.sign(b"milk");
        assert!(keys.signer("notes").verify(b"milk", &signature));
        assert!(!signer.verify(b"milc", &signature));
        assert!(!keys.signer("note").verify(b"milk", &signature));
        assert!(!Keyring::new(key(), []).signer("notes").verify(b"milk", &signature));
        for cut in 0..SIGNATURE {
            assert!(!signer.verify(b"milk", &signature[..cut]), "{cut} bytes");
        }
        for index in 0..SIGNATURE {
            let mut changed = signature;
            changed[index] ^= 1;
            assert!(!signer.verify(b"milk", &changed), "byte {index}");
        }
    }

    #[test]
    fn previous_keys_verify_until_they_are_removed_and_never_sign() {
        let (old, new) = (key(), key());
        let before = Keyring::new(old.clone(), []).signer("notes");
        let after = Keyring::new(new.clone(), [key(), old]).signer("notes");
        assert!(after.verify(b"milk", &before.sign(b"milk")));
        assert!(!before.verify(b"milk", &after.sign(b"milk")));
        let later = Keyring::new(new, []).signer("notes");
        assert!(later.verify(b"milk", &after.sign(b"milk")));
        assert!(!later.verify(b"milk", &before.sign(b"milk")));
    }

    #[test]
    fn a_signature_that_an_earlier_version_made_still_verifies() {
        let key = "base64:c2l4dGVlbiBieXRlcyB0d2ljZSBtYWtlIGEga2V5ISE=".parse().expect("a key");
        let signature = Keyring::new(key, []).signer("notes").sign(b"milk");
        // HMAC-SHA256 of `milk` under SHA-256(00000001 || the key || "lunox sign 1" || 00 || "notes").
        assert_eq!(signature[..8], [242, 22, 4, 200, 21, 90, 224, 52]);
    }
}
