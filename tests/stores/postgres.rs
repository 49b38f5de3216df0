//! The driver `postgres` keeps the contract.

use lunox::session::SqlDriver;
use sqlx::Postgres;

use crate::servers;
use crate::sql::{driver, run};

/// A server with the tables.
async fn server() -> servers::Postgres {
    let server = servers::Postgres::start();
    run::<Postgres>(&server.url(), SqlDriver::<Postgres>::schema()).await;
    server
}

/// Each clause, on one server: to start one takes seconds.
macro_rules! each {
    ($url:expr, $($clause:ident)*) => {$(
        println!("{}", stringify!($clause));
        lunox::testing::contract::__private::check(
            || async {
                run::<Postgres>(&$url, "truncate sessions, session_tags").await;
                driver::<Postgres>(&$url)
            },
            lunox::testing::contract::$clause,
        );
    )*};
}

#[test]
#[ignore = "needs PostgreSQL"]
fn the_contract_holds_on_postgresql() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(server());
    let url = server.url();
    lunox::__session_driver_clauses!(each, url);
}
