//! Sealing and opening for one purpose.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use super::AppKey;

/// The first byte of what is sealed.
pub const FORMAT: u8 = 0xE1;
/// How many bytes more the sealed form has.
pub const OVERHEAD: usize = PREFIX + TAG;

const ID: usize = 4;
const NONCE: usize = 24;
const TAG: usize = 16;
const PREFIX: usize = 1 + ID + NONCE;

/// Seals and opens for one purpose. [`Keyring::sealer`](super::Keyring::sealer) makes one.
pub struct Sealer {
    current: Subkey,
    previous: Vec<Subkey>,
}

/// What was sealed.
pub struct Opened {
    /// The bytes.
    pub plain: Vec<u8>,
    /// A previous key opened it: seal it again before that key goes.
    pub by_previous_key: bool,
}

/// The key of one purpose.
struct Subkey {
    id: [u8; ID],
    cipher: XChaCha20Poly1305,
}

impl Sealer {
    pub(super) fn derive(purpose: &str, current: &AppKey, previous: &[AppKey]) -> Self {
        Self {
            current: Subkey::derive(current, purpose),
            previous: previous.iter().map(|key| Subkey::derive(key, purpose)).collect(),
        }
    }

    /// Seals bytes for a place; whoever opens them has to name the same place.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, getrandom::Error> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&self.current.id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let aad = self.current.aad(context);
        let (_, body) = sealed.split_at_mut(PREFIX);
        let tag = self
            .current
            .cipher
            .encrypt_inout_detached(&XNonce::from(nonce), &aad, body.into())
            .expect("the cipher takes 256 GB in one piece");
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens what was sealed for this place; `None` when it was not, or not by us, or was changed.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Opened> {
        let (&FORMAT, rest) = sealed.split_first()? else { return None };
        let (id, rest) = rest.split_first_chunk::<ID>()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
        let (body, tag) = rest.split_last_chunk::<TAG>()?;
        let open = |key: &Subkey| {
            let mut plain = body.to_vec();
            let (nonce, tag) = (XNonce::from(*nonce), Tag::from(*tag));
            let aad = key.aad(context);
            key.cipher
                .decrypt_inout_detached(&nonce, &aad, plain.as_mut_slice().into(), &tag)
                .ok()?;
            Some(plain)
        };
        let named = |key: &&Subkey| key.id == *id;
        if let Some(plain) = Some(&self.current).filter(named).and_then(open) {
            return Some(Opened { plain, by_previous_key: false });
        }
        // Ids are short: two keys may have the same one.
        let plain = self.previous.iter().filter(named).find_map(open)?;
        Some(Opened { plain, by_previous_key: true })
    }

    /// As [`seal`](Self::seal), for text; the sealed form is base64url without padding, which cookies and URLs can have.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn seal_text(&self, context: &[u8], plain: &str) -> Result<String, getrandom::Error> {
        Ok(URL_SAFE_NO_PAD.encode(self.seal(context, plain.as_bytes())?))
    }

    /// The text that [`seal_text`](Self::seal_text) sealed for this place.
    pub fn open_text(&self, context: &[u8], sealed: &str) -> Option<String> {
        let opened = self.open(context, &URL_SAFE_NO_PAD.decode(sealed).ok()?)?;
        String::from_utf8(opened.plain).ok()
    }
}

impl Subkey {
    fn derive(key: &AppKey, purpose: &str) -> Self {
        let [a, b, c, d, ..] = derive(key, "lunox key id 1", purpose);
        let subkey = derive(key, "lunox seal 1", purpose);
        Self { id: [a, b, c, d], cipher: XChaCha20Poly1305::new(&subkey.into()) }
    }

    fn aad(&self, context: &[u8]) -> Vec<u8> {
        [&[FORMAT], &self.id[..], context].concat()
    }
}

/// The one-step derivation of NIST SP 800-56C (4.1) with SHA-256: the application's key itself is never used for a
/// cipher or a signature, and what is sealed for one purpose does not open for another.
pub(super) fn derive(key: &AppKey, label: &str, purpose: &str) -> [u8; 32] {
    let hash = Sha256::new()
        .chain_update(1u32.to_be_bytes())
        .chain_update(key.as_bytes())
        .chain_update(label)
        .chain_update([0])
        .chain_update(purpose);
    hash.finalize().into()
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer(1 current, {} previous)", self.previous.len())
    }
}

impl fmt::Debug for Opened {
    // What was sealed was not meant to be seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({} bytes)", self.plain.len())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::encryption::Keyring;

    fn key() -> AppKey {
        AppKey::generate().expect("random bytes")
    }

    fn plain(sealer: &Sealer, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        sealer.open(context, sealed).map(|opened| opened.plain)
    }

