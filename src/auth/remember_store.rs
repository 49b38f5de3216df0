//! Where remembered devices are kept.

use std::future::Future;
use std::sync::{Arc, RwLock};

use super::RememberedDevice;
use crate::http::Result;
use crate::support::BoxFuture;
use crate::support::lock::{read, write};

/// Keeps the devices that stay logged in. Give it to the guard in a provider's `boot`:
/// `auth().remember_in(MemoryDevices::default())`.
///
/// Over a table each method is one statement; the columns are the fields of [`RememberedDevice`], with an index on the user.
pub trait RememberStore: Send + Sync + 'static {
    /// Adds a device.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn insert(&self, device: RememberedDevice) -> impl Future<Output = Result<()>> + Send;

    /// A device by its id.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn find(&self, id: &str) -> impl Future<Output = Result<Option<RememberedDevice>>> + Send;

    /// The devices of a user.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn of_user(&self, user: &str) -> impl Future<Output = Result<Vec<RememberedDevice>>> + Send;

    /// Replaces a device if the stored one has the version before it. Returns whether it had.
    ///
    /// Comparing and writing are one statement, so that of parallel uses one wins:
    /// `update devices set version = ?, expires = ?, state = ? where id = ? and version = ?`.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn replace(&self, device: RememberedDevice) -> impl Future<Output = Result<bool>> + Send;

    /// Removes a device.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn remove(&self, id: &str) -> impl Future<Output = Result<()>> + Send;
}

/// Devices in memory, for tests and for one process: nobody is remembered when it ends. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryDevices(Arc<RwLock<Vec<RememberedDevice>>>);

impl RememberStore for MemoryDevices {
    async fn insert(&self, device: RememberedDevice) -> Result<()> {
        write(&self.0).push(device);
        Ok(())
    }

    async fn find(&self, id: &str) -> Result<Option<RememberedDevice>> {
        Ok(read(&self.0).iter().find(|device| device.id == id).cloned())
    }

    async fn of_user(&self, user: &str) -> Result<Vec<RememberedDevice>> {
        Ok(read(&self.0).iter().filter(|device| device.user == user).cloned().collect())
    }

    async fn replace(&self, device: RememberedDevice) -> Result<bool> {
        let mut devices = write(&self.0);
        let mut old = devices.iter_mut();
        let old = old.find(|old| old.id == device.id && old.version + 1 == device.version);
        let found = old.is_some();
        if let Some(old) = old {
            *old = device;
        }
        Ok(found)
    }

    async fn remove(&self, id: &str) -> Result<()> {
        write(&self.0).retain(|device| device.id != id);
        Ok(())
    }
}

/// The same trait for the guard, which has no type parameter.
pub(super) trait ErasedDevices: Send + Sync {
    fn insert(&self, device: RememberedDevice) -> BoxFuture<'_, Result<()>>;
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<RememberedDevice>>>;
    fn of_user<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<Vec<RememberedDevice>>>;
    fn replace(&self, device: RememberedDevice) -> BoxFuture<'_, Result<bool>>;
    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<()>>;
}

impl<S: RememberStore> ErasedDevices for S {
    fn insert(&self, device: RememberedDevice) -> BoxFuture<'_, Result<()>> {
        Box::pin(RememberStore::insert(self, device))
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<RememberedDevice>>> {
        Box::pin(RememberStore::find(self, id))
    }

    fn of_user<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<Vec<RememberedDevice>>> {
        Box::pin(RememberStore::of_user(self, user))
    }

    fn replace(&self, device: RememberedDevice) -> BoxFuture<'_, Result<bool>> {
        Box::pin(RememberStore::replace(self, device))
    }

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(RememberStore::remove(self, id))
    }
}
