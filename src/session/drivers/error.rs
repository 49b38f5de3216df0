//! Why a driver could not do its work.

use std::fmt;

use crate::error::BoxError;

/// Why a driver could not do its work.
#[derive(Debug)]
pub enum DriverError {
    /// `create` or `rotate` met a record under the new key. Tokens have 256 bits, so this is a fault or an attack.
    DuplicateId,
    /// The record is there and cannot be read; the text says where it was kept aside.
    Corrupt(String),
    /// The store cannot be reached or refuses to work.
    Unavailable(BoxError),
}

impl DriverError {
    /// Wraps the error of a store's client.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::Unavailable(source.into())
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateId => f.write_str("a session record with this key exists"),
            Self::Corrupt(what) => write!(f, "a session record cannot be read: {what}"),
            Self::Unavailable(source) => write!(f, "the session store is unavailable: {source}"),
        }
    }
}

impl std::error::Error for DriverError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // The message includes the cause, so the chain of causes continues below it.
            Self::Unavailable(cause) => cause.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn a_chain_of_causes_tells_each_once() {
        let error = DriverError::unavailable("the disk is full");
        assert_eq!(error.to_string(), "the session store is unavailable: the disk is full");
        assert!(error.source().is_none());
    }
}
