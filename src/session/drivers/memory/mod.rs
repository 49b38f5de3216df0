//! Sessions in the memory of this process.

mod shard;

use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;

use super::memory::shard::{Shard, Usage};
use crate::session::drivers::{
    DriverError, Listed, Outcome, PAGE_BYTES, Rotation, SessionDriver, Stored,
};
use crate::session::record::Key;
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
    /// Never locked across an await; two at once only in the order of their places.
    shards: Vec<Mutex<Shard>>,
    usage: Usage,
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
        }
    }

    /// The place of a key's shard, from a byte that its hash does not use.
    fn place(key: &Key) -> usize {
        usize::from(key.as_bytes()[31]) % SHARDS
    }

    /// A panic elsewhere cannot leave a shard half changed, so a poisoned lock is as good as any.
    fn lock(&self, place: usize) -> MutexGuard<'_, Shard> {
        lock(&self.shards[place])
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, Shard> {
        self.lock(Self::place(key))
    }

    /// Makes room in all shards, where one alone had not enough to drop.
    fn settle(&self, spared: [&Key; 2]) {
        for any in [false, true] {
            for place in 0..SHARDS {
                if !self.usage.exceeded() {
                    return;
                }
                self.usage.make_room(&mut self.lock(place), spared, any);
            }
        }
    }

    fn sweep_shard(&self, place: usize, now: u64, limit: usize) -> usize {
        let mut shard = self.lock(place);
        let expired = shard.extract_if(|_, stored| stored.deadline <= now).take(limit);
        expired.inspect(|(_, stored)| self.usage.less(stored.payload.len())).count()
    }

    fn rotate_now(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        self.usage.admit(rotation.payload.len())?;
        let Rotation { old, version, new, payload, deadline, left_behind } = rotation;
        let mut shards = Pair::lock(self, Self::place(old), Self::place(new));
        match shards.get(Self::place(old)).get(old) {
            None => return Ok(Outcome::Gone),
            Some(stored) if stored.version != version => return Ok(Outcome::Conflict),
            Some(_) => {}
        }
        if shards.get(Self::place(new)).contains_key(new) {
            return Err(DriverError::DuplicateId);
        }
        self.usage.more(payload.len());
        shards.get(Self::place(new)).insert(*new, Stored::new(1, deadline, payload));
        let old_shard = shards.get(Self::place(old));
        let replaced = match left_behind {
            Some((payload, deadline)) => {
                self.usage.more(payload.len());
                old_shard.insert(*old, Stored::new(version + 1, deadline, payload))
            }
            None => old_shard.remove(old),
        };
        if let Some(replaced) = replaced {
            self.usage.less(replaced.payload.len());
        }
        self.usage.make_room(shards.get(Self::place(new)), [old, new], false);
        drop(shards);
        self.settle([old, new]);
        Ok(Outcome::Done)
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
        shard.insert(*key, Stored::new(1, deadline, payload));
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
        self.rotate_now(rotation)
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        if let Some(stored) = self.shard(key).remove(key) {
            self.usage.less(stored.payload.len());
        }
        Ok(())
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<usize, DriverError> {
        let mut removed = 0;
        for place in 0..SHARDS {
            if removed == limit {
                break;
            }
            removed += self.sweep_shard(place, now, limit - removed);
            step_aside().await;
        }
        Ok(removed)
    }

    async fn list(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Option<Vec<Listed>>, DriverError> {
        let mut keys = Vec::new();
        for place in 0..SHARDS {
            keys.extend(
                self.lock(place).keys().filter(|key| after.is_none_or(|after| *key > after)),
            );
        }
        if limit < keys.len() {
            keys.select_nth_unstable(limit);
            keys.truncate(limit);
        }
        keys.sort_unstable();
        let (mut page, mut bytes) = (Vec::new(), 0);
        for key in keys {
            if bytes >= PAGE_BYTES {
                break;
            }
            // A record that went away since its key was seen is left out.
            if let Some(stored) = self.shard(&key).get(&key).cloned() {
                bytes += stored.payload.len();
                page.push(Listed { key, stored });
            }
        }
        Ok(Some(page))
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

/// One or two locked shards.
struct Pair<'a> {
    low: MutexGuard<'a, Shard>,
    high: Option<(usize, MutexGuard<'a, Shard>)>,
}

impl<'a> Pair<'a> {
    /// Locks in the order of the places, so that two rotations cannot wait for each other.
    fn lock(driver: &'a MemoryDriver, one: usize, other: usize) -> Self {
        let (low, high) = (one.min(other), one.max(other));
        Self { low: driver.lock(low), high: (low != high).then(|| (high, driver.lock(high))) }
    }

    fn get(&mut self, place: usize) -> &mut Shard {
        match &mut self.high {
            Some((high, shard)) if *high == place => shard,
            _ => &mut self.low,
        }
    }
}

#[cfg(test)]
mod tests;
