//! Versions for stores that cannot roll back.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Far apart, so that the versions of two records that lay under one key after each other do not meet.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Where versions begin: a random number when the process starts, and then far from all before.
///
/// A record counts up from there. The number is not a secret; it has to differ, also from those of other processes that
/// use the same folder.
#[derive(Debug)]
pub(super) struct Versions(AtomicU64);

impl Versions {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(RandomState::new().hash_one(std::process::id())))
    }

    /// Where the first record starts at 1.
    #[cfg(test)]
    pub(super) fn from_one() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The version of a new record. Never 0, and no record counts from it to the largest number.
    pub(super) fn start(&self) -> u64 {
        (self.0.fetch_add(STEP, Ordering::Relaxed) >> 1) + 1
    }

    /// A version after this one that leaves room for those which were written and cannot be read any more.
    pub(super) fn skip(&self, version: u64) -> u64 {
        version + 2 + (self.start() >> 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_one_key_do_not_share_versions() {
        let versions = Versions::new();
        let mut starts: Vec<u64> = (0..10_000).map(|_| versions.start()).collect();
        starts.sort_unstable();
        let apart = starts.windows(2).map(|two| two[1] - two[0]).min();
        assert!(apart > Some(1 << 40), "{apart:?}");
        assert!(starts.iter().all(|start| (1..=1 << 63).contains(start)));
        let lost = starts[0] + 1;
        assert!(versions.skip(starts[0]) > lost);
    }

    #[test]
    fn another_process_starts_elsewhere() {
        assert_ne!(Versions::new().start(), Versions::new().start());
    }
}
