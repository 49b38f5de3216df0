//! The variables, where each was set, and what went wrong in reading them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::panic::Location;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::{fmt, fs, io};

use crate::error::{BootError, BootProblem};
use crate::support::place;

use super::dotenv;
use super::secret::is_sensitive;
use crate::support::lock::lock;

/// The environment of the application: the process's variables over those of `.env`.
///
/// The process environment itself is never changed. The getters stand with the page on
/// [configuration](super).
#[derive(Default)]
pub struct Env {
    variables: BTreeMap<String, Variable>,
    notes: Mutex<Notes>,
}

struct Variable {
    /// Nothing when it is not Unicode.
    value: Option<String>,
    origin: Origin,
}

/// What was noted while config files asked for values.
#[derive(Default)]
struct Notes {
    problems: BootError,
    asked: BTreeSet<String>,
    /// The variables that were asked for as secrets.
    secrets: BTreeSet<String>,
}

/// Where a variable was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the environment of the process.
    Process,
    /// On a line of a file, `.env` mostly.
    File {
        /// The file's name.
        name: String,
        /// The number of the line, from one.
        line: usize,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process => f.write_str("the environment"),
            Self::File { name, line } => write!(f, "{name} line {line}"),
        }
    }
}

impl Env {
    /// Reads the process environment, and under it the `.env` of a folder if there is one.
    ///
    /// Lines that cannot be understood are among the [`problems`](Env::problems).
    pub fn load(base: impl AsRef<Path>) -> Self {
        Self::load_under(base.as_ref(), std::env::vars_os())
    }

    /// An environment without variables.
    pub fn empty() -> Self {
        Self::default()
    }

    /// An environment of these variables alone, for tests.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        pairs.into_iter().fold(Self::empty(), |env, (key, value)| env.with(key, value))
    }

    /// Sets a variable, as if the process had it.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(key.into(), Some(value.into()), Origin::Process);
        self
    }

    fn load_under(base: &Path, process: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let mut own = Self::empty();
        for (key, value) in process {
            if let Ok(key) = key.into_string() {
                own.set(key, value.into_string().ok(), Origin::Process);
            }
        }
        let mut env = Self::empty();
        env.read_file(base, &own.file_name(base));
        env.variables.append(&mut own.variables);
        env
    }

    /// `.env.testing` when the process says `APP_ENV=testing` and there is such a file, else `.env`.
    fn file_name(&self, base: &Path) -> String {
        let of_environment = self.lookup("APP_ENV").map(|name| format!(".env.{name}"));
        of_environment.filter(|name| base.join(name).is_file()).unwrap_or_else(|| ".env".to_owned())
    }

    fn read_file(&mut self, base: &Path, name: &str) {
        let text = match fs::read(base.join(name)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                self.report(BootProblem::new(name, format_args!("cannot be read: {error}")));
                return;
            }
        };
        let parsed = dotenv::parse(&text);
        for line in parsed.broken {
            // Not the line itself: it may hold a password.
            let problem =
                BootProblem::new(format_args!("{name} line {line}"), "is not `KEY=value`");
            self.report(problem.cure(
                "put a value with spaces, `#`, `$` or quotes in it in double quotes, and close them",
            ));
        }
        for found in parsed.assignments {
            let origin = Origin::File { name: name.to_owned(), line: found.line };
            self.set(found.key, Some(found.value), origin);
        }
    }

    fn set(&mut self, key: String, value: Option<String>, origin: Origin) {
        self.variables.insert(key, Variable { value, origin });
    }

    /// Everything that could not be understood so far; `into_result()` makes it an error if there is any.
    pub fn problems(&self) -> BootError {
        self.notes().problems.clone()
    }

    /// The names of the variables that were asked for, set or not, sorted.
    pub fn asked(&self) -> Vec<String> {
        self.notes().asked.iter().cloned().collect()
    }

    /// Variables of the file that nobody asked for, such as a misspelt one.
    pub fn unasked(&self) -> Vec<(String, Origin)> {
        let notes = self.notes();
        let in_file = self.variables.iter().filter(|(_, found)| found.origin != Origin::Process);
        in_file
            .filter(|(key, _)| !notes.asked.contains(*key))
            .map(|(key, found)| (key.clone(), found.origin.clone()))
            .collect()
    }

    /// Where a variable was set, if it was.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.variables.get(key).map(|found| &found.origin)
    }

    /// The values of variables that are secret by their names, or are addresses with a password.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let texts =
            self.variables.iter().filter_map(|(key, found)| Some((key, found.value.as_deref()?)));
        let asked = self.notes().secrets.clone();
        texts
            .filter(move |(key, value)| asked.contains(*key) || is_sensitive(key, value))
            .map(|(_, value)| value)
    }

    /// Notes that a variable is a secret, whatever its name.
    pub(super) fn note_secret(&self, key: &str) {
        self.notes().secrets.insert(key.to_owned());
    }

    /// The text of a variable; `null` is as good as unset, `empty` is the empty text.
    #[track_caller]
    pub(super) fn ask(&self, key: &str) -> Option<&str> {
        self.notes().asked.insert(key.to_owned());
        if self.variables.get(key).is_some_and(|found| found.value.is_none()) {
            self.misread(key, None, "Unicode text");
        }
        self.lookup(key)
    }

    /// The text of a variable as it was written, literals included.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.variables.get(key)?.value.as_deref()
    }

    fn lookup(&self, key: &str) -> Option<&str> {
        let value = self.text(key)?;
        match literal(value) {
            "null" => None,
            "empty" => Some(""),
            _ => Some(value),
        }
    }

    /// Notes that a variable is not what was expected.
    #[track_caller]
    pub(super) fn misread(&self, key: &str, value: Option<&str>, expected: impl fmt::Display) {
        let Some(origin) = self.origin(key) else {
            return;
        };
        let shown = value
            .filter(|value| !is_sensitive(key, value))
            .map_or_else(String::new, |value| format!("=`{value}`"));
        let what = format!("{key}{shown} ({origin}) is not {expected}");
        let cure = match origin {
            Origin::Process => format!("correct {key} in the environment, or unset it"),
            Origin::File { .. } => format!("correct {origin}, or remove it"),
        };
        let cure = format!("{cure} to use the default");
        self.report(BootProblem::new(place(Location::caller()), what).cure(cure));
    }

    fn report(&self, problem: BootProblem) {
        self.notes().problems.push(problem);
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        lock(&self.notes)
    }
}

/// The word behind one of Laravel's literals, `(TRUE)` for example; anything else is returned as it is.
pub(super) fn literal(value: &str) -> &str {
    let inner = value.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(value);
    let words = ["true", "false", "null", "empty"];
    words.into_iter().find(|word| inner.eq_ignore_ascii_case(word)).unwrap_or(value)
}

impl fmt::Debug for Env {
    /// Names alone: the values hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(test)]
mod tests;
