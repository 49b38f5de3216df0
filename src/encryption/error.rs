//! Why a value could not be encrypted or decrypted.

use std::fmt;

/// Why a value could not be encrypted or decrypted. It goes to logs, so it never shows the value.
#[derive(Debug)]
pub struct CryptError(String);

impl CryptError {
    pub(super) fn unencodable(error: serde_json::Error) -> Self {
        Self(format!("the value cannot be encrypted, because it cannot be JSON: {error}"))
    }

    pub(super) fn no_random_bytes(error: getrandom::Error) -> Self {
        Self(format!("the value cannot be encrypted: the system has no random bytes: {error}"))
    }

    pub(super) fn foreign() -> Self {
        Self(
            "the text cannot be decrypted: it is not what encrypt() returned, or was encrypted under a key that is \
             neither APP_KEY nor among APP_PREVIOUS_KEYS"
                .to_owned(),
        )
    }

    pub(super) fn another_type<T>() -> Self {
        let wanted = std::any::type_name::<T>();
        Self(format!("the text was decrypted, but what it holds is not a `{wanted}`"))
    }
}

impl fmt::Display for CryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CryptError {}
