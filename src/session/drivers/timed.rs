//! The driver as the manager calls it: every call ends within its time, and so do all of a load or a commit together.
//!
//! A store that does not answer would else keep its requests until their visitors give up. A call that is given
//! up may still take effect later. That is safe: `replace`, `touch` and `rotate` are bound to the version that their
//! request read, `create` leaves a record whose token nobody has, `tag` an entry that leads to none, and `untag` and
//! `destroy` were asked for: a key that was replaced or ended is never used again.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;

use super::budget;
use super::driver::{Batch, Cursor, Outcome, Rotation, Stored};
use super::erased::ErasedDriver;
use super::error::DriverError;
use crate::session::metrics::Meter;
use crate::session::record::{Key, Tag};

/// A sweep takes many steps in one call.
const SWEEP: Duration = Duration::from_secs(60);

/// The driver, with the time that a call may take.
pub(crate) struct TimedDriver {
    driver: Arc<dyn ErasedDriver>,
    timeout: Duration,
    meter: Meter,
}

impl TimedDriver {
    pub(crate) fn new(driver: Arc<dyn ErasedDriver>, timeout: Duration, meter: Meter) -> Self {
        Self { driver, timeout, meter }
    }

    pub(crate) async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        self.within("read", self.driver.read(key)).await
    }

    pub(crate) async fn create(
        &self,
        key: &Key,
        payload: Bytes,
        deadline: u64,
    ) -> Result<(), DriverError> {
        self.within("create", self.driver.create(key, payload, deadline)).await
    }

    pub(crate) async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let replaced = self.driver.replace(key, version, payload, deadline);
        self.within("replace", replaced).await
    }

    pub(crate) async fn touch(
        &self,
        key: &Key,
        version: u64,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        self.within("touch", self.driver.touch(key, version, deadline)).await
    }

    pub(crate) async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        self.within("rotate", self.driver.rotate(rotation)).await
    }

    pub(crate) async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        self.within("destroy", self.driver.destroy(key)).await
    }

    pub(crate) async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        within(&self.meter, self.timeout.max(SWEEP), "sweep", self.driver.sweep(now, limit)).await
    }

    pub(crate) async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        self.within("tag", self.driver.tag(tag, key, until)).await
    }

    pub(crate) async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        self.within("untag", self.driver.untag(tag, key)).await
    }

    pub(crate) async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        self.within("tagged", self.driver.tagged(tag)).await
    }

    /// Only people wait for a list, who can stop it themselves.
    pub(crate) async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        let _timing = self.meter.call("list");
        self.driver.list(from, limit).await
    }

    async fn within<T>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T, DriverError>>,
    ) -> Result<T, DriverError> {
        within(&self.meter, self.timeout, call, work).await
    }
}

async fn within<T>(
    meter: &Meter,
    timeout: Duration,
    call: &'static str,
    work: impl Future<Output = Result<T, DriverError>>,
) -> Result<T, DriverError> {
    let _timing = meter.call(call);
    let mut work = pin!(work);
    // Most calls are done at once, and then there is no timer to pay for.
    if let Poll::Ready(done) = poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await {
        return done;
    }
    if tokio::runtime::Handle::try_current().is_err() {
        return work.await;
    }
    let Some(end) = budget::deadline(timeout) else { return work.await };
    // Boxed, so that calls which are done at once need not carry the room for a timer.
    match Box::pin(tokio::time::timeout_at(end, work)).await {
        Ok(done) => done,
        Err(_) => Err(DriverError::unavailable(format!(
            "no answer to `{call}` within {timeout:?} (`driver_timeout` in config/session.rs)"
        ))),
    }
}
