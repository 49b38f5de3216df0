//! Why a value cannot be stored.

/// Why a change cannot be applied or stored; names the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unstorable {
    pub(crate) key: String,
    pub(crate) why: String,
}

impl Unstorable {
    pub(crate) fn new(key: &str, why: impl ToString) -> Self {
        Self { key: key.to_owned(), why: why.to_string() }
    }
}
