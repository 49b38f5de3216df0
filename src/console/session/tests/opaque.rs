//! A driver that cannot list.

use bytes::Bytes;

use crate::foundation::{Application, ServiceProvider};
use crate::http::Result;
use crate::session::{
    Batch, Cursor, DriverError, Key, MemoryDriver, Outcome, Rotation, SessionDriver,
    SessionManager, Stored, Tag,
};

/// Keeps sessions in memory and lists none.
#[derive(Default)]
struct Opaque(MemoryDriver);

impl SessionDriver for Opaque {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        self.0.read(key).await
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        self.0.create(key, payload, deadline).await
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        self.0.replace(key, version, payload, deadline).await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        self.0.touch(key, version, deadline).await
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        self.0.rotate(rotation).await
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        self.0.destroy(key).await
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.0.sweep(now, limit).await
    }

    async fn list(&self, _: Option<&Cursor>, _: usize) -> Result<Option<Batch>, DriverError> {
        Ok(None)
    }

    async fn tag(&self, _: &Tag, _: &Key, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn untag(&self, _: &Tag, _: &Key) -> Result<(), DriverError> {
        Ok(())
    }

    async fn tagged(&self, _: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        Ok(None)
    }
}

/// Adds it under the name `opaque`.
pub(super) struct OpaqueServiceProvider;

impl ServiceProvider for OpaqueServiceProvider {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.make::<SessionManager>()?.extend("opaque", |_| Ok(Opaque::default()));
        Ok(())
    }
}
