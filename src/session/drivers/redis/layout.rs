//! The names and the bytes in the server.

use bytes::{Buf, Bytes};

use crate::session::drivers::{DriverError, Stored};
use crate::session::record::{Key, Tag};

/// Version and deadline.
const HEAD: usize = 16;

/// A time that no clock reaches, in seconds, and whose milliseconds a double holds exactly: the year 33658.
const LATEST: u64 = 1_000_000_000_000;

/// The names of the keys.
#[derive(Clone)]
pub(super) struct Layout {
    prefix: String,
}

impl Layout {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// `<prefix>:{<shard>}:s:<key>`. The braces put all keys of a shard into one slot of a cluster.
    pub(super) fn record(&self, key: &Key) -> String {
        format!("{}:{{{:02x}}}:s:{key}", self.prefix, key.shard())
    }

    /// `<prefix>:{<tag>}:t`.
    pub(super) fn tag(&self, tag: &Tag) -> String {
        format!("{}:{{{tag}}}:t", self.prefix)
    }

    /// `<prefix>:{<key>}:h`: the hits of a limit.
    #[cfg(feature = "throttle")]
    pub(super) fn hits(&self, key: &str) -> String {
        format!("{}:{{{key}}}:h", self.prefix)
    }

    /// What the names of all records match.
    pub(super) fn records(&self) -> String {
        let mut pattern = String::new();
        for c in self.prefix.chars() {
            if r"*?[]\".contains(c) {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern + ":{??}:s:*"
    }

    /// The key in the name of a record.
    pub(super) fn key(&self, name: &[u8]) -> Option<Key> {
        let name = std::str::from_utf8(name).ok()?;
        let key: Key = name.rsplit_once(':')?.1.parse().ok()?;
        (self.record(&key) == name).then_some(key)
    }
}

pub(super) fn encode(version: u64, deadline: u64, payload: &[u8]) -> Vec<u8> {
    [&version.to_be_bytes()[..], &deadline.to_be_bytes(), payload].concat()
}

pub(super) fn decode(key: &Key, mut bytes: Bytes) -> Result<Stored, DriverError> {
    if bytes.len() < HEAD {
        return Err(DriverError::Corrupt(format!("the value of {key} in Redis is too short")));
    }
    let (version, deadline) = (bytes.get_u64(), bytes.get_u64());
    Ok(Stored::new(version, deadline, bytes))
}

/// A deadline for a script.
pub(super) fn seconds(deadline: u64) -> u64 {
    deadline.min(LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_rotation_share_their_hash_tag() {
        let layout = Layout::new("blog");
        let [old, new] = [[7; 32], [[7; 1].as_slice(), &[9; 31]].concat().try_into().expect("32")]
            .map(Key::from_bytes)
            .map(|key| layout.record(&key));
        assert_ne!(old, new);
        for name in [old, new] {
            assert!(name.starts_with("blog:{07}:s:07"), "{name}");
            let key = layout.key(name.as_bytes()).expect("it reads back");
            assert_eq!(layout.record(&key), name);
        }
    }

    #[test]
    fn a_prefix_is_matched_as_it_is_written() {
        assert_eq!(Layout::new("a*[b]?").records(), r"a\*\[b\]\?:{??}:s:*");
        let key = Key::from_bytes([7; 32]);
        assert_eq!(Layout::new("a").key(Layout::new("b").record(&key).as_bytes()), None);
    }
}
