//! MySQL and MariaDB.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::{AssertSqlSafe, Executor, MySql};

use super::DatabaseConfig;
use super::backend::{Backend, BackendError};
use crate::support::BoxFuture;

impl Backend for MySql {
    fn options(
        url: &str,
        _: &Path,
        _: &DatabaseConfig,
    ) -> Result<MySqlConnectOptions, BackendError> {
        Ok(url.parse()?)
    }

    /// In seconds for all statements on MariaDB, in milliseconds for `select` on MySQL.
    fn limit_statements(
        connection: &mut MySqlConnection,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<(), sqlx::Error>> {
        Box::pin(async move {
            let version: String =
                sqlx::query_scalar("SELECT VERSION()").fetch_one(&mut *connection).await?;
            let set = if version.contains("MariaDB") {
                format!("SET SESSION max_statement_time = {}", timeout.as_secs_f64())
            } else {
                format!("SET SESSION max_execution_time = {}", timeout.as_millis())
            };
            connection.execute(AssertSqlSafe(set)).await.map(drop)
        })
    }

    /// sqlx waits for `GET_LOCK(…, -1)`, which MariaDB does not take for an unlimited time: it returns at once.
    fn lock_migrations(
        connection: &mut MySqlConnection,
    ) -> BoxFuture<'_, Result<(), MigrateError>> {
        const LOCK: &str = "SELECT GET_LOCK(CONCAT('lunox migrations ', MD5(DATABASE())), 3600)";
        Box::pin(async move {
            match sqlx::query_scalar::<_, Option<i64>>(LOCK).fetch_one(connection).await? {
                Some(1) => Ok(()),
                _ => Err(sqlx::Error::Protocol(
                    "another process has been migrating for an hour".into(),
                )
                .into()),
            }
        })
    }

    fn cure(code: &str) -> Option<&'static str> {
        match code {
            // The states of errors 1045 and 1044, of 1049, and of 1040.
            "28000" => Some("correct user and password in DATABASE_URL"),
            "42000" => Some(
                "create the database, let the user use it, or correct its name in DATABASE_URL",
            ),
            "08004" => {
                Some("lower DATABASE_MAX_CONNECTIONS, or raise max_connections of the server")
            }
            _ => None,
        }
    }
}
