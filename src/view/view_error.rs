//! What is wrong with a template.

use std::fmt;

use crate::error::{Excerpt, Place};

/// A template that is missing or broken: file, line, what is wrong and the lines around.
#[derive(Debug)]
pub struct ViewError {
    pub(super) file: String,
    pub(super) line: Option<u32>,
    pub(super) what: String,
    pub(super) excerpt: Option<Box<Excerpt>>,
    pub(super) source: minijinja::Error,
}

impl ViewError {
    /// The file, and the line if there is one.
    pub(super) fn place(&self) -> String {
        match self.line {
            Some(line) => Place::new(self.file.clone(), line).to_string(),
            None => self.file.clone(),
        }
    }

    /// The lines of the template around the one that is wrong.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_deref()
    }
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.what)
    }
}

impl std::error::Error for ViewError {
    /// The cause that a function of the application gave.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(innermost(&self.source))
    }
}

/// The engine wraps an error in an included file into one that names the `include`.
pub(super) fn innermost(error: &minijinja::Error) -> &minijinja::Error {
    let inner = std::error::Error::source(error);
    let inner = inner.and_then(|inner| inner.downcast_ref::<minijinja::Error>());
    match inner.filter(|inner| inner.line().is_some()) {
        Some(inner) => innermost(inner),
        None => error,
    }
}
