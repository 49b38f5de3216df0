//! Under what a driver's index keeps the keys of one user's sessions.

use std::fmt;

/// The name of a user in the index of a driver: 16 bytes from which nobody who reads the store learns the user.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag([u8; 16]);

impl Tag {
    /// A tag from its bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes of the tag.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads what `Display` writes; `None` if it is something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let tag = Self(u128::from_str_radix(text, 16).ok()?.to_be_bytes());
        (tag.to_string() == text).then_some(tag)
    }
}

/// As 32 lower-case hexadecimal digits.
impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_reads_back_from_its_hexadecimal_digits() {
        let tag = Tag::from_bytes(std::array::from_fn(|index| index as u8));
        assert_eq!(tag.to_string(), "000102030405060708090a0b0c0d0e0f");
        assert_eq!(Tag::parse(&tag.to_string()), Some(tag));
        for other in ["", "0", "+00102030405060708090a0b0c0d0e0f", &tag.to_string().to_uppercase()]
        {
            assert_eq!(Tag::parse(other), None, "{other:?}");
        }
    }
}
