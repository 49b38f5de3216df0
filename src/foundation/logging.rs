//! The log.

use std::fmt;
#[cfg(feature = "logging")]
use std::io::{self, IsTerminal, Write};
use std::str::FromStr;

use serde::Serialize;
#[cfg(feature = "logging")]
use tracing_subscriber::EnvFilter;
#[cfg(feature = "logging")]
use tracing_subscriber::filter::LevelFilter;
#[cfg(feature = "logging")]
use tracing_subscriber::fmt::MakeWriter;

#[cfg(feature = "logging")]
use crate::support::terminal::escape;

/// The options of `config/logging.rs`.
#[derive(Clone, Debug, Serialize)]
pub struct LogConfig {
    /// What is written: a level (`debug`, `info`, `warn`, `error`, `off`) or a filter of tracing
    /// (`info,lunox::session=debug`).
    pub level: String,
    /// For people or for machines.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Human }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// The text is not a format.
#[derive(Clone, Copy, Debug)]
pub struct ParseFormatError;

impl fmt::Display for ParseFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`human` or `json`")
    }
}

impl std::error::Error for ParseFormatError {}

impl FromStr for LogFormat {
    type Err = ParseFormatError;

    fn from_str(text: &str) -> Result<Self, ParseFormatError> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(ParseFormatError),
        }
    }
}

#[cfg(feature = "logging")]
impl LogConfig {
    /// What of the log is written.
    ///
    /// # Errors
    /// When the level is none.
    pub(crate) fn filter(&self) -> Result<EnvFilter, String> {
        let refused = |why: &dyn fmt::Display| {
            let level = self.level.escape_debug();
            format!("LOG_LEVEL `{level}` is no level and no filter: {why}")
        };
        let level = self.level.trim();
        // As a filter, a word that is not a level is the name of a crate, and silences all others: it is a typing error.
        let is_word = !level.contains(['=', ',', '[', ':']);
        if level.is_empty() || (is_word && level.parse::<LevelFilter>().is_err()) {
            return Err(refused(&"the levels are off, error, warn, info, debug and trace"));
        }
        EnvFilter::try_new(level).map_err(|error| refused(&error))
    }
}

/// Standard error, which may be a terminal: nothing in a line controls it.
#[cfg(feature = "logging")]
struct Safe;

#[cfg(feature = "logging")]
impl MakeWriter<'_> for Safe {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

#[cfg(feature = "logging")]
impl Write for Safe {
    /// Writes a line, which arrives in one piece.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        io::stderr().write_all(escape(&text, true).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Writes the log of this process to standard error. A second call changes nothing.
///
/// # Errors
/// When the level is none.
#[cfg(feature = "logging")]
pub fn init_logging(config: &LogConfig) -> Result<(), String> {
    let filter = config.filter()?;
    // What cannot be written is not told on standard error either: that panics where nobody reads it any more, and would
    // end a command half-way (`session:destroy --all 2>&1 | head`).
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Safe)
        .log_internal_errors(false);
    // `try_init` fails only when a subscriber is set already: an application embedded in another keeps that one.
    let _ = match config.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Human => builder
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .compact()
            .try_init(),
    };
    Ok(())
}
