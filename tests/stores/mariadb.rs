//! The driver `mysql` keeps the contract on MariaDB.

use lunox::session::SqlDriver;
use sqlx::MySql;

use crate::servers;
use crate::sql::{driver, run};

/// A server with the tables.
async fn server() -> servers::MariaDb {
    let server = servers::MariaDb::start();
    run::<MySql>(&server.url(), "create database blog").await;
    let url = blog(&server);
    run::<MySql>(&url, SqlDriver::<MySql>::schema()).await;
    server
}

fn blog(server: &servers::MariaDb) -> String {
    server.url().replace("/mysql?", "/blog?")
}

macro_rules! each {
    ($url:expr, $($clause:ident)*) => {$(
        println!("{}", stringify!($clause));
        lunox::testing::contract::__private::check(
            || async {
                run::<MySql>(&$url, "truncate sessions; truncate session_tags").await;
                driver::<MySql>(&$url)
            },
            lunox::testing::contract::$clause,
        );
    )*};
}

#[test]
#[ignore = "needs MariaDB"]
fn the_contract_holds_on_mariadb() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(server());
    let url = blog(&server);
    lunox::__session_driver_clauses!(each, url);
}
