//! SQLite.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Sqlite};

use super::dialect::{Dialect, Options, Statements, Value, speaks};
use crate::error::BoxError;

impl Dialect for Sqlite {
    const SQL: Statements = Statements {
        read: "SELECT version, deadline, payload FROM sessions WHERE key = ?",
        version: "SELECT version FROM sessions WHERE key = ?",
        create: "INSERT INTO sessions (key, version, deadline, payload) VALUES (?, ?, ?, ?)",
        replace: "UPDATE sessions SET version = ?, deadline = ?, payload = ?, \
                  last_activity = current_timestamp WHERE key = ? AND version = ?",
        touch: "UPDATE sessions SET deadline = ?, last_activity = current_timestamp \
                WHERE key = ? AND version = ?",
        remove: "DELETE FROM sessions WHERE key = ? AND version = ?",
        destroy: "DELETE FROM sessions WHERE key = ?",
        sweep: "DELETE FROM sessions WHERE key IN (SELECT key FROM sessions \
                WHERE deadline BETWEEN 0 AND ? ORDER BY deadline LIMIT ?)",
        sweep_tags: "DELETE FROM session_tags WHERE rowid IN (SELECT rowid FROM session_tags \
                     WHERE until <= ? ORDER BY until LIMIT ?)",
        sizes: "SELECT key, length(payload) FROM sessions WHERE key > ? ORDER BY key LIMIT ?",
        list: "SELECT key, version, deadline, payload FROM sessions WHERE key > ? AND key <= ? \
               ORDER BY key LIMIT ?",
        tag: "INSERT INTO session_tags (tag, key, until) VALUES (?, ?, ?) \
              ON CONFLICT (tag, key) DO UPDATE SET until = max(until, excluded.until)",
        untag: "DELETE FROM session_tags WHERE tag = ? AND key = ?",
        tagged: "SELECT key FROM session_tags WHERE tag = ?",
    };

    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    const ONE_WRITER: bool = true;
    const DEFAULT_URL: Option<&'static str> = Some("sqlite://storage/database.sqlite");

    fn options(
        url: &str,
        base: &Path,
        timeout: Duration,
    ) -> Result<SqliteConnectOptions, BoxError> {
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err("a database in memory has other tables on each connection; write the path of a file, or set SESSION_DRIVER=memory".into());
        }
        let options: SqliteConnectOptions = url.parse()?;
        let path = base.join(options.get_filename());
        // A statement gives up before the driver's time is over, so that its connection can be used again.
        let options = options
            .filename(path)
            .create_if_missing(!url.contains("mode=r"))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(timeout * 9 / 10);
        Ok(options.disable_statement_logging())
    }

    fn is_missing_table(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(|error| error.message().starts_with("no such table"))
    }

    speaks!([] as [&str; 0]);
}