    #[test]
    fn what_was_sealed_opens_at_its_place_and_nowhere_else() {
        let keys = Keyring::new(key(), []);
        let sealer = keys.sealer("notes");
        for text in [&b""[..], b"a", &[7; 5_000]] {
            let sealed = sealer.seal(b"here", text).expect("random bytes");
            assert_eq!(sealed.len(), text.len() + OVERHEAD);
            assert_eq!(plain(&sealer, b"here", &sealed).as_deref(), Some(text));
            assert_eq!(plain(&keys.sealer("notes"), b"here", &sealed).as_deref(), Some(text));
            assert_eq!(plain(&sealer, b"there", &sealed), None);
            assert_eq!(plain(&sealer, b"", &sealed), None);
            assert_eq!(plain(&keys.sealer("note"), b"here", &sealed), None);
            assert_eq!(plain(&Keyring::new(key(), []).sealer("notes"), b"here", &sealed), None);
        }
    }

    #[test]
    fn no_byte_can_be_changed_added_or_taken() {
        let sealer = Keyring::new(key(), [key()]).sealer("notes");
        let sealed = sealer.seal(b"here", b"buy milk").expect("random bytes");
        for index in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[index] ^= 1 << bit;
                assert!(sealer.open(b"here", &changed).is_none(), "byte {index}, bit {bit}");
            }
            assert!(sealer.open(b"here", &sealed[..index]).is_none(), "cut at {index}");
            assert!(sealer.open(b"here", &sealed[index + 1..]).is_none(), "cut before {index}");
        }
        assert!(sealer.open(b"here", &[&sealed[..], b"x"].concat()).is_none());
        assert!(sealer.open(b"here", b"buy milk").is_none());
    }

    #[test]
    fn the_bytes_cannot_be_moved_into_or_out_of_the_context() {
        let sealer = Keyring::new(key(), []).sealer("notes");
        let sealed = sealer.seal(b"ab", b"cd").expect("random bytes");
        for context in [&b"a"[..], b"abc", b"abcd"] {
            assert!(sealer.open(context, &sealed).is_none());
        }
    }

    #[test]
    fn previous_keys_open_until_they_are_removed_and_never_seal() {
        let (old, new) = (key(), key());
        let before = Keyring::new(old.clone(), []).sealer("notes");
        let sealed = before.seal(b"", b"buy milk").expect("random bytes");
        assert!(!before.open(b"", &sealed).expect("opens").by_previous_key);

        let after = Keyring::new(new.clone(), [key(), old]).sealer("notes");
        let opened = after.open(b"", &sealed).expect("opens");
        assert!(opened.by_previous_key && opened.plain == b"buy milk");
        let again = after.seal(b"", &opened.plain).expect("random bytes");
        assert!(before.open(b"", &again).is_none());

        let later = Keyring::new(new, []).sealer("notes");
        assert!(later.open(b"", &again).is_some_and(|opened| !opened.by_previous_key));
        assert!(later.open(b"", &sealed).is_none());
    }

    #[test]
    fn a_key_whose_id_another_has_too_still_opens() {
        let (current, previous) = (key(), key());
        let mut sealer = Keyring::new(current, [previous.clone()]).sealer("notes");
        let mut old = Keyring::new(previous, []).sealer("notes");
        old.current.id = sealer.current.id;
        sealer.previous[0].id = sealer.current.id;
        let sealed = old.seal(b"", b"buy milk").expect("random bytes");
        assert!(sealer.open(b"", &sealed).is_some_and(|opened| opened.by_previous_key));
    }

    #[test]
    fn what_an_earlier_version_sealed_still_opens() {
        let key = AppKey::of_zeros();
        let sealed = STANDARD
            .decode("4QOWsWkQnQr/n4oTUdvxzIyNGMNRU5IICMRoiD9+CLWCEh/pbjWS7zlxwnpipxZJZnHjOpk=")
            .expect("base64");
        let sealer = Keyring::new(key, []).sealer("notes");
        assert_eq!(plain(&sealer, b"here", &sealed).as_deref(), Some(&b"buy milk"[..]));
    }

    #[test]
    fn the_same_bytes_are_never_sealed_the_same() {
        let sealer = Keyring::new(key(), []).sealer("notes");
        let mut seen: Vec<Vec<u8>> =
            (0..100).map(|_| sealer.seal(b"", b"buy milk").expect("random bytes")).collect();
        seen.iter_mut().for_each(|sealed| sealed.truncate(PREFIX));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100, "nonces");
        let all = sealer.seal(b"", &[0; 64]).expect("random bytes");
        assert!(!all.windows(8).any(|window| window == [0; 8]));
    }

    #[test]
    fn neither_keys_nor_what_was_sealed_shows_itself() {
        let secret = key();
        let keys = Keyring::new(secret.clone(), [key()]);
        let sealer = keys.sealer("notes");
        let opened = sealer.open(b"", &sealer.seal(b"", b"milk").expect("random bytes"));
        let shown = format!("{keys:?} {sealer:?} {opened:?}");
        assert_eq!(
            shown,
            "Keyring(1 current, 1 previous) Sealer(1 current, 1 previous) Some(Opened(4 bytes))"
        );
    }
}
