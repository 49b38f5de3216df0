//! Links for forgotten passwords in a table.

use sqlx::Pool;

use super::table::Table;
use super::{PasswordReset, ResetStore};
use crate::database::{Backend, Value};
use crate::http::Result;

/// Links for forgotten passwords in a table, for any number of processes.
///
/// Its columns are `user_id` (text, the primary key), `token` (43 characters, unique), `state` (text) and `created` (a 64-bit
/// integer). `cargo artisan make:auth` writes the migration. Give it to the guard in a provider's `boot`:
/// `auth().reset_in(TableResets::new(db(), "password_resets"))`.
pub struct TableResets<DB: Backend>(Table<DB>);

impl<DB: Backend> TableResets<DB> {
    /// Links in this table.
    ///
    /// # Panics
    /// When the name has anything but letters, digits, `_` and `.` in it.
    #[track_caller]
    pub fn new(pool: &'static Pool<DB>, table: impl Into<String>) -> Self {
        Self(Table::new(pool, table))
    }
}

impl<DB: Backend> ResetStore for TableResets<DB> {
    async fn put(&self, reset: PasswordReset, before: i64) -> Result<bool> {
        let PasswordReset { user, token, state, created } = reset;
        let (user, token, state): (Value, Value, Value) =
            (user.as_str().into(), token.as_str().into(), state.as_str().into());
        // Two statements, since no single one is understood by all databases. Each is guarded: of parallel calls one
        // finds an old row to update, or one inserts.
        let sql = "update {table} set token = ?, state = ?, created = ? where user_id = ? and created <= ?";
        let values = [token.clone(), state.clone(), created.into(), user.clone(), before.into()];
        if self.0.execute(sql, values).await? == 1 {
            return Ok(true);
        }
        let sql = "insert into {table} (user_id, token, state, created) values (?, ?, ?, ?)";
        match self.0.execute(sql, [user, token, state, created.into()]).await {
            Ok(_) => Ok(true),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn find(&self, token: &str) -> Result<Option<PasswordReset>> {
        let rows = self.0.select("token = ?", [Value::from(token)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let reset = PasswordReset {
            user: DB::text(row, "user_id")?,
            token: DB::text(row, "token")?,
            state: DB::text(row, "state")?,
            created: DB::number(row, "created")?,
        };
        // A collation of MySQL may take other letters for the same.
        Ok(Some(reset).filter(|reset| reset.token == token))
    }

    async fn take(&self, token: &str) -> Result<bool> {
        Ok(self.0.execute("delete from {table} where token = ?", [token.into()]).await? == 1)
    }
}
