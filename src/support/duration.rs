//! Writes a `Duration` of a config struct as people say it: `2h`, `90m`, `30s`.
//!
//! The largest unit that leaves nothing over is used, of `h`, `m`, `s`, `ms`, `us` and `ns`. It is for
//! reading: code takes the `Duration` from the config struct.
//!
//! ```
//! use serde::Serialize;
//! use std::time::Duration;
//!
//! #[derive(Serialize)]
//! struct Limits {
//!     #[serde(serialize_with = "lunox::support::duration::serialize")]
//!     request: Duration,
//!     #[serde(serialize_with = "lunox::support::duration::serialize")]
//!     upload: Option<Duration>,
//! }
//!
//! let limits = Limits { request: Duration::from_secs(90), upload: None };
//! assert_eq!(serde_json::to_string(&limits)?, r#"{"request":"90s","upload":null}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::time::Duration;

use serde::Serializer;

/// Writes a `Duration`, or an `Option` of one.
///
/// # Errors
/// When the serializer fails.
pub fn serialize<S, D>(duration: &D, serializer: S) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    D: Copy + Into<Option<Duration>>,
{
    match (*duration).into() {
        Some(duration) => serializer.serialize_str(&text(duration)),
        None => serializer.serialize_none(),
    }
}

/// The words for a duration: `90m`.
fn text(duration: Duration) -> String {
    const UNITS: [(u128, &str); 6] = [
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
    ];
    let nanos = duration.as_nanos();
    let fits = UNITS.iter().find(|(unit, _)| nanos > 0 && nanos.is_multiple_of(*unit));
    fits.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", nanos / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_whole_unit_is_used() {
        for (duration, expected) in [
            (Duration::ZERO, "0s"),
            (Duration::from_secs(7200), "2h"),
            (Duration::from_secs(5400), "90m"),
            (Duration::from_secs(61), "61s"),
            (Duration::from_millis(1500), "1500ms"),
            (Duration::from_nanos(1), "1ns"),
        ] {
            assert_eq!(text(duration), expected);
        }
    }
}
