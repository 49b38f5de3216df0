//! The options of `config/server.rs`.

use std::time::Duration;

use serde::Serialize;

/// The options of `config/server.rs`.
#[derive(Clone, Debug, Serialize)]
pub struct ServerConfig {
    /// The address to listen on. Default: `127.0.0.1`.
    pub host: String,
    /// The port to listen on. Default: 8000.
    pub port: u16,
    /// How long a client may take to send the head of a request, from the moment that it could. A kept
    /// connection that asks for nothing is closed after this time too. Default: 15 seconds.
    #[serde(serialize_with = "crate::config::duration::serialize")]
    pub header_timeout: Duration,
    /// The largest head of a request in bytes. Default: 16 KiB.
    pub max_header_bytes: usize,
    /// The most headers of a request. Default: 100.
    pub max_headers: usize,
    /// The most connections at a time; more wait to be accepted. Three quarters of the files that the system lets this
    /// process have open, where that is less, which a warning tells. `artisan serve` refuses zero. Default: 10,000.
    pub max_connections: usize,
    /// How long requests in flight may take after the server was told to stop. Default: 30 seconds.
    #[serde(serialize_with = "crate::config::duration::serialize")]
    pub shutdown_timeout: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8000,
            header_timeout: Duration::from_secs(15),
            max_header_bytes: 16 << 10,
            max_headers: 100,
            max_connections: 10_000,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}
