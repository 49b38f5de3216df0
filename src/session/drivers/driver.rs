//! You store bytes; you decide nothing.
//!
//! A driver keeps a record's bytes under a key, with a version and a deadline. It makes no keys, reads no
//! clock, looks into no payload and never judges whether a session may live: the manager does. What a
//! driver promises is small and strict:
//!
//! - There is no upsert. [`create`](SessionDriver::create) fails where a record exists;
//!   [`replace`](SessionDriver::replace) never makes one.
//! - The version starts at 1 and grows with every replacement. `replace`, `touch` and `rotate` take effect only
//!   if the version is the one that the caller read, and they compare and write as one step.
//! - A call whose future is dropped has either happened or not; there is no state between.
//! - Every call may come from several threads and, for shared stores, several processes at once.
//! - Payloads of [`max_bytes`](crate::session::SessionConfig::max_bytes) and 1 KiB more are accepted: the head, and what
//!   `encrypt` adds.
//!
//! Run the contract suite of [`lunox::testing`](crate::testing) against a driver of your own.

use std::fmt;
use std::future::Future;

use bytes::Bytes;

use crate::error::BoxError;
use crate::session::record::Key;
use crate::support::BoxFuture;

/// A record as the driver holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// 1 when created, one more with each replacement. `touch` leaves it.
    pub version: u64,
    /// Unix seconds after which `sweep` may take the record away.
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
    /// The key that the record gets.
    pub new: &'a Key,
    /// The payload of the new record, whose version is 1.
    pub payload: Bytes,
    /// The deadline of the new record.
    pub deadline: u64,
    /// What is left under the old key, with its deadline; `None` removes it.
    pub left_behind: Option<(Bytes, u64)>,
}

/// How many bytes of payload a page of [`SessionDriver::list`] may reach before it ends.
pub(crate) const PAGE_BYTES: usize = 4 << 20;

/// One row of [`SessionDriver::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where the record is kept.
    pub key: Key,
    /// The record.
    pub stored: Stored,
}

/// Keeps the bytes of sessions. Implemented with plain `async fn`.
pub trait SessionDriver: Send + Sync + 'static {
    /// Reads a record; `None` where there is none. A passed deadline is no reason to hide it.
    fn read(&self, key: &Key) -> impl Future<Output = Result<Option<Stored>, DriverError>> + Send;

    /// Makes a record of version 1.
    ///
    /// Fails with [`DriverError::DuplicateId`] where one exists, which stays as it was.
    fn create(
        &self,
        key: &Key,
        payload: Bytes,
        deadline: u64,
    ) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// Replaces payload and deadline if the record has `version`, which then grows by one.
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

    /// Moves a record to another key if it has the version that the caller read.
    fn rotate(
        &self,
        rotation: Rotation<'_>,
    ) -> impl Future<Output = Result<Outcome, DriverError>> + Send;

    /// Removes a record; removing what is not there succeeds.
    fn destroy(&self, key: &Key) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// Removes at most `limit` records whose deadline is at or before `now`, and tells how many.
    ///
    /// Called again and again by a background task; a call may stop early, but calls that follow must
    /// reach every record in the end.
    fn sweep(
        &self,
        now: u64,
        limit: usize,
    ) -> impl Future<Output = Result<usize, DriverError>> + Send;

    /// Up to `limit` records whose keys come after `after`, in the order of their keys.
    ///
    /// A page ends early once its payloads have 4 MiB together, so that a page of large sessions cannot fill the memory:
    /// only an empty page means that there are no more. `None` when this driver cannot list.
    fn list(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> impl Future<Output = Result<Option<Vec<Listed>>, DriverError>> + Send;
}

/// The same trait with its futures boxed, so that the manager needs no type parameter.
pub(crate) trait ErasedDriver: Send + Sync {
    fn read<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Stored>, DriverError>>;
    fn create<'a>(
        &'a self,
        key: &'a Key,
        payload: Bytes,
        deadline: u64,
    ) -> BoxFuture<'a, Result<(), DriverError>>;
    fn replace<'a>(
        &'a self,
        key: &'a Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> BoxFuture<'a, Result<Outcome, DriverError>>;
    fn touch<'a>(
        &'a self,
        key: &'a Key,
        version: u64,
        deadline: u64,
    ) -> BoxFuture<'a, Result<Outcome, DriverError>>;
    fn rotate<'a>(&'a self, rotation: Rotation<'a>) -> BoxFuture<'a, Result<Outcome, DriverError>>;
    fn destroy<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), DriverError>>;
    fn sweep(&self, now: u64, limit: usize) -> BoxFuture<'_, Result<usize, DriverError>>;
    fn list<'a>(
        &'a self,
        after: Option<&'a Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Option<Vec<Listed>>, DriverError>>;
}

impl<D: SessionDriver> ErasedDriver for D {
    fn read<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Stored>, DriverError>> {
        Box::pin(SessionDriver::read(self, key))
    }

    fn create<'a>(
        &'a self,
        key: &'a Key,
        payload: Bytes,
        deadline: u64,
    ) -> BoxFuture<'a, Result<(), DriverError>> {
        Box::pin(SessionDriver::create(self, key, payload, deadline))
    }

    fn replace<'a>(
        &'a self,
        key: &'a Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> BoxFuture<'a, Result<Outcome, DriverError>> {
        Box::pin(SessionDriver::replace(self, key, version, payload, deadline))
    }

    fn touch<'a>(
        &'a self,
        key: &'a Key,
        version: u64,
        deadline: u64,
    ) -> BoxFuture<'a, Result<Outcome, DriverError>> {
        Box::pin(SessionDriver::touch(self, key, version, deadline))
    }

    fn rotate<'a>(&'a self, rotation: Rotation<'a>) -> BoxFuture<'a, Result<Outcome, DriverError>> {
        Box::pin(SessionDriver::rotate(self, rotation))
    }

    fn destroy<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), DriverError>> {
        Box::pin(SessionDriver::destroy(self, key))
    }

    fn sweep(&self, now: u64, limit: usize) -> BoxFuture<'_, Result<usize, DriverError>> {
        Box::pin(SessionDriver::sweep(self, now, limit))
    }

    fn list<'a>(
        &'a self,
        after: Option<&'a Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Option<Vec<Listed>>, DriverError>> {
        Box::pin(SessionDriver::list(self, after, limit))
    }
}

/// Why a driver could not do its work.
#[derive(Debug)]
pub enum DriverError {
    /// `create` or `rotate` met a record under the new key. Tokens have 256 bits, so this is a fault or an attack.
    DuplicateId,
    /// The record is there and cannot be read; the text says where it was kept aside.
    Corrupt(String),
    /// The store cannot be reached or refuses to work.
    Unavailable(BoxError),
}

impl DriverError {
    /// Wraps the error of a store's client.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::Unavailable(source.into())
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateId => f.write_str("a session record with this key exists"),
            Self::Corrupt(what) => write!(f, "a session record cannot be read: {what}"),
            Self::Unavailable(source) => write!(f, "the session store is unavailable: {source}"),
        }
    }
}

impl std::error::Error for DriverError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // The message has told what the cause says; whoever writes the chain of causes goes on below it.
            Self::Unavailable(cause) => cause.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn a_chain_of_causes_tells_each_once() {
        let error = DriverError::unavailable("the disk is full");
        assert_eq!(error.to_string(), "the session store is unavailable: the disk is full");
        assert!(error.source().is_none());
    }
}
