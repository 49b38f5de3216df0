//! Why a commit failed, and what the request is answered with.

use super::set_cookie::CookieChange;
use crate::error::Error;
use crate::session::api::entry_of;
use crate::session::drivers::DriverError;
use crate::session::record::Unstorable;

/// Why a commit failed.
#[derive(Debug)]
pub(crate) enum CommitError {
    /// The store.
    Driver(DriverError),
    /// A value.
    Unstorable(Unstorable),
    /// The session has more bytes of JSON than `max_bytes`, or than its cookie has room for.
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
        /// Whether the cookie is the store.
        in_cookie: bool,
        /// The keys that take the most room, with their sizes.
        largest: Vec<(String, usize)>,
    },
    /// The operating system gave no random bytes.
    Random(getrandom::Error),
    /// Other requests committed first again and again.
    Contended,
}

/// A commit that failed, and what the browser is to be told nevertheless: a logout or a rotation takes place although the
/// values of the same request cannot be stored.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: CommitError,
    pub(crate) cookie: CookieChange,
}

impl<E: Into<CommitError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.into(), cookie: CookieChange::None }
    }
}

impl From<DriverError> for CommitError {
    fn from(error: DriverError) -> Self {
        Self::Driver(error)
    }
}

impl From<Unstorable> for CommitError {
    fn from(problem: Unstorable) -> Self {
        Self::Unstorable(problem)
    }
}

impl From<getrandom::Error> for CommitError {
    fn from(error: getrandom::Error) -> Self {
        Self::Random(error)
    }
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Driver(source) => Error::with_source(503, source),
            CommitError::Random(source) => Error::with_source(503, source.to_string()),
            CommitError::Contended => Error::with_source(
                503,
                "other requests changed the session again and again while this one tried to commit",
            ),
            CommitError::TooLarge { bytes, limit, in_cookie, largest } => {
                let (why, cure) = if in_cookie {
                    (
                        "its cookie would be above 4096 bytes, which browsers drop",
                        "set SESSION_DRIVER to another driver",
                    )
                } else {
                    ("`max_bytes` in config/session.rs allows no more", "raise it")
                };
                Error::with_source(
                    500,
                    format!(
                        "the session has {bytes} bytes of values and may have {limit}: {why}; its largest keys: {}; keep \
                         large things elsewhere and their ids in the session, or {cure}; nothing of this request was stored",
                        sizes(&largest)
                    ),
                )
            }
            CommitError::Unstorable(Unstorable { key, why }) => {
                let (of_cache, key) = match entry_of(&key) {
                    Some(entry) => ("cache entry ", entry),
                    None => ("", key),
                };
                Error::with_source(
                    500,
                    format!(
                        "the session's {of_cache}`{}` cannot be stored: {why}; nothing of this request was stored",
                        key.escape_debug()
                    ),
                )
            }
        }
    }
}

fn sizes(keys: &[(String, usize)]) -> String {
    keys.iter()
        .map(|(key, bytes)| format!("`{}` ({bytes} bytes)", key.escape_debug()))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_writes_no_line_of_its_own_into_the_log() {
        let largest = vec![("a\nINFO".to_owned(), 5_000)];
        let error = CommitError::TooLarge { bytes: 5_100, limit: 4_096, in_cookie: false, largest };
        let error = Error::from(error);
        let told = error.source().expect("it has a cause").to_string();
        assert!(told.contains(r"`a\nINFO` (5000 bytes)") && !told.contains('\n'), "{told}");
    }
}
