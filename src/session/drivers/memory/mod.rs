//! Sessions in the memory of this process.

mod shard;
mod tags;

use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;

use self::shard::{Shard, Usage};
use self::tags::Tags;
use crate::session::drivers::versions::Versions;
use crate::session::drivers::{
    BATCH_BYTES, Batch, Cursor, DriverError, Listed, Outcome, Rotation, SessionDriver, Stored,
};
use crate::session::record::{Key, Tag};
use crate::support::lock::lock;

const SHARDS: usize = 64;

/// Keeps sessions in the memory of this process, within bounds.
///
/// For tests, and for a single process whose visitors may be logged out by a restart. Once the bounds
/// are reached, each new record pushes out the records that are nearest to their deadline; where it is the bytes that
/// are exceeded, of those that are larger than the average, so that a few large sessions cannot end many small ones.
///
/// ```
/// use lunox::session::MemoryDriver;
///
/// // At most 10,000 sessions with 64 MiB of payload between them.
/// let driver = MemoryDriver::with_limits(10_000, 64 << 20);
/// ```
#[derive(Debug)]
pub struct MemoryDriver {
    /// Never locked across an await, and one at a time.
    shards: Vec<Mutex<Shard>>,
    usage: Usage,
    versions: Versions,
    tags: Tags,
}

impl MemoryDriver {
    /// A driver for up to a million records and 256 MiB of payload.
    pub fn new() -> Self {
        Self::with_limits(1_000_000, 256 << 20)
    }

    /// A driver for up to `records` records whose payloads have up to `bytes` bytes together.
    pub fn with_limits(records: usize, bytes: usize) -> Self {
        Self {
            shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect(),
            usage: Usage::new(records.max(1), bytes),
            versions: Versions::new(),
            tags: Tags::default(),
        }
    }

    /// The index of a key's shard. Shards follow each other in the order of their keys.
    fn index_of(key: &Key) -> usize {
        usize::from(key.shard()) * SHARDS / 256
    }

    /// A panic elsewhere cannot leave a shard half changed, so a poisoned lock is as good as any.
    fn lock(&self, index: usize) -> MutexGuard<'_, Shard> {
        lock(&self.shards[index])
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, Shard> {
        self.lock(Self::index_of(key))
    }

    /// Makes room in all shards, where one alone had not enough to drop.
    fn settle(&self, spared: [&Key; 2]) {
        for any in [false, true] {
            for index in 0..SHARDS {
                if !self.usage.exceeded() {
                    return;
                }
                self.usage.make_room(&mut self.lock(index), spared, any);
            }
        }
    }

    fn sweep_shard(&self, index: usize, now: u64, limit: usize) -> usize {
        let mut shard = self.lock(index);
        let expired = shard.extract_if(|_, stored| stored.deadline <= now).take(limit);
        expired.inspect(|(_, stored)| self.usage.less(stored.payload.len())).count()
    }

    /// The records of a shard after a key, in the order of their keys.
    fn list_shard(&self, index: usize, after: Option<Key>, limit: usize) -> Vec<Listed> {
        let shard = self.lock(index);
        let mut keys: Vec<_> =
            shard.keys().filter(|key| after.is_none_or(|after| **key > after)).collect();
        keys.sort_unstable();
        let (mut listed, mut bytes) = (Vec::new(), 0);
        for key in keys.into_iter().take(limit) {
            let stored = &shard[key];
            listed.push(Listed { key: *key, stored: stored.clone() });
            bytes += stored.payload.len();
            if bytes >= BATCH_BYTES {
                break;
            }
        }
        listed
    }
}

impl Default for MemoryDriver {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionDriver for MemoryDriver {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        Ok(self.shard(key).get(key).cloned())
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        self.usage.admit(payload.len())?;
        let mut shard = self.shard(key);
        if shard.contains_key(key) {
            return Err(DriverError::DuplicateId);
        }
        self.usage.more(payload.len());
        shard.insert(*key, Stored::new(self.versions.start(), deadline, payload));
        self.usage.make_room(&mut shard, [key, key], false);
        drop(shard);
        self.settle([key, key]);
        Ok(())
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        self.usage.admit(payload.len())?;
        let mut shard = self.shard(key);
        let Some(stored) = shard.get_mut(key) else {
            return Ok(Outcome::Gone);
        };
        if stored.version != version {
            return Ok(Outcome::Conflict);
        }
        self.usage.more(payload.len());
        self.usage.less(stored.payload.len());
        *stored = Stored::new(version + 1, deadline, payload);
        self.usage.make_room(&mut shard, [key, key], false);
        drop(shard);
        self.settle([key, key]);
        Ok(Outcome::Done)
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        let mut shard = self.shard(key);
        let Some(stored) = shard.get_mut(key) else {
            return Ok(Outcome::Gone);
        };
        if stored.version != version {
            return Ok(Outcome::Conflict);
        }
        stored.deadline = deadline;
        Ok(Outcome::Done)
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        let Rotation { old, version, new, payload, deadline, left_behind } = rotation;
        if Self::index_of(old) != Self::index_of(new) {
            return Err(DriverError::unavailable("a rotation to a key of another shard"));
        }
        self.usage.admit(payload.len())?;
        let mut shard = self.shard(old);
        match shard.get(old) {
            None => return Ok(Outcome::Gone),
            Some(stored) if stored.version != version => return Ok(Outcome::Conflict),
            Some(_) if shard.contains_key(new) => return Err(DriverError::DuplicateId),
            Some(_) => {}
        }
        self.usage.more(payload.len());
        shard.insert(*new, Stored::new(self.versions.start(), deadline, payload));
        let replaced = match left_behind {
            Some((payload, deadline)) => {
                self.usage.more(payload.len());
                shard.insert(*old, Stored::new(version + 1, deadline, payload))
            }
            None => shard.remove(old),
        };
        if let Some(replaced) = replaced {
            self.usage.less(replaced.payload.len());
        }
        self.usage.make_room(&mut shard, [old, new], false);
        drop(shard);
        self.settle([old, new]);
        Ok(Outcome::Done)
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        if let Some(stored) = self.shard(key).remove(key) {
            self.usage.less(stored.payload.len());
        }
        Ok(())
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.tags.sweep(now);
        let mut removed = 0;
        for index in 0..SHARDS {
            if removed == limit {
                break;
            }
            removed += self.sweep_shard(index, now, limit - removed);
            step_aside().await;
        }
        Ok(Some(removed))
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        let after = from.map(Cursor::key).transpose()?;
        let mut records: Vec<Listed> = Vec::new();
        let mut bytes = 0;
        for index in after.as_ref().map_or(0, Self::index_of)..SHARDS {
            let listed = self.list_shard(index, after, limit - records.len());
            bytes += listed.iter().map(|listed| listed.stored.payload.len()).sum::<usize>();
            records.extend(listed);
            if records.len() >= limit || bytes >= BATCH_BYTES {
                let next = records.last().map(|last| Cursor::after(&last.key));
                return Ok(Some(Batch { records, next }));
            }
        }
        Ok(Some(Batch { records, next: None }))
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        self.tags.enter(tag, key, until);
        Ok(())
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        self.tags.take_out(tag, key);
        Ok(())
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        Ok(Some(self.tags.of(tag)))
    }
}

/// Lets other tasks run between two shards, on any runtime or none.
async fn step_aside() {
    let mut stepped = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut stepped, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests;
