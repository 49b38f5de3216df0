//! The application's keys.

use std::fmt;

use super::{AppKey, Sealer, Signer};

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
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring(1 current, {} previous)", self.previous.len())
    }
}
