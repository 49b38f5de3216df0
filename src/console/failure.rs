//! Why a command ended without doing its work.

use std::process::ExitCode;

use super::Output;
use super::output::unless_gone;
use crate::error::{BootError, Error};

/// Why a command ended without doing its work.
pub(super) enum Failure {
    /// The application could not start.
    Boot(BootError),
    /// The arguments make no sense, or ask for help.
    Usage(Box<clap::Error>),
    /// The command failed; told with the causes.
    Error(Error),
    /// The command refuses; told as it is, over several lines if need be.
    Message(String),
}

impl Failure {
    pub(super) fn usage(error: clap::Error) -> Self {
        Self::Usage(Box::new(error))
    }

    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self::Message(why.into())
    }

    /// Says what was wrong, and with which code the process ends.
    pub(super) fn report(self, out: &Output) -> ExitCode {
        match self {
            Self::Boot(error) => out.error(error),
            Self::Usage(error) => {
                let printed = unless_gone(out.print(&error));
                let code = u8::try_from(error.exit_code()).ok().filter(|_| printed.is_ok());
                return code.map_or(ExitCode::FAILURE, ExitCode::from);
            }
            Self::Error(error) => out.error(causes(&error)),
            Self::Message(why) => out.error(why),
        }
        ExitCode::FAILURE
    }
}

/// The message and each cause that adds to it, a line each.
fn causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source().map(|source| source as &dyn std::error::Error);
    while let Some(next) = cause {
        let line = next.to_string();
        if !text.contains(&line) {
            text.push_str(&format!("\n  because: {line}"));
        }
        cause = next.source();
    }
    text
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn an_error_is_told_with_its_causes_and_no_line_twice() {
        let error = Error::with_source(500, io::Error::other("disk full"));
        assert_eq!(causes(&error), "disk full");
        let error = error.message_for_visitor("nothing was imported");
        assert_eq!(causes(&error), "nothing was imported\n  because: disk full");
    }
}
