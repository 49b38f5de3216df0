//! The options of `config/database.rs`.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::{Backend, Driver, Migrations, Script, Target};
use crate::config::Secret;
use crate::error::BootProblem;

/// The options of `config/database.rs`.
#[derive(Clone, Debug, Serialize)]
pub struct DatabaseConfig {
    /// Which database it is; [`of`](DatabaseConfig::of) sets it.
    pub driver: Driver,
    /// Where the database is. Without a URL, SQLite uses `storage/database.sqlite`, and for another database it is a
    /// boot error.
    pub url: Option<Secret>,
    /// How many connections the pool opens at most. A query waits for one when all are in use.
    pub max_connections: u32,
    /// How long a query waits for a connection, after which the answer is a 503; with SQLite also how long a
    /// statement waits for one that is writing.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub acquire_timeout: Duration,
    /// How long the database may work on one statement; zero for any time. SQLite has no such limit.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub statement_timeout: Duration,
    /// What makes its tables: `Some(migrations!("$CARGO_MANIFEST_DIR/database/migrations"))`.
    pub migrations: Option<Migrations>,
}

/// Bound by a test: migrations are applied while the application boots.
pub(crate) struct ForTests {
    /// The database that was made for the test, unless it is the configured one.
    pub(crate) target: Option<Target>,
}

impl DatabaseConfig {
    /// The migrations, in the order in which they are applied.
    pub(crate) fn scripts(&self, base: &Path) -> Result<Vec<Script>, BootProblem> {
        self.migrations.map_or(Ok(Vec::new()), |migrations| migrations.scripts(base))
    }

    /// The defaults for a database: `DatabaseConfig::of::<sqlx::Sqlite>()`.
    pub fn of<DB: Backend>() -> Self {
        Self {
            driver: Driver::of::<DB>(),
            url: None,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            migrations: None,
        }
    }
}
