//! The trait with its futures boxed.

use bytes::Bytes;

use super::driver::{Batch, Cursor, Outcome, Rotation, SessionDriver, Stored};
use super::error::DriverError;
use crate::session::record::{Key, Tag};
use crate::support::BoxFuture;

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
    fn sweep(&self, now: u64, limit: usize) -> BoxFuture<'_, Result<Option<usize>, DriverError>>;
    fn list<'a>(
        &'a self,
        from: Option<&'a Cursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Option<Batch>, DriverError>>;
    fn tag<'a>(
        &'a self,
        tag: &'a Tag,
        key: &'a Key,
        until: u64,
    ) -> BoxFuture<'a, Result<(), DriverError>>;
    fn untag<'a>(&'a self, tag: &'a Tag, key: &'a Key) -> BoxFuture<'a, Result<(), DriverError>>;
    fn tagged<'a>(&'a self, tag: &'a Tag) -> BoxFuture<'a, Result<Option<Vec<Key>>, DriverError>>;
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

    fn sweep(&self, now: u64, limit: usize) -> BoxFuture<'_, Result<Option<usize>, DriverError>> {
        Box::pin(SessionDriver::sweep(self, now, limit))
    }

    fn list<'a>(
        &'a self,
        from: Option<&'a Cursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Option<Batch>, DriverError>> {
        Box::pin(SessionDriver::list(self, from, limit))
    }

    fn tag<'a>(
        &'a self,
        tag: &'a Tag,
        key: &'a Key,
        until: u64,
    ) -> BoxFuture<'a, Result<(), DriverError>> {
        Box::pin(SessionDriver::tag(self, tag, key, until))
    }

    fn untag<'a>(&'a self, tag: &'a Tag, key: &'a Key) -> BoxFuture<'a, Result<(), DriverError>> {
        Box::pin(SessionDriver::untag(self, tag, key))
    }

    fn tagged<'a>(&'a self, tag: &'a Tag) -> BoxFuture<'a, Result<Option<Vec<Key>>, DriverError>> {
        Box::pin(SessionDriver::tagged(self, tag))
    }
}
