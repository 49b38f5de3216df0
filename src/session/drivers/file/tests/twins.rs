//! Two drivers that share a folder, as two processes would.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Sends every call to the other of two drivers than the call before.
pub(super) struct Twins {
    drivers: [FileDriver; 2],
    calls: AtomicUsize,
}

impl Twins {
    pub(super) fn new(dir: &Path) -> Self {
        let drivers = [FileDriver::new(dir), FileDriver::pooled(dir)];
        Self { drivers, calls: AtomicUsize::new(0) }
    }

    fn next(&self) -> &FileDriver {
        &self.drivers[self.calls.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

impl SessionDriver for Twins {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        self.next().read(key).await
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        self.next().create(key, payload, deadline).await
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        self.next().replace(key, version, payload, deadline).await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        self.next().touch(key, version, deadline).await
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        self.next().rotate(rotation).await
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        self.next().destroy(key).await
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.next().sweep(now, limit).await
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        self.next().list(from, limit).await
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        self.next().tag(tag, key, until).await
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        self.next().untag(tag, key).await
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        self.next().tagged(tag).await
    }
}
