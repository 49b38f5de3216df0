//! What can go wrong, in two kinds: [`Error`] while a request is answered, [`BootError`] before.
//!
//! An [`Error`] has two audiences and keeps them apart: its status and message are for the visitor, its
//! source is for the log and never reaches a response body (OWASP ASVS 5.0, 16.5.1).

mod boot;
mod request;

pub use boot::{BootError, BootProblem};
pub use request::{Error, abort, abort_if, abort_unless, abort_with};

/// Any error that can cross threads.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;
