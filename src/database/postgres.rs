//! PostgreSQL.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::MigrateDatabase;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Executor, Postgres};

use super::DatabaseConfig;
use super::backend::{Backend, BackendError};
use crate::support::BoxFuture;

impl Backend for Postgres {
    fn options(url: &str, _: &Path, _: &DatabaseConfig) -> Result<PgConnectOptions, BackendError> {
        Ok(url.parse()?)
    }

    /// After connecting: PgBouncer refuses it among the parameters of a connection.
    fn limit_statements(
        connection: &mut PgConnection,
        timeout: Duration,
    ) -> BoxFuture<'_, Result<(), sqlx::Error>> {
        let set = format!("SET statement_timeout = {}", timeout.as_millis());
        Box::pin(async move { connection.execute(AssertSqlSafe(set)).await.map(drop) })
    }

    fn remove(url: &str) -> impl Future<Output = Result<(), sqlx::Error>> + Send {
        <Self as MigrateDatabase>::force_drop_database(url)
    }

    fn cure(code: &str) -> Option<&'static str> {
        match code {
            "28P01" | "28000" => Some("correct user and password in DATABASE_URL"),
            "3D000" => {
                Some("create the database with `createdb`, or correct its name in DATABASE_URL")
            }
            "53300" => {
                Some("lower DATABASE_MAX_CONNECTIONS, or raise max_connections of the server")
            }
            _ => None,
        }
    }
}
