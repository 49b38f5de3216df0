//! What differs between the databases, and what does not depend on their types.

use std::path::Path;
use std::time::Duration;

use sqlx::{Connection, Database};

use crate::error::BoxError;
use crate::session::drivers::{DriverError, Stored};
use crate::session::record::Key;

/// A parameter of a statement.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    Blob(&'a [u8]),
    Number(i64),
}

/// The statements. Each takes its parameters in the order in which they are written here.
pub struct Statements {
    /// key
    pub read: &'static str,
    /// key
    pub version: &'static str,
    /// key, version, deadline, payload
    pub create: &'static str,
    /// new version, deadline, payload, key, version
    pub replace: &'static str,
    /// deadline, key, version
    pub touch: &'static str,
    /// key, version
    pub remove: &'static str,
    /// key
    pub destroy: &'static str,
    /// now, limit
    pub sweep: &'static str,
    /// now, limit
    pub sweep_tags: &'static str,
    /// Keys and lengths: after this key, limit
    pub sizes: &'static str,
    /// after this key, up to this key, limit
    pub list: &'static str,
    /// tag, key, until
    pub tag: &'static str,
    /// tag, key
    pub untag: &'static str,
    /// tag
    pub tagged: &'static str,
}

/// How connections of a database are opened.
pub(super) type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// A database that sessions can be kept in: `sqlx::Sqlite`, `sqlx::Postgres` or `sqlx::MySql`.
pub trait Dialect: Database {
    #[doc(hidden)]
    const SQL: Statements;
    /// The statements that rotate a record and remove it, or leave one behind, if one statement can.
    #[doc(hidden)]
    const ROTATE: Option<[&'static str; 2]> = None;
    #[doc(hidden)]
    const BEGIN: &'static str = "BEGIN";
    /// How many bytes a payload can have, if that is little.
    #[doc(hidden)]
    const MOST_BYTES: Option<usize> = None;
    /// Where the database is if no URL says so.
    #[doc(hidden)]
    const DEFAULT_URL: Option<&'static str> = None;
    /// Whether only one connection can write at a time.
    #[doc(hidden)]
    const ONE_WRITER: bool = false;

    #[doc(hidden)]
    fn options(url: &str, base: &Path, timeout: Duration) -> Result<Options<Self>, BoxError>;
    #[doc(hidden)]
    fn is_missing_table(error: &sqlx::Error) -> bool;
    #[doc(hidden)]
    fn connect(
        options: &Options<Self>,
    ) -> impl Future<Output = Result<Self::Connection, sqlx::Error>> + Send;
    #[doc(hidden)]
    fn command(
        connection: &mut Self::Connection,
        sql: &'static str,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
    #[doc(hidden)]
    fn execute(
        connection: &mut Self::Connection,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;
    #[doc(hidden)]
    fn rows(
        connection: &mut Self::Connection,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;
    #[doc(hidden)]
    fn blob(row: &Self::Row, column: usize) -> Result<Vec<u8>, sqlx::Error>;
    #[doc(hidden)]
    fn number(row: &Self::Row, column: usize) -> Result<i64, sqlx::Error>;
}

/// The functions of [`Dialect`] that read the same for each database and differ in their types.
macro_rules! speaks {
    ($setup:expr) => {
        async fn connect(options: &Options<Self>) -> Result<Self::Connection, sqlx::Error> {
            let mut connection = sqlx::ConnectOptions::connect(options).await?;
            for statement in $setup {
                Self::command(&mut connection, statement).await?;
            }
            Ok(connection)
        }

        async fn command(
            connection: &mut Self::Connection,
            sql: &'static str,
        ) -> Result<(), sqlx::Error> {
            sqlx::Executor::execute(connection, sqlx::raw_sql(sql)).await.map(drop)
        }

        async fn execute(
            connection: &mut Self::Connection,
            sql: &'static str,
            values: &[Value<'_>],
        ) -> Result<u64, sqlx::Error> {
            let mut query = sqlx::query::<Self>(sql);
            for value in values {
                query = match *value {
                    Value::Blob(bytes) => query.bind(bytes),
                    Value::Number(number) => query.bind(number),
                };
            }
            query.execute(connection).await.map(|done| done.rows_affected())
        }

        async fn rows(
            connection: &mut Self::Connection,
            sql: &'static str,
            values: &[Value<'_>],
        ) -> Result<Vec<Self::Row>, sqlx::Error> {
            let mut query = sqlx::query::<Self>(sql);
            for value in values {
                query = match *value {
                    Value::Blob(bytes) => query.bind(bytes),
                    Value::Number(number) => query.bind(number),
                };
            }
            query.fetch_all(connection).await
        }

        fn blob(row: &Self::Row, column: usize) -> Result<Vec<u8>, sqlx::Error> {
            sqlx::Row::try_get(row, column)
        }

        fn number(row: &Self::Row, column: usize) -> Result<i64, sqlx::Error> {
            sqlx::Row::try_get(row, column)
        }
    };
}

pub(super) use speaks;

/// The key in the first column of a row.
pub(super) fn key<DB: Dialect>(row: &DB::Row) -> Result<Key, DriverError> {
    let bytes = DB::blob(row, 0).map_err(refused)?;
    let bytes = bytes.try_into();
    bytes.map(Key::from_bytes).map_err(|_| DriverError::unavailable("a key that has not 32 bytes"))
}

/// Version, deadline and payload, from this column on.
pub(super) fn stored<DB: Dialect>(row: &DB::Row, column: usize) -> Result<Stored, DriverError> {
    let number = |column| DB::number(row, column).map(i64::cast_unsigned).map_err(refused);
    let (version, deadline) = (number(column)?, number(column + 1)?);
    let payload = DB::blob(row, column + 2).map_err(refused)?;
    Ok(Stored::new(version, deadline, payload.into()))
}

/// What an error of the database means to the manager.
pub(super) fn refused(error: sqlx::Error) -> DriverError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => DriverError::DuplicateId,
        // As text: its message has its causes already.
        _ => DriverError::unavailable(error.to_string()),
    }
}

/// Whether the database rolled the transaction back because it and another waited for each other.
pub(super) fn is_deadlock(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01"))
}

/// Whether the connection cannot be used after this error, or might not be.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(_) => {
            // PostgreSQL: it shuts down or crashed. MySQL: it shuts down, or has ended the connection.
            let ended = ["57P0", "08", "70100"];
            code(error).is_some_and(|code| ended.iter().any(|ended| code.starts_with(ended)))
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnIndexOutOfBounds { .. } => false,
        _ => true,
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}
