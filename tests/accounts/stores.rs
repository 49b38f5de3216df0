//! Where devices and links are kept: in tables of SQLite, for the tests of `tests/auth`.

use std::sync::OnceLock;

use lunox::auth::{
    PasswordReset, RememberStore, RememberedDevice, ResetStore, TableDevices, TableResets,
};
use lunox::prelude::*;
use lunox::testing::TestApp;
use sqlx::Sqlite;

pub fn app() -> TestApp {
    TestApp::new().database(crate::sqlite::config())
}

/// A table of the application that uses it first.
#[derive(Clone, Default)]
pub struct Devices(Arc<OnceLock<TableDevices<Sqlite>>>);

impl Devices {
    fn table(&self) -> &TableDevices<Sqlite> {
        self.0.get_or_init(|| TableDevices::new(lunox::pool(), "remembered_devices"))
    }
}

impl RememberStore for Devices {
    async fn insert(&self, device: RememberedDevice) -> Result<()> {
        self.table().insert(device).await
    }

    async fn find(&self, id: &str) -> Result<Option<RememberedDevice>> {
        self.table().find(id).await
    }

    async fn of_user(&self, user: &str) -> Result<Vec<RememberedDevice>> {
        self.table().of_user(user).await
    }

    async fn replace(&self, device: RememberedDevice) -> Result<bool> {
        self.table().replace(device).await
    }

    async fn remove(&self, id: &str) -> Result<()> {
        self.table().remove(id).await
    }
}

/// The same for links.
#[derive(Clone, Debug, Default)]
pub struct Resets(Arc<OnceLock<Table>>);

struct Table(TableResets<Sqlite>);

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a table")
    }
}

impl Resets {
    fn table(&self) -> &TableResets<Sqlite> {
        &self.0.get_or_init(|| Table(TableResets::new(lunox::pool(), "password_resets"))).0
    }
}

impl ResetStore for Resets {
    async fn put(&self, reset: PasswordReset, before: i64) -> Result<bool> {
        self.table().put(reset, before).await
    }

    async fn find(&self, token: &str) -> Result<Option<PasswordReset>> {
        self.table().find(token).await
    }

    async fn take(&self, token: &str) -> Result<bool> {
        self.table().take(token).await
    }
}
