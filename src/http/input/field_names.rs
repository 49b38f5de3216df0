//! Fields by patterns of their names.

use super::is_match;

/// Patterns for the names of fields, in which `*` stands for any characters.
///
/// Only letters and digits are compared, in any case: `*password*` matches `newPassword`, `new-password` and `PASSWORD`.
pub(crate) struct FieldNames(Vec<String>);

impl FieldNames {
    pub(crate) fn new(patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(patterns.into_iter().map(|pattern| plain(pattern.as_ref())).collect())
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let name = plain(name);
        self.0.iter().any(|pattern| is_match(pattern, &name))
    }
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric() || *c == '*');
    letters.flat_map(char::to_lowercase).collect()
}
