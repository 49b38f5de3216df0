//! What the tables hold.

pub mod entry;
