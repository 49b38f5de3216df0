//! Remembered devices in a table.

use sqlx::Pool;

use super::table::Table;
use super::{RememberStore, RememberedDevice};
use crate::database::{Backend, Value};
use crate::http::Result;

/// Remembered devices in a table, for any number of processes.
///
/// Its columns are `id` (36 characters, the primary key), `user_id` (text, with an index), `version` and `expires` (64-bit
/// integers) and `state` (text of up to 3,000 bytes). `cargo artisan make:auth` writes the migration. Give it to the guard in
/// a provider's `boot`: `auth().remember_in(TableDevices::new(db(), "remembered_devices"))`.
pub struct TableDevices<DB: Backend>(Table<DB>);

impl<DB: Backend> TableDevices<DB> {
    /// Devices in this table.
    ///
    /// # Panics
    /// When the name has anything but letters, digits, `_` and `.` in it.
    #[track_caller]
    pub fn new(pool: &'static Pool<DB>, table: impl Into<String>) -> Self {
        Self(Table::new(pool, table))
    }

    async fn select(&self, condition: &str, value: &str) -> Result<Vec<RememberedDevice>> {
        let rows = self.0.select(condition, [Value::from(value)]).await?;
        let read = |row: &DB::Row| {
            Ok(RememberedDevice {
                id: DB::text(row, "id")?,
                user: DB::text(row, "user_id")?,
                version: DB::number(row, "version")?,
                expires: DB::number(row, "expires")?,
                state: DB::text(row, "state")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

impl<DB: Backend> RememberStore for TableDevices<DB> {
    async fn insert(&self, device: RememberedDevice) -> Result<()> {
        let sql =
            "insert into {table} (id, user_id, version, expires, state) values (?, ?, ?, ?, ?)";
        let RememberedDevice { id, user, version, expires, state } = device;
        let values = [
            id.as_str().into(),
            user.as_str().into(),
            version.into(),
            expires.into(),
            state.as_str().into(),
        ];
        self.0.execute(sql, values).await?;
        Ok(())
    }

    async fn find(&self, id: &str) -> Result<Option<RememberedDevice>> {
        Ok(self.select("id = ?", id).await?.pop())
    }

    async fn of_user(&self, user: &str) -> Result<Vec<RememberedDevice>> {
        self.select("user_id = ?", user).await
    }

    async fn replace(&self, device: RememberedDevice) -> Result<bool> {
        let sql =
            "update {table} set version = ?, expires = ?, state = ? where id = ? and version = ?";
        let RememberedDevice { id, version, expires, state, .. } = device;
        let values = [
            version.into(),
            expires.into(),
            state.as_str().into(),
            id.as_str().into(),
            (version - 1).into(),
        ];
        Ok(self.0.execute(sql, values).await? == 1)
    }

    async fn remove(&self, id: &str) -> Result<()> {
        self.0.execute("delete from {table} where id = ?", [id.into()]).await?;
        Ok(())
    }
}
