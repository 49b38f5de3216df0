//! A driver each of whose calls is one step, before and after which others run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;

use crate::session::MemoryDriver;
use crate::session::drivers::{
    Batch, Cursor, DriverError, Outcome, Rotation, SessionDriver, Stored,
};
use crate::session::record::{Key, Tag};

/// A driver whose calls others may overtake. Counts the writes that took effect.
#[derive(Clone, Default)]
pub(super) struct Stepping {
    pub(super) driver: Arc<MemoryDriver>,
    pub(super) written: Arc<AtomicU64>,
    /// How long each call takes.
    pub(super) takes: Option<Duration>,
}

impl Stepping {
    /// How many replacements and rotations took effect.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }

    async fn step<T>(
        &self,
        work: impl Future<Output = Result<T, DriverError>>,
    ) -> Result<T, DriverError> {
        // This one serves outside of shuttle as well.
        tokio::task::yield_now().await;
        if let Some(takes) = self.takes {
            tokio::time::sleep(takes).await;
        }
        let done = work.await;
        tokio::task::yield_now().await;
        done
    }

    fn count(&self, outcome: Result<Outcome, DriverError>) -> Result<Outcome, DriverError> {
        if matches!(outcome, Ok(Outcome::Done)) {
            self.written.fetch_add(1, Ordering::SeqCst);
        }
        outcome
    }
}

impl SessionDriver for Stepping {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        self.step(self.driver.read(key)).await
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        self.step(self.driver.create(key, payload, deadline)).await
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let replace =
            async { self.count(self.driver.replace(key, version, payload, deadline).await) };
        self.step(replace).await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        self.step(self.driver.touch(key, version, deadline)).await
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        self.step(async { self.count(self.driver.rotate(rotation).await) }).await
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        self.step(self.driver.destroy(key)).await
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.step(self.driver.sweep(now, limit)).await
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        self.driver.list(from, limit).await
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        self.step(self.driver.tag(tag, key, until)).await
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        self.step(self.driver.untag(tag, key)).await
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        self.step(self.driver.tagged(tag)).await
    }
}
