//! MySQL 8 and MariaDB 10.6, which have `SKIP LOCKED`.

use std::path::Path;
use std::time::Duration;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, MySql};

use super::dialect::{Dialect, Options, Statements, Value, speaks};
use crate::error::BoxError;

impl Dialect for MySql {
    const SQL: Statements = Statements {
        read: "SELECT version, deadline, payload FROM sessions WHERE `key` = ?",
        version: "SELECT version FROM sessions WHERE `key` = ?",
        create: "INSERT INTO sessions (`key`, version, deadline, payload) VALUES (?, ?, ?, ?)",
        replace: "UPDATE sessions SET version = ?, deadline = ?, payload = ?, \
                  last_activity = current_timestamp WHERE `key` = ? AND version = ?",
        touch: "UPDATE sessions SET deadline = ?, last_activity = current_timestamp \
                WHERE `key` = ? AND version = ?",
        remove: "DELETE FROM sessions WHERE `key` = ? AND version = ?",
        destroy: "DELETE FROM sessions WHERE `key` = ?",
        // With a join, because MariaDB reads the whole table for `key` IN (SELECT ...) in a DELETE.
        sweep: "DELETE s FROM sessions s JOIN (SELECT `key` FROM sessions WHERE deadline BETWEEN 0 AND ? \
                ORDER BY deadline LIMIT ? FOR UPDATE SKIP LOCKED) expired ON s.`key` = expired.`key`",
        sweep_tags: "DELETE FROM session_tags WHERE until <= ? ORDER BY until LIMIT ?",
        sizes: "SELECT `key`, CAST(length(payload) AS SIGNED) FROM sessions WHERE `key` > ? \
                ORDER BY `key` LIMIT ?",
        list: "SELECT `key`, version, deadline, payload FROM sessions WHERE `key` > ? AND `key` <= ? \
               ORDER BY `key` LIMIT ?",
        tag: "INSERT INTO session_tags (tag, `key`, until) VALUES (?, ?, ?) \
              ON DUPLICATE KEY UPDATE until = greatest(until, values(until))",
        untag: "DELETE FROM session_tags WHERE tag = ? AND `key` = ?",
        tagged: "SELECT `key` FROM session_tags WHERE tag = ?",
    };

    /// That of MEDIUMBLOB.
    const MOST_BYTES: Option<usize> = Some((16 << 20) - 1);

    fn options(url: &str, _: &Path, _: Duration) -> Result<MySqlConnectOptions, BoxError> {
        Ok(url.parse::<MySqlConnectOptions>()?.disable_statement_logging())
    }

    fn is_missing_table(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("42S02"))
    }

    // A payload that is too large for the column is an error, and not cut off.
    speaks!([
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SET SESSION sql_mode = concat(@@sql_mode, ',STRICT_ALL_TABLES')",
    ]);
}
