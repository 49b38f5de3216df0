//! The driver `sqlite`: its contract, and a database that another process has locked.

use lunox::session::SqlDriver;
use sqlx::Sqlite;
use sqlx::sqlite::SqliteConnection;

use crate::sql::{connect, driver, run};
use crate::store::Store;
use crate::suite::suite;
use crate::tables;

/// A file in a folder, and the connection that has locked it.
struct File {
    folder: tempfile::TempDir,
    writer: Option<SqliteConnection>,
}

impl Store for File {
    const DRIVER: &'static str = "sqlite";

    async fn start() -> Self {
        let file = File { folder: tempfile::tempdir().expect("a folder"), writer: None };
        let url = format!("{}?mode=rwc", file.url());
        run::<Sqlite>(&url, SqlDriver::<Sqlite>::schema()).await;
        file
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("sessions.sqlite").display())
    }

    async fn pause(&mut self) {
        let mut writer = connect::<Sqlite>(&self.url()).await;
        sqlx::raw_sql("begin immediate").execute(&mut writer).await.expect("locked");
        self.writer = Some(writer);
    }

    async fn resume(&mut self) {
        let writer = self.writer.take().expect("it was paused");
        sqlx::Connection::close(writer).await.expect("unlocked");
    }
}

async fn database() -> (SqlDriver<Sqlite>, File) {
    let file = File::start().await;
    (driver(&file.url()), file)
}

lunox::session_driver_contract!(contract, || async { database().await });

suite! {
    File;
    sixty_four_parallel_requests_through_two_applications_lose_no_update
    a_rotation_and_a_logout_are_seen_by_the_other_application
    a_store_that_does_not_answer_is_answered_503_within_the_timeout
    two_processes_share_their_sessions
    the_skeleton_in_two_processes_shares_its_sessions
}

#[tokio::test]
async fn tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("blog.sqlite").display());
    tables::the_migration_makes_the_tables_and_removes_them::<Sqlite>("sqlite", &url).await;
    tables::users_and_their_last_activity_can_be_queried::<Sqlite, File>().await;
}
