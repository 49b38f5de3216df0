//! What config files call.
//!
//! Each getter is `#[track_caller]`, so that a problem names the line of the config file that asked.

use std::any::type_name;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::env::literal;
use super::secret::is_sensitive;
use super::{Env, Environment, Secret};

impl Env {
    /// A text. `KEY=` is the empty text; only an unset variable gives the default.
    #[track_caller]
    pub fn string(&self, key: &str, default: &str) -> String {
        self.ask(key).unwrap_or(default).to_owned()
    }

    /// The name of something that may be called `null`, such as a driver: that word is a name here, and not as good as
    /// unset. `(null)` is.
    #[track_caller]
    pub fn name(&self, key: &str, default: &str) -> String {
        let asked = self.ask(key);
        if self.text(key).is_some_and(|text| text.eq_ignore_ascii_case("null")) {
            return "null".to_owned();
        }
        asked.unwrap_or(default).to_owned()
    }

    /// A text that may be missing; an empty one counts as missing.
    #[track_caller]
    pub fn optional(&self, key: &str) -> Option<String> {
        self.filled(key).map(str::to_owned)
    }

    /// A text that is never printed and may be missing.
    #[track_caller]
    pub fn secret(&self, key: &str) -> Option<Secret> {
        self.note_secret(key);
        self.filled(key).map(Secret::from)
    }

    /// A switch: `true`, `1`, `on` or `yes`, and `false`, `0`, `off` or `no`.
    #[track_caller]
    pub fn bool(&self, key: &str, default: bool) -> bool {
        let Some(value) = self.filled(key) else { return default };
        match literal(value).to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => true,
            "false" | "0" | "off" | "no" => false,
            _ => {
                self.misread(key, Some(value), "`true` or `false`");
                default
            }
        }
    }

    /// A number, of any type of number.
    #[track_caller]
    pub fn integer<T: FromStr>(&self, key: &str, default: T) -> T {
        let Some(value) = self.filled(key) else { return default };
        let Ok(number) = value.trim().parse() else {
            self.misread(key, Some(value), format_args!("a number of type `{}`", type_name::<T>()));
            return default;
        };
        number
    }

    /// A whole number of minutes.
    #[track_caller]
    pub fn minutes(&self, key: &str, default: u64) -> Duration {
        self.duration(key, default, 60, "a whole number of minutes")
    }

    /// A whole number of seconds.
    #[track_caller]
    pub fn seconds(&self, key: &str, default: u64) -> Duration {
        self.duration(key, default, 1, "a whole number of seconds")
    }

    #[track_caller]
    fn duration(&self, key: &str, default: u64, unit: u64, expected: &str) -> Duration {
        let default = Duration::from_secs(default.saturating_mul(unit));
        let Some(value) = self.filled(key) else { return default };
        let seconds = value.trim().parse::<u64>().ok().and_then(|count| count.checked_mul(unit));
        let Some(seconds) = seconds else {
            self.misread(key, Some(value), expected);
            return default;
        };
        Duration::from_secs(seconds)
    }

    /// A list, its elements parted by commas; spaces around them and empty elements are dropped.
    #[track_caller]
    pub fn list(&self, key: &str, default: &[&str]) -> Vec<String> {
        let Some(value) = self.ask(key) else {
            return default.iter().copied().map(str::to_owned).collect();
        };
        value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// A value of any type that can be parsed.
    #[track_caller]
    pub fn parse<T: FromStr<Err: Display>>(&self, key: &str, default: T) -> T {
        let Some(value) = self.filled(key) else { return default };
        match value.parse() {
            Ok(value) => value,
            Err(error) => {
                self.misread(key, Some(value), expected::<T>(key, value, &error));
                default
            }
        }
    }

    /// A value of any type that can be read from text, and that may be missing.
    #[track_caller]
    pub fn parse_optional<T: FromStr<Err: Display>>(&self, key: &str) -> Option<T> {
        let value = self.filled(key)?;
        match value.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.misread(key, Some(value), expected::<T>(key, value, &error));
                None
            }
        }
    }

    /// Values of one type, separated by commas.
    #[track_caller]
    pub fn parse_list<T: FromStr<Err: Display>>(&self, key: &str) -> Vec<T> {
        let Some(value) = self.filled(key) else { return Vec::new() };
        let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
        match parts.map(str::parse).collect::<Result<Vec<T>, T::Err>>() {
            Ok(values) => values,
            Err(error) => {
                self.misread(key, Some(value), expected::<T>(key, value, &error));
                Vec::new()
            }
        }
    }

    /// One of a few words.
    #[track_caller]
    pub fn one_of(&self, key: &str, known: &[&str], default: &str) -> String {
        let Some(value) = self.filled(key) else { return default.to_owned() };
        if known.contains(&value) {
            return value.to_owned();
        }
        self.misread(key, Some(value), format_args!("one of: {}", known.join(", ")));
        default.to_owned()
    }

    /// A path of a file or folder.
    #[track_caller]
    pub fn path(&self, key: &str, default: impl Into<PathBuf>) -> PathBuf {
        self.filled(key).map_or_else(|| default.into(), PathBuf::from)
    }

    /// Where the application runs: `APP_ENV`, production when unset.
    #[track_caller]
    pub fn environment(&self) -> Environment {
        self.filled("APP_ENV").map(Environment::from).unwrap_or_default()
    }

    /// A variable's text unless it is empty.
    #[track_caller]
    fn filled(&self, key: &str) -> Option<&str> {
        self.ask(key).filter(|value| !value.trim().is_empty())
    }
}

/// What a value should have been. A parser may quote what it was given, so a secret's reason is left out.
fn expected<T>(key: &str, value: &str, error: &impl Display) -> String {
    let name = type_name::<T>().rsplit("::").next().unwrap_or_default();
    if is_sensitive(key, value) {
        return format!("a valid `{name}`");
    }
    format!("a valid `{name}`: {error}")
}

#[cfg(test)]
mod tests;
