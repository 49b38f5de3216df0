//! The statements of the framework's own tables, in one wording for all databases.

use sqlx::{AssertSqlSafe, Database, Pool};

use crate::support::BoxFuture;

/// A statement whose places are written `?`, and what goes there.
#[doc(hidden)]
pub struct Statement {
    sql: String,
    values: Vec<Value>,
}

/// What goes into a place of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

#[cfg(feature = "auth")]
impl Statement {
    pub(crate) fn new(sql: String, values: impl IntoIterator<Item = Value>) -> Self {
        Self { sql, values: values.into_iter().collect() }
    }
}

/// What tables of the framework need of a database. Implemented for those of the features.
#[doc(hidden)]
pub trait Rows: Database {
    /// Conditions on the column `id` of a type that is not known: for an integer, a UUID and any other text.
    const BY_ID: [&'static str; 3];

    /// Returns how many rows the statement has changed.
    fn execute(pool: &Pool<Self>, statement: Statement) -> BoxFuture<'_, Result<u64, sqlx::Error>>;

    /// The rows that the statement selects.
    fn rows(
        pool: &Pool<Self>,
        statement: Statement,
    ) -> BoxFuture<'_, Result<Vec<Self::Row>, sqlx::Error>>;

    /// A column of text.
    fn text(row: &Self::Row, column: &str) -> Result<String, sqlx::Error>;

    /// A column of 64-bit integers.
    fn number(row: &Self::Row, column: &str) -> Result<i64, sqlx::Error>;
}

/// PostgreSQL numbers the places: `$1`.
#[cfg(feature = "postgres")]
fn numbered(sql: &str) -> String {
    let mut parts = sql.split('?');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.zip(1..).fold(first, |sql, (part, number)| format!("{sql}${number}{part}"))
}

macro_rules! rows {
    ($feature:literal, $database:ty, $write:expr, $by_id:expr) => {
        #[cfg(feature = $feature)]
        impl Rows for $database {
            const BY_ID: [&'static str; 3] = $by_id;

            fn execute(
                pool: &Pool<Self>,
                statement: Statement,
            ) -> BoxFuture<'_, Result<u64, sqlx::Error>> {
                Box::pin(async move {
                    Ok(bound!(statement, $write).execute(pool).await?.rows_affected())
                })
            }

            fn rows(
                pool: &Pool<Self>,
                statement: Statement,
            ) -> BoxFuture<'_, Result<Vec<Self::Row>, sqlx::Error>> {
                Box::pin(async move { bound!(statement, $write).fetch_all(pool).await })
            }

            fn text(row: &Self::Row, column: &str) -> Result<String, sqlx::Error> {
                sqlx::Row::try_get(row, column)
            }

            fn number(row: &Self::Row, column: &str) -> Result<i64, sqlx::Error> {
                sqlx::Row::try_get(row, column)
            }
        }
    };
}

/// The query of a statement. The SQL is the framework's own; what visitors send is bound.
macro_rules! bound {
    ($statement:ident, $write:expr) => {
        $statement.values.into_iter().fold(
            sqlx::query(AssertSqlSafe($write($statement.sql.as_str()))),
            |query, value| match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            },
        )
    };
}

rows!("sqlite", sqlx::Sqlite, str::to_owned, ["id = ?"; 3]);
// It compares values of one type alone. The cast of a column of text costs no index.
rows!(
    "postgres",
    sqlx::Postgres,
    numbered,
    ["id = ?", "id = cast(? as uuid)", "cast(id as text) = ?"]
);
rows!("mysql", sqlx::MySql, str::to_owned, ["id = ?"; 3]);
