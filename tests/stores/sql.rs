//! Sessions in a database: what the drivers for SQLite, PostgreSQL and MariaDB are tested with.

use lunox::session::{SqlDriver, drivers::Dialect};
use sqlx::Connection;

/// A connection of the test's own.
pub async fn connect<DB: Dialect>(url: &str) -> DB::Connection {
    DB::Connection::connect(url).await.expect("connects")
}

/// Runs statements whose rows nobody reads.
pub async fn run<DB: Dialect>(url: &str, sql: &'static str) {
    let mut connection = connect::<DB>(url).await;
    DB::command(&mut connection, sql).await.expect(sql);
    let _ = connection.close().await;
}

/// A driver for the database at a URL.
pub fn driver<DB: Dialect>(url: &str) -> SqlDriver<DB> {
    SqlDriver::new(url).expect("a URL")
}
