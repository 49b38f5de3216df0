//! The options of `config/app.rs`.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::BoxProvider;
use crate::config::Environment;

/// The options of `config/app.rs`.
#[derive(Clone, Debug, Serialize)]
pub struct AppConfig {
    /// The name of the application, for people.
    pub name: String,
    /// Where the application runs: `local`, `testing`, `production`.
    pub environment: Environment,
    /// Whether errors are shown with their causes. Never true in production by default.
    pub debug: bool,
    /// The URL at which visitors reach the application.
    pub url: String,
    /// The key that seals cookies and sessions. `cargo artisan key:generate` makes one.
    pub key: Option<AppKey>,
    /// Keys that were used before: what they sealed still opens.
    pub previous_keys: Vec<AppKey>,
    /// What is registered and booted, in this order.
    #[serde(serialize_with = "names")]
    pub providers: Vec<BoxProvider>,
}

impl Default for AppConfig {
    fn default() -> Self {
        Self {
            name: "Lunox".to_owned(),
            environment: Environment::Production,
            debug: false,
            url: "http://localhost:8000".to_owned(),
            key: None,
            previous_keys: Vec::new(),
            providers: Vec::new(),
        }
    }
}

fn names<S: Serializer>(providers: &[BoxProvider], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(providers.iter().map(BoxProvider::name))
}

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

    /// The bytes of the key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as `.env` holds it: `base64:...`. Only for writing it there.
    pub fn to_env(&self) -> String {
        format!("base64:{}", STANDARD.encode(self.0))
    }
}

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseKeyError;

impl fmt::Display for ParseKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`base64:` and 32 bytes in base64; `cargo artisan key:generate` makes one")
    }
}

impl std::error::Error for ParseKeyError {}

impl FromStr for AppKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        let encoded = text.strip_prefix("base64:").ok_or(ParseKeyError)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| ParseKeyError)?;
        bytes.try_into().map(Self).map_err(|_| ParseKeyError)
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppKey(********)")
    }
}

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
        assert!(!format!("{key:?}{}", serde_json::json!(key)).contains(&text[7..20]));
        for bad in ["", "base64:", "base64:c2hvcnQ=", &text[7..], "base64:!!"] {
            assert!(bad.parse::<AppKey>().is_err(), "{bad}");
        }
    }
}
