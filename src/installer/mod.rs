//! Making new projects: what the `lunox` command does.

pub(crate) mod accounts;
#[cfg(feature = "installer")]
mod database;
#[cfg(feature = "installer")]
pub mod skeleton;

#[cfg(feature = "installer")]
pub use database::Database;
