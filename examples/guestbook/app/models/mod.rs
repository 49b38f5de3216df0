//! What the tables hold.

pub mod entry;
pub mod user;
