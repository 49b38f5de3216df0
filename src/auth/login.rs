//! What a session keeps of a login.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::user::Account;
use crate::encryption::{Keyring, Signer};

/// The map in which everything about accounts is kept.
pub(super) const RESERVED_AUTH: &str = "auth";
/// One value, so that of two requests that write it each writes a whole login.
pub(crate) const RESERVED_LOGIN: &str = "auth.login";

/// Who has logged in, and with which password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Login {
    pub(crate) id: String,
    /// An HMAC of the password's hash: whoever reads the store learns nothing that helps to guess the password.
    fingerprint: String,
}

/// Makes and checks fingerprints.
pub(super) struct Fingerprints(Signer);

impl Fingerprints {
    pub(super) fn new(keys: &Keyring) -> Self {
        Self(keys.signer("auth.password"))
    }

    pub(super) fn login(&self, id: &str, hash: &str) -> Login {
        let fingerprint = URL_SAFE_NO_PAD.encode(self.0.sign(&message(id, hash)));
        Login { id: id.to_owned(), fingerprint }
    }

    /// Whether a login is of this account, with the password that it has now.
    pub(super) fn fits(&self, login: &Login, account: &Account) -> bool {
        let Ok(fingerprint) = URL_SAFE_NO_PAD.decode(&login.fingerprint) else { return false };
        login.id == account.id && self.0.verify(&message(&account.id, &account.hash), &fingerprint)
    }
}

fn message(id: &str, hash: &str) -> Vec<u8> {
    let mut message = (id.len() as u64).to_be_bytes().to_vec();
    message.extend_from_slice(id.as_bytes());
    message.extend_from_slice(hash.as_bytes());
    message
}
