//! The driver `sqlite` keeps the contract.

use lunox::session::SqlDriver;
use sqlx::Sqlite;

use crate::sql::{driver, run};

/// The URL of a file in a folder, and the folder.
fn file() -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    (format!("sqlite://{}", folder.path().join("sessions.sqlite").display()), folder)
}

/// A database with the tables, and its folder.
async fn database() -> (SqlDriver<Sqlite>, tempfile::TempDir) {
    let (url, folder) = file();
    run::<Sqlite>(&format!("{url}?mode=rwc"), SqlDriver::<Sqlite>::schema()).await;
    (driver(&url), folder)
}

lunox::session_driver_contract!(contract, || async { database().await });
