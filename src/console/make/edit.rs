//! The edits, each a function from text to text. A line that is there already stays as it is.

mod modules;
mod registration;
mod uses;

pub(super) use modules::{add_module, add_reexport};
pub(super) use registration::{add_alias, add_element};
pub(super) use uses::add_use;

/// The text with something put in at a place.
fn insert(text: &str, at: usize, new: &str) -> String {
    [&text[..at], new, &text[at..]].concat()
}
