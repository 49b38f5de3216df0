//! What can go wrong, in two kinds: [`Error`] while a request is answered, [`BootError`] before.
//!
//! An [`Error`] has two audiences and keeps them apart: its status and message are for the visitor, its
//! source is for the log and never reaches a response body (OWASP ASVS 5.0, 16.5.1), except on the debug page of a
//! developer's own machine.
//!
//! It knows the [`Place`] in the application that it comes from, and may carry an [`Excerpt`] of a file.

mod boot;
#[cfg(feature = "database")]
mod database;
#[cfg(feature = "framework")]
mod panic_place;
mod place;
mod request;

pub use boot::{BootError, BootProblem};
#[cfg(feature = "framework")]
pub(crate) use panic_place::{place_of_panic, watch_panics};
pub use place::{Excerpt, Place};
pub use request::{Error, abort, abort_if, abort_unless, abort_with};

/// Any error that can cross threads.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;
