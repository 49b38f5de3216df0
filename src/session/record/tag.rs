//! Under what a driver's index keeps the keys of one user's sessions.

use std::fmt;

use crate::encryption::{Keyring, SIGNATURE};

/// The name of a user in the index of a driver: 16 bytes from which nobody who reads the store learns the user.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag([u8; 16]);

impl Tag {
    /// How many bytes a tag has.
    pub(crate) const BYTES: usize = 16;

    /// The tags of a user: the one under APP_KEY, then those under APP_PREVIOUS_KEYS, which sessions from before have.
    pub(crate) fn all_of(keys: &Keyring, guard: &str, user: &str) -> Vec<Self> {
        // With its length, so that no other guard and user have the same bytes.
        let named =
            [&(guard.len() as u64).to_be_bytes(), guard.as_bytes(), user.as_bytes()].concat();
        let tag = |signature: [u8; SIGNATURE]| Self(std::array::from_fn(|index| signature[index]));
        keys.signer("session tag").sign_under_each(&named).map(tag).collect()
    }

    /// A tag from its bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
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
    use crate::encryption::AppKey;

    #[test]
    fn a_tag_is_of_one_guard_one_user_and_one_key() {
        let [old, new] = [1, 2].map(|_| AppKey::generate().expect("random bytes"));
        let before = Keyring::new(old.clone(), []);
        let after = Keyring::new(new, [old]);
        let tags = Tag::all_of(&before, "web", "7");
        assert_eq!(tags, Tag::all_of(&before, "web", "7"));
        let others = [("web", "8"), ("admin", "7"), ("we", "b7"), ("web7", ""), ("", "web7")];
        for (guard, user) in others {
            assert_ne!(Tag::all_of(&before, guard, user), tags, "{guard} {user}");
        }
        let now = Tag::all_of(&after, "web", "7");
        assert_eq!((now.len(), now[1]), (2, tags[0]), "sessions from before are found");
        assert_ne!(now[0], tags[0]);
    }

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
