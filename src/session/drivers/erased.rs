//! The trait with its futures boxed.

use bytes::Bytes;

use super::driver::{Batch, Cursor, Outcome, Rotation, SessionDriver, Stored};
use super::error::DriverError;
use crate::session::record::{Key, Tag};
use crate::support::BoxFuture;

type Called<'a, T> = BoxFuture<'a, Result<T, DriverError>>;

/// The same trait with its futures boxed, so that the manager needs no type parameter.
pub(crate) trait ErasedDriver: Send + Sync {
    fn read<'a>(&'a self, key: &'a Key) -> Called<'a, Option<Stored>>;
    fn create<'a>(&'a self, key: &'a Key, payload: Bytes, deadline: u64) -> Called<'a, ()>;
    fn replace<'a>(
        &'a self,
        key: &'a Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Called<'a, Outcome>;
    fn touch<'a>(&'a self, key: &'a Key, version: u64, deadline: u64) -> Called<'a, Outcome>;
    fn rotate<'a>(&'a self, rotation: Rotation<'a>) -> Called<'a, Outcome>;
    fn destroy<'a>(&'a self, key: &'a Key) -> Called<'a, ()>;
    fn sweep(&self, now: u64, limit: usize) -> Called<'_, Option<usize>>;
    fn list<'a>(&'a self, from: Option<&'a Cursor>, limit: usize) -> Called<'a, Option<Batch>>;
    fn tag<'a>(&'a self, tag: &'a Tag, key: &'a Key, until: u64) -> Called<'a, ()>;
    fn untag<'a>(&'a self, tag: &'a Tag, key: &'a Key) -> Called<'a, ()>;
    fn tagged<'a>(&'a self, tag: &'a Tag) -> Called<'a, Option<Vec<Key>>>;
}

impl<D: SessionDriver> ErasedDriver for D {
    fn read<'a>(&'a self, key: &'a Key) -> Called<'a, Option<Stored>> {
        Box::pin(SessionDriver::read(self, key))
    }

    fn create<'a>(&'a self, key: &'a Key, payload: Bytes, deadline: u64) -> Called<'a, ()> {
        Box::pin(SessionDriver::create(self, key, payload, deadline))
    }

    fn replace<'a>(
        &'a self,
        key: &'a Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Called<'a, Outcome> {
        Box::pin(SessionDriver::replace(self, key, version, payload, deadline))
    }

    fn touch<'a>(&'a self, key: &'a Key, version: u64, deadline: u64) -> Called<'a, Outcome> {
        Box::pin(SessionDriver::touch(self, key, version, deadline))
    }

    fn rotate<'a>(&'a self, rotation: Rotation<'a>) -> Called<'a, Outcome> {
        Box::pin(SessionDriver::rotate(self, rotation))
    }

    fn destroy<'a>(&'a self, key: &'a Key) -> Called<'a, ()> {
        Box::pin(SessionDriver::destroy(self, key))
    }

    fn sweep(&self, now: u64, limit: usize) -> Called<'_, Option<usize>> {
        Box::pin(SessionDriver::sweep(self, now, limit))
    }

    fn list<'a>(&'a self, from: Option<&'a Cursor>, limit: usize) -> Called<'a, Option<Batch>> {
        Box::pin(SessionDriver::list(self, from, limit))
    }

    fn tag<'a>(&'a self, tag: &'a Tag, key: &'a Key, until: u64) -> Called<'a, ()> {
        Box::pin(SessionDriver::tag(self, tag, key, until))
    }

    fn untag<'a>(&'a self, tag: &'a Tag, key: &'a Key) -> Called<'a, ()> {
        Box::pin(SessionDriver::untag(self, tag, key))
    }

    fn tagged<'a>(&'a self, tag: &'a Tag) -> Called<'a, Option<Vec<Key>>> {
        Box::pin(SessionDriver::tagged(self, tag))
    }
}
