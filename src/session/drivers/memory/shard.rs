//! One shard of the records, and what all of them hold together.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::session::drivers::{DriverError, Stored};
use crate::session::record::Key;

pub(super) type Shard = HashMap<Key, Stored, BuildHasherDefault<KeyHasher>>;

/// What all shards hold together, and may hold.
#[derive(Debug)]
pub(super) struct Usage {
    pub(super) records: AtomicUsize,
    pub(super) bytes: AtomicUsize,
    max_records: usize,
    max_bytes: usize,
    warned: AtomicBool,
}

impl Usage {
    pub(crate) fn new(max_records: usize, max_bytes: usize) -> Self {
        Self {
            records: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            max_records,
            max_bytes,
            warned: AtomicBool::new(false),
        }
    }

    pub(super) fn more(&self, bytes: usize) {
        self.records.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn less(&self, bytes: usize) {
        self.records.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(super) fn exceeded(&self) -> bool {
        self.records.load(Ordering::Relaxed) > self.max_records
            || self.bytes.load(Ordering::Relaxed) > self.max_bytes
    }

    /// Refuses a payload that would not fit even if it were alone.
    pub(super) fn admit(&self, bytes: usize) -> Result<(), DriverError> {
        if bytes <= self.max_bytes {
            return Ok(());
        }
        let most = self.max_bytes;
        Err(DriverError::unavailable(format!("{bytes} bytes exceed the memory driver's {most}")))
    }

    /// The size from which a record takes more than its share, if the bytes are what is exceeded.
    fn large(&self) -> Option<usize> {
        let (records, bytes) =
            (self.records.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        (bytes > self.max_bytes).then(|| bytes / records.max(1))
    }

    /// Drops records of one shard until the bounds are kept, those nearest to their deadline first. Where the bytes are
    /// exceeded only large records are dropped, unless `any` may be: few large sessions must not push out many small ones.
    pub(super) fn make_room(&self, shard: &mut Shard, spared: [&Key; 2], any: bool) {
        if !self.exceeded() {
            return;
        }
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!("the memory session driver is full: sessions end before their time");
        }
        let least = if any { 0 } else { self.large().unwrap_or(0) };
        let others = shard
            .iter()
            .filter(|(key, stored)| stored.payload.len() >= least && !spared.contains(key));
        let mut rest: Vec<_> = others.map(|(key, stored)| (stored.deadline, *key)).collect();
        while self.exceeded() && !rest.is_empty() {
            // More than one from a large shard, so that not every create has to look through it.
            let share = (rest.len() / 64).max(1);
            rest.select_nth_unstable(share - 1);
            for (_, key) in rest.drain(..share) {
                if let Some(stored) = shard.remove(&key) {
                    self.less(stored.payload.len());
                }
            }
        }
    }
}

/// Takes eight bytes of a key as its hash, and not the first ones: all keys of a shard begin alike.
///
/// These bytes are of SHA-256 digests of tokens that this server drew at random: nobody can choose ones that collide.
#[derive(Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk() {
            self.0 = u64::from_le_bytes(*last);
        }
    }

    /// The length that stands before the bytes says nothing.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
