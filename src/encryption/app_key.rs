//! The key that an application seals with.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
#[cfg(feature = "session")]
use serde::{Serialize, Serializer};

/// The application's key: 32 bytes, written `base64:...`.
///
/// It never shows itself: `Debug` and `Serialize` print stars.
#[derive(Clone)]
pub struct AppKey([u8; 32]);

impl AppKey {
    /// Draws a key from the operating system.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// A key that `parse` refuses.
    #[cfg(all(test, feature = "session"))]
    pub(crate) fn of_zeros() -> Self {
        Self([0; 32])
    }

    /// The bytes of the key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as `.env` holds it: `base64:...`. Only for writing it there.
    pub fn to_env(&self) -> String {
        format!("base64:{}", STANDARD.encode(self.0))
    }
}

/// The text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseAppKeyError {
    /// It is not `base64:` and 32 bytes.
    Malformed,
    /// All its bytes are the same, as of a key that was filled in by hand: whoever guesses it can forge sessions.
    Guessable,
}

impl fmt::Display for ParseAppKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => {
                "`base64:` and 32 bytes in base64; `cargo artisan key:generate` makes one"
            }
            Self::Guessable => {
                "32 random bytes: all of its bytes are the same; `cargo artisan key:generate` makes one"
            }
        })
    }
}

impl std::error::Error for ParseAppKeyError {}

impl FromStr for AppKey {
    type Err = ParseAppKeyError;

    fn from_str(text: &str) -> Result<Self, ParseAppKeyError> {
        let encoded = text.strip_prefix("base64:").ok_or(ParseAppKeyError::Malformed)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| ParseAppKeyError::Malformed)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| ParseAppKeyError::Malformed)?;
        if bytes == [bytes[0]; 32] {
            return Err(ParseAppKeyError::Guessable);
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppKey(********)")
    }
}

#[cfg(feature = "session")]
impl Serialize for AppKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("********")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_never_shows_itself() {
        let key = AppKey::generate().expect("random bytes");
        let text = key.to_env();
        assert_eq!(text.parse::<AppKey>().expect("a key").as_bytes(), key.as_bytes());
        assert!(!format!("{key:?}").contains(&text[7..20]));
        #[cfg(feature = "session")]
        assert!(!serde_json::json!(key).to_string().contains(&text[7..20]));
        for bad in ["", "base64:", "base64:c2hvcnQ=", &text[7..], "base64:!!"] {
            assert_eq!(bad.parse::<AppKey>().err(), Some(ParseAppKeyError::Malformed), "{bad}");
        }
    }

    #[test]
    fn a_key_of_equal_bytes_is_refused() {
        for byte in [0, 1, b'a', 255] {
            let refused = AppKey([byte; 32]).to_env().parse::<AppKey>().err();
            assert_eq!(refused, Some(ParseAppKeyError::Guessable), "{byte}");
        }
        let mut almost = [0; 32];
        almost[31] = 1;
        assert!(AppKey(almost).to_env().parse::<AppKey>().is_ok());
    }
}
