//! SQLite.

use std::path::Path;
use std::time::Duration;

use sqlx::Sqlite;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

use super::DatabaseConfig;
use super::backend::{Backend, BackendError};
use crate::support::BoxFuture;

impl Backend for Sqlite {
    const IS_FILE: bool = true;

    fn options(
        url: &str,
        base: &Path,
        config: &DatabaseConfig,
    ) -> Result<SqliteConnectOptions, BackendError> {
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(BackendError {
                what: "a database in memory would be gone with its connection".to_owned(),
                cure: "write the path of a file: sqlite://storage/database.sqlite; a test gets a file of its own without DATABASE_URL",
            });
        }
        let options: SqliteConnectOptions = url.parse()?;
        let path = base.join(options.get_filename());
        if !path.parent().is_some_and(Path::is_dir) {
            return Err(BackendError {
                what: format!("the folder of {} does not exist", path.display()),
                cure: "make the folder, or correct DATABASE_URL; a relative path starts at the application's folder",
            });
        }
        // Readers and one writer do not wait for each other with WAL; NORMAL loses the last moments in a power cut, and
        // nothing when the process is killed.
        Ok(options
            .filename(path)
            .create_if_missing(!url.contains("mode=r"))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(config.acquire_timeout)
            .foreign_keys(true))
    }

    fn limit_statements(
        _: &mut SqliteConnection,
        _: Duration,
    ) -> BoxFuture<'_, Result<(), sqlx::Error>> {
        Box::pin(async { Ok(()) })
    }

    fn cure(code: &str) -> Option<&'static str> {
        match code {
            // SQLITE_NOTADB.
            "26" => Some("correct DATABASE_URL: the file is not an SQLite database"),
            _ => Some("correct DATABASE_URL, or let the process write to the file and its folder"),
        }
    }
}
