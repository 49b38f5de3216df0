//! PostgreSQL.

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Postgres};

use super::dialect::{Dialect, Options, Statements, Value, speaks};
use crate::error::BoxError;

impl Dialect for Postgres {
    const SQL: Statements = Statements {
        read: "SELECT version, deadline, payload FROM sessions WHERE key = $1",
        version: "SELECT version FROM sessions WHERE key = $1",
        create: "INSERT INTO sessions (key, version, deadline, payload) VALUES ($1, $2, $3, $4)",
        replace: "UPDATE sessions SET version = $1, deadline = $2, payload = $3, last_activity = now() \
                  WHERE key = $4 AND version = $5",
        touch: "UPDATE sessions SET deadline = $1, last_activity = now() WHERE key = $2 AND version = $3",
        remove: "DELETE FROM sessions WHERE key = $1 AND version = $2",
        destroy: "DELETE FROM sessions WHERE key = $1",
        // An array, because the planner may evaluate a subquery more than once.
        sweep: "DELETE FROM sessions WHERE key = ANY(ARRAY(SELECT key FROM sessions \
                WHERE deadline BETWEEN 0 AND $1 ORDER BY deadline LIMIT $2 FOR UPDATE SKIP LOCKED))",
        sweep_tags: "DELETE FROM session_tags WHERE ctid = ANY(ARRAY(SELECT ctid FROM session_tags \
                     WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED))",
        sizes: "SELECT key, octet_length(payload)::bigint FROM sessions WHERE key > $1 ORDER BY key LIMIT $2",
        list: "SELECT key, version, deadline, payload FROM sessions WHERE key > $1 AND key <= $2 \
               ORDER BY key LIMIT $3",
        tag: "INSERT INTO session_tags AS t (tag, key, until) VALUES ($1, $2, $3) \
              ON CONFLICT (tag, key) DO UPDATE SET until = greatest(t.until, excluded.until)",
        untag: "DELETE FROM session_tags WHERE tag = $1 AND key = $2",
        tagged: "SELECT key FROM session_tags WHERE tag = $1",
    };

    const ROTATE: Option<[&'static str; 2]> = Some([
        "WITH old AS (DELETE FROM sessions WHERE key = $1 AND version = $2 RETURNING key) \
         INSERT INTO sessions (key, version, deadline, payload) SELECT $3, $4, $5, $6 FROM old",
        "WITH old AS (UPDATE sessions SET version = $1, deadline = $2, payload = $3, last_activity = now() \
         WHERE key = $4 AND version = $5 RETURNING key) \
         INSERT INTO sessions (key, version, deadline, payload) SELECT $6, $7, $8, $9 FROM old",
    ]);

    fn options(url: &str, _: &Path, _: Duration) -> Result<PgConnectOptions, BoxError> {
        Ok(url.parse::<PgConnectOptions>()?.disable_statement_logging())
    }

    fn is_missing_table(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("42P01"))
    }

    speaks!(["SET default_transaction_isolation = 'read committed'"]);
}
