//! A table of accounts.

use sqlx::Pool;

use crate::database::{Backend, Statement, Value};
use crate::http::Result;

/// A table, and the pool of its database.
pub(super) struct Table<DB: Backend> {
    pool: &'static Pool<DB>,
    name: String,
}

impl<DB: Backend> Table<DB> {
    #[track_caller]
    pub(super) fn new(pool: &'static Pool<DB>, name: impl Into<String>) -> Self {
        let name = name.into();
        assert!(
            name.split('.').all(is_plain),
            "`{}` cannot be the name of a table here: it takes letters, digits and _",
            name.escape_debug()
        );
        Self { pool, name }
    }

    /// Runs a statement, in which `{table}` is the table; returns how many rows it has changed.
    pub(super) async fn execute<const N: usize>(
        &self,
        sql: &str,
        values: [Value; N],
    ) -> Result<u64, sqlx::Error> {
        DB::execute(self.pool, Statement::new(sql.replace("{table}", &self.name), values)).await
    }

    /// The rows for which a condition holds.
    pub(super) async fn select(
        &self,
        condition: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<DB::Row>> {
        let sql = format!("select * from {} where {condition}", self.name);
        Ok(DB::rows(self.pool, Statement::new(sql, values)).await?)
    }
}

/// Whether a name may be written into a statement as it is.
pub(super) fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
