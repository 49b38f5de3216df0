//! The application's keys.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{AppKey, CryptError, Sealer, Signer};

/// The purpose of what [`Keyring::encrypt`] seals.
const VALUES: &str = "values";

/// The application's key, which seals and signs, and those that it had before, which only open and verify.
///
/// To change the key, put the new one into `APP_KEY` and the old one into `APP_PREVIOUS_KEYS`; take the old one out
/// when nothing sealed by it is needed any more.
#[derive(Clone)]
pub struct Keyring {
    current: AppKey,
    previous: Vec<AppKey>,
}

impl Keyring {
    /// A keyring that seals and signs with `current`, and opens and verifies with all.
    pub fn new(current: AppKey, previous: impl IntoIterator<Item = AppKey>) -> Self {
        Self { current, previous: previous.into_iter().collect() }
    }

    /// What seals and opens for one purpose, with keys of its own that are derived from these.
    ///
    /// Keep the sealer where much is sealed: deriving its keys takes two hashes for each key.
    pub fn sealer(&self, purpose: &str) -> Sealer {
        Sealer::derive(purpose, &self.current, &self.previous)
    }

    /// What signs and verifies for one purpose, with keys of its own that are derived from these.
    pub fn signer(&self, purpose: &str) -> Signer {
        Signer::derive(purpose, &self.current, &self.previous)
    }

    /// Encrypts a value, as text of letters, digits, `-` and `_`.
    ///
    /// ```
    /// # use lunox::encryption::{AppKey, Keyring};
    /// # let keys = Keyring::new(AppKey::generate()?, []);
    /// let text = keys.encrypt("ada@example.com")?;
    /// assert_eq!(keys.decrypt::<String>(&text)?, "ada@example.com");
    /// assert!(keys.decrypt::<String>("something else").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the value cannot be JSON, or the operating system has no random bytes.
    pub fn encrypt(&self, value: &(impl Serialize + ?Sized)) -> Result<String, CryptError> {
        let json = serde_json::to_vec(value).map_err(CryptError::unencodable)?;
        let sealed = self.sealer(VALUES).seal(&[], &json).map_err(CryptError::no_random_bytes)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Decrypts what [`encrypt`](Keyring::encrypt) returned, under the current key or a previous one.
    ///
    /// # Errors
    /// When the text is not one that `encrypt` returned, was changed, was encrypted under another key, or holds a value of
    /// another type.
    pub fn decrypt<T: DeserializeOwned>(&self, text: &str) -> Result<T, CryptError> {
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| CryptError::foreign())?;
        let opened = self.sealer(VALUES).open(&[], &sealed).ok_or_else(CryptError::foreign)?;
        serde_json::from_slice(&opened.plain).map_err(|_| CryptError::another_type::<T>())
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring(1 current, {} previous)", self.previous.len())
    }
}
