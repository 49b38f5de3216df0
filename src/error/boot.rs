//! Errors that keep an application from starting.

use std::fmt;

/// One thing that keeps the application from starting: where, what, and the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootProblem {
    at: String,
    what: String,
    cure: Option<String>,
}

impl BootProblem {
    /// A problem found `at` a file, a route's line or a provider.
    pub fn new(at: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self { at: at.to_string(), what: what.to_string(), cure: None }
    }

    /// Says how to mend it.
    #[must_use]
    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }
}

impl fmt::Display for BootProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)?;
        if let Some(cure) = &self.cure {
            write!(f, "\n     cure: {cure}")?;
        }
        Ok(())
    }
}

/// Everything that keeps the application from starting, reported at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootError {
    problems: Vec<BootProblem>,
}

impl BootError {
    /// The problems, in the order in which they were found.
    pub fn problems(&self) -> &[BootProblem] {
        &self.problems
    }

    /// Adds a problem.
    pub fn push(&mut self, problem: BootProblem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Takes over the problems of another report.
    pub fn extend(&mut self, other: BootError) {
        other.problems.into_iter().for_each(|problem| self.push(problem));
    }

    /// `Ok` when nothing was reported.
    ///
    /// # Errors
    /// When there is at least one problem.
    pub fn into_result(self) -> Result<(), BootError> {
        if self.problems.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<BootProblem> for BootError {
    fn from(problem: BootProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl FromIterator<BootProblem> for BootError {
    fn from_iter<I: IntoIterator<Item = BootProblem>>(iter: I) -> Self {
        let mut error = Self::default();
        iter.into_iter().for_each(|problem| error.push(problem));
        error
    }
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.problems.len() == 1 { "problem" } else { "problems" };
        write!(f, "the application cannot start: {} {plural}", self.problems.len())?;
        for (number, problem) in self.problems.iter().enumerate() {
            write!(f, "\n  {}. {problem}", number + 1)?;
        }
        Ok(())
    }
}

impl std::error::Error for BootError {}
