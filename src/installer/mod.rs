//! Making new projects: what the `lunox` command does.

mod database;
pub mod skeleton;

pub use database::Database;
