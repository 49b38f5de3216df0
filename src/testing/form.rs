//! The fields of a form that a test sends.

use std::fmt::Display;

/// The fields of a form: a list of pairs, `[("name", "Ada")]`, or `()` for none.
///
/// Names with brackets nest: `("tags[]", "a")`.
pub trait FormFields {
    /// The pairs of name and value.
    fn pairs(self) -> Vec<(String, String)>;
}

impl FormFields for () {
    fn pairs(self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl<K: Display, V: Display, const N: usize> FormFields for [(K, V); N] {
    fn pairs(self) -> Vec<(String, String)> {
        texts(self)
    }
}

impl<K: Display, V: Display> FormFields for Vec<(K, V)> {
    fn pairs(self) -> Vec<(String, String)> {
        texts(self)
    }
}

impl<K: Display, V: Display> FormFields for &[(K, V)] {
    fn pairs(self) -> Vec<(String, String)> {
        texts(self.iter().map(|(name, value)| (name, value)))
    }
}

fn texts<K: Display, V: Display>(pairs: impl IntoIterator<Item = (K, V)>) -> Vec<(String, String)> {
    pairs.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// The fields as `application/x-www-form-urlencoded`.
pub(super) fn encode(fields: impl FormFields) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields.pairs()).finish()
}
