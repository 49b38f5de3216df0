//! The page that shows a developer what went wrong, on their own machine.
//!
//! It shows what an attacker would like to read, so it exists only where the environment is local and APP_DEBUG is true.
//! Even there credentials are masked: by their names (`secrets.rs`), and by their values wherever else they occur, as
//! in a message that quotes the URL of the database. Everything is escaped, and the page has no scripts.

mod page;
mod secrets;
mod source;
mod write;

pub(super) use page::page;
pub(super) use secrets::Secrets;
