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

/// Holds a driver to each clause of the contract, on one server: to start one takes seconds.
#[cfg(any(feature = "postgres", feature = "mysql"))]
macro_rules! each {
    ($db:ty, $url:expr, $($clause:ident)*) => {{
        let url: &str = $url;
        $(
            println!("{}", stringify!($clause));
            lunox::testing::contract::__private::check(
                || async {
                    $crate::sql::run::<$db>(url, "delete from sessions; delete from session_tags").await;
                    driver::<$db>(url)
                },
                lunox::testing::contract::$clause,
            );
        )*
    }};
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use each;
