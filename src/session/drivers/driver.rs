//! The contract of a session driver.
//!
//! A driver keeps a record's bytes under a key, with a version and a deadline, and may keep an index from a tag to keys.
//! It makes no keys, reads no clock, does not look into payloads and never judges whether a session may live: the
//! manager does. What a driver promises is small and strict:
//!
//! - There is no upsert. [`create`](SessionDriver::create) fails where a record exists;
//!   [`replace`](SessionDriver::replace) never makes one.
//! - **A version never comes back.** The driver makes one for each [`create`](SessionDriver::create),
//!   [`replace`](SessionDriver::replace) and [`rotate`](SessionDriver::rotate), and it is a number that this key has never
//!   had, not even before its record was destroyed. Where nothing can roll back, as in memory or in a file, count up from a
//!   random start. Where an older state can come back, as after a failover of Redis, draw a random number each time, once per
//!   call. All 64 bits are compared.
//! - `replace`, `touch` and `rotate` take effect only if the version is the one that the caller read. Comparing and writing
//!   are one step.
//! - **A write is repeated only if the store refused it without carrying it out.** If the answer was lost, the call fails with
//!   [`DriverError::Unavailable`] and never reports a conflict: another request may have written on top meanwhile, and the
//!   manager would apply its changes a second time.
//! - A call whose future is dropped has either happened or not; there is no state between.
//! - Calls may come from several threads and, for shared stores, from several processes at once.
//! - Payloads of [`max_bytes`](crate::session::SessionConfig::max_bytes) and 1 KiB more are accepted: the head, and what
//!   `encrypt` adds.
//!
//! Run the contract suite of [`lunox::testing`](crate::testing) against a driver of your own.

use std::future::Future;

use bytes::Bytes;

use super::error::DriverError;
use crate::session::record::{Key, Tag};

/// A record as the driver holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// A number that this key has never had before. A touch leaves it as it is; every other write makes a new one.
    pub version: u64,
    /// Unix seconds from which on `sweep` may remove the record.
    pub deadline: u64,
    /// What the manager stored, byte for byte.
    pub payload: Bytes,
    /// Whether something newer was there and could not be read: a write that was cut short, or damage. False in stores
    /// that keep one version only.
    pub recovered: bool,
}

impl Stored {
    /// A record that was read as it was written.
    pub fn new(version: u64, deadline: u64, payload: Bytes) -> Self {
        Self { version, deadline, payload, recovered: false }
    }
}

/// How a conditional write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a write that met a conflict has stored nothing"]
pub enum Outcome {
    /// It is stored.
    Done,
    /// Another request committed first; nothing was stored.
    Conflict,
    /// There is no such record (any more); nothing was stored.
    Gone,
}

/// The move of a record from one key to another, as one step.
///
/// The new record exists before the old one stops to: a crash between leaves the visitor a session.
#[derive(Clone, Debug)]
pub struct Rotation<'a> {
    /// The key that the record has now.
    pub old: &'a Key,
    /// The version of the old record that the caller read.
    pub version: u64,
    /// The key that the record gets. Its [`shard`](Key::shard) is that of the old one.
    pub new: &'a Key,
    /// The payload of the new record.
    pub payload: Bytes,
    /// The deadline of the new record.
    pub deadline: u64,
    /// What is left under the old key, with its deadline; `None` removes it.
    pub left_behind: Option<(Bytes, u64)>,
}

/// How many bytes of payload a batch of [`SessionDriver::list`] may reach before it ends.
pub(crate) const BATCH_BYTES: usize = 4 << 20;

/// One row of [`SessionDriver::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where the record is kept.
    pub key: Key,
    /// The record.
    pub stored: Stored,
}

/// Some records of a store, and where the next ones begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The records. There may be none although more follow.
    pub records: Vec<Listed>,
    /// Where the next batch begins; `None` after the last record.
    pub next: Option<Cursor>,
}

/// Where a batch of [`SessionDriver::list`] begins, in the form that the driver chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(Bytes);

impl Cursor {
    /// A cursor with these bytes, which only the driver that made it reads.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// The bytes that it was made from.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// For lists in the order of the keys: the batch begins after this key.
    pub fn after(key: &Key) -> Self {
        Self::new(key.as_bytes().to_vec())
    }

    /// The key that [`after`](Self::after) was given.
    ///
    /// # Errors
    ///
    /// [`DriverError::Unavailable`] if the cursor was not made from a key.
    pub fn key(&self) -> Result<Key, DriverError> {
        let bytes = self.as_bytes().try_into();
        bytes
            .map(Key::from_bytes)
            .map_err(|_| DriverError::unavailable("the cursor of another list"))
    }
}

/// Keeps the bytes of sessions. Implemented with plain `async fn`.
pub trait SessionDriver: Send + Sync + 'static {
    /// Reads a record; `None` where there is none.
    ///
    /// A passed deadline does not hide a record, except in a store that removes expired records by itself.
    fn read(&self, key: &Key) -> impl Future<Output = Result<Option<Stored>, DriverError>> + Send;

    /// Makes a record.
    ///
    /// Fails with [`DriverError::DuplicateId`] where one exists, which stays as it was.
    fn create(
        &self,
        key: &Key,
        payload: Bytes,
        deadline: u64,
    ) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// Replaces payload and deadline if the record has `version`, and gives it a new version.
    fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> impl Future<Output = Result<Outcome, DriverError>> + Send;

    /// Sets the deadline and nothing else if the record has `version`, which stays.
    fn touch(
        &self,
        key: &Key,
        version: u64,
        deadline: u64,
    ) -> impl Future<Output = Result<Outcome, DriverError>> + Send;

    /// Moves a record to another key of the same shard if it has the version that the caller read.
    fn rotate(
        &self,
        rotation: Rotation<'_>,
    ) -> impl Future<Output = Result<Outcome, DriverError>> + Send;

    /// Removes a record; removing what is not there succeeds.
    fn destroy(&self, key: &Key) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// Removes at most `limit` records whose deadline is at or before `now`, and returns how many it removed. Entries of
    /// the index that have ended go with them and are not counted.
    ///
    /// Called again and again by a background task; a call may stop early, but the calls that follow must
    /// reach every record in the end. `None` if the store removes expired records by itself.
    fn sweep(
        &self,
        now: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Option<usize>, DriverError>> + Send;

    /// Up to `limit` records from a cursor on, or from the beginning; `None` if this driver cannot list.
    ///
    /// Records come in any order. One that exists from the first batch to the last is met at least once; others may be met or
    /// not. A batch ends once its payloads have 4 MiB together, so that large sessions cannot fill the memory.
    fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> impl Future<Output = Result<Option<Batch>, DriverError>> + Send;

    /// Enters a key in the index under a tag, until these unix seconds, or longer if it is entered for longer already.
    ///
    /// The entry stays until then, or until it is taken out, whether or not there is a record under the key: it may be about
    /// to be made. A driver without an index does nothing.
    fn tag(
        &self,
        tag: &Tag,
        key: &Key,
        until: u64,
    ) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// Takes a key out of the index; taking out what is not there succeeds.
    fn untag(&self, tag: &Tag, key: &Key) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// The keys that are entered under a tag, each once and in any order; `None` if this driver keeps no index.
    fn tagged(
        &self,
        tag: &Tag,
    ) -> impl Future<Output = Result<Option<Vec<Key>>, DriverError>> + Send;
}
