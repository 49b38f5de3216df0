//! The options of `config/server.rs`.

use std::time::Duration;

use serde::Serialize;

/// The options of `config/server.rs`. `artisan serve` refuses zeros with which nobody could be answered.
#[derive(Clone, Debug, Serialize)]
pub struct ServerConfig {
    /// The address to listen on. Default: `127.0.0.1`.
    pub host: String,
    /// The port to listen on. Default: 8000.
    pub port: u16,
    /// How long a client may take to send the head of a request, from the moment that it could. A kept
    /// connection that asks for nothing is closed after this time too. Default: 15 seconds.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub header_timeout: Duration,
    /// How long a client may fail to take what is sent to it. A connection is closed when more waits to be sent than the
    /// system accepts, and for this long the client has taken less than 256 bytes a second on average. How long a whole
    /// answer takes does not matter, nor how long a stream has nothing to send. A client that has closed its writing half
    /// gets its answer; it is taken to have left when nothing was sent to it for this long. Default: 30 seconds.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub write_timeout: Duration,
    /// The largest head of a request in bytes. Default: 16 KiB.
    pub max_header_bytes: usize,
    /// The most headers of a request. Default: 100.
    pub max_headers: usize,
    /// The most connections at a time; more wait to be accepted. Three quarters of the files that the system lets this
    /// process have open, where that is less, which a warning tells. Default: 10,000.
    pub max_connections: usize,
    /// How long requests in flight may take after the server was told to stop, and after that the shutdown of the
    /// application. Default: 30 seconds.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub shutdown_timeout: Duration,
}

#[cfg(feature = "console")]
impl ServerConfig {
    /// Why nobody could be answered with these options.
    pub(crate) fn problem(&self) -> Option<String> {
        let zero = |option: &str, cure: &str| {
            Some(format!("{option} of config/server.rs is 0, so nobody could be answered; {cure}"))
        };
        match self {
            Self { max_connections: 0, .. } => zero(
                "max_connections",
                "set SERVER_MAX_CONNECTIONS to a number, or unset it to use the default",
            ),
            Self { header_timeout: Duration::ZERO, .. } => zero(
                "header_timeout",
                "set SERVER_HEADER_TIMEOUT to a number of seconds, or unset it to use the default",
            ),
            Self { write_timeout: Duration::ZERO, .. } => zero(
                "write_timeout",
                "set SERVER_WRITE_TIMEOUT to a number of seconds, or unset it to use the default",
            ),
            Self { max_header_bytes: 0, .. } => zero("max_header_bytes", "16 << 10 is the default"),
            Self { max_headers: 0, .. } => zero("max_headers", "100 is the default"),
            _ => None,
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8000,
            header_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(30),
            max_header_bytes: 16 << 10,
            max_headers: 100,
            max_connections: 10_000,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

#[cfg(all(test, feature = "console"))]
mod tests {
    use super::*;

    #[test]
    fn a_zero_with_which_nobody_could_be_answered_is_named() {
        assert_eq!(ServerConfig::default().problem(), None);
        let zeros = [
            ServerConfig { max_connections: 0, ..ServerConfig::default() },
            ServerConfig { header_timeout: Duration::ZERO, ..ServerConfig::default() },
            ServerConfig { write_timeout: Duration::ZERO, ..ServerConfig::default() },
            ServerConfig { max_header_bytes: 0, ..ServerConfig::default() },
            ServerConfig { max_headers: 0, ..ServerConfig::default() },
        ];
        let names = [
            "max_connections",
            "header_timeout",
            "write_timeout",
            "max_header_bytes",
            "max_headers",
        ];
        for (zero, name) in zeros.iter().zip(names) {
            let problem = zero.problem().unwrap_or_default();
            assert!(problem.starts_with(&format!("{name} of config/server.rs is 0")), "{problem}");
        }
        let at_once = ServerConfig { shutdown_timeout: Duration::ZERO, ..ServerConfig::default() };
        assert_eq!(at_once.problem(), None);
    }
}
