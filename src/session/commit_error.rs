//! Why a commit failed, and what the request is answered with.

use super::DriverError;
use super::changes::Unstorable;
use crate::error::Error;

/// Why a commit failed.
#[derive(Debug)]
pub(super) enum CommitError {
    /// The store.
    Driver(DriverError),
    /// A value.
    Unstorable(Unstorable),
    /// The session does not fit into its cookie.
    TooLarge {
        /// How long the header would be.
        bytes: usize,
        /// How long it may be.
        limit: usize,
        /// The keys that take the most room, with their sizes.
        largest: Vec<(String, usize)>,
    },
    /// The operating system gave no random bytes.
    Random(getrandom::Error),
    /// Other requests committed first again and again.
    Contended,
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
            CommitError::TooLarge { bytes, limit, largest } => Error::with_source(
                500,
                format!(
                    "the session makes a cookie of {bytes} bytes, and browsers drop those above {limit}; its largest \
                     keys: {}; keep large things elsewhere and their ids in the session, or set SESSION_DRIVER to \
                     another driver; nothing of this request was stored",
                    sizes(&largest)
                ),
            ),
            CommitError::Unstorable(problem) => Error::with_source(
                500,
                format!(
                    "the session's `{}` cannot be stored: {}; nothing of this request was stored",
                    problem.key.escape_debug(),
                    problem.why
                ),
            ),
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
        let error = Error::from(CommitError::TooLarge { bytes: 5_100, limit: 4_096, largest });
        let told = error.source().expect("it has a cause").to_string();
        assert!(told.contains(r"`a\nINFO` (5000 bytes)") && !told.contains('\n'), "{told}");
    }
}
