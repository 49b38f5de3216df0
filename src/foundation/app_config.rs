//! The options of `config/app.rs`.

use serde::{Serialize, Serializer};

use super::BoxProvider;
use crate::config::Environment;
use crate::encryption::AppKey;

/// The options of `config/app.rs`.
#[derive(Clone, Debug, Serialize)]
pub struct AppConfig {
    /// The name of the application, for people.
    pub name: String,
    /// Where the application runs: `local`, `testing`, `production`.
    pub environment: Environment,
    /// Whether errors are shown with their causes, by the debug page, where the environment is local. In production it is a
    /// boot error.
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
