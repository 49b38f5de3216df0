//! MariaDB, which stands for MySQL too.

use lunox::prelude::*;
use lunox::testing::TestApp;

pub use super::servers::MariaDb as Server;

pub type Db = sqlx::MySql;
pub const INSERT: &str = "insert into posts (id, title) values (?, ?)";

#[path = "suite.rs"]
mod suite;

pub fn app(server: &Server) -> TestApp {
    let config = DatabaseConfig {
        max_connections: 2,
        acquire_timeout: std::time::Duration::from_secs(1),
        ..suite::config()
    };
    TestApp::new().database(config).set("TEST_DATABASE_URL", server.url())
}

#[tokio::test]
#[ignore = "needs MariaDB"]
async fn everything_holds_on_mariadb() {
    let server = Server::start();
    suite::all(&server).await;
    statements_end_in_time(&server).await;
    nothing_of_a_test_stays(&server).await;
}

#[tokio::test]
#[ignore = "needs MariaDB"]
async fn up_asks_the_database() {
    let mut server = Server::start();
    let app = app(&server);
    suite::up_until(app, async |_| server.stop()).await;
}

/// The URL of a database without tables.
async fn empty(server: &Server) -> String {
    use sqlx::migrate::MigrateDatabase;
    let url =
        server.url().replace("/mysql?", &format!("/empty_{}?", uuid::Uuid::new_v4().simple()));
    Db::create_database(&url).await.expect("made");
    url
}

/// There are no transactions for tables.
fn after_a_failure(status: &str) {
    assert!(status.contains("Failed"), "{status}");
    assert!(status.contains("undo by hand what it did"), "{status}");
}

async fn statements_end_in_time(server: &Server) {
    let config = DatabaseConfig {
        statement_timeout: std::time::Duration::from_millis(50),
        ..suite::config()
    };
    let app = TestApp::new().database(config).set("TEST_DATABASE_URL", server.url());
    let client = app.client().await;
    let pool = client.app().pool::<Db>();
    // `sleep` and `benchmark` end early and call that a success.
    let slept = sqlx::query("select count(*) from seq_1_to_100000 a, seq_1_to_1000000 b")
        .execute(pool)
        .await;
    let error = slept.expect_err("it took too long").to_string();
    assert!(error.contains("max_statement_time"), "{error}");
}

async fn nothing_of_a_test_stays(server: &Server) {
    use sqlx::Connection;
    let client = app(server).client().await;
    drop(client);
    let mut connection = sqlx::MySqlConnection::connect(&server.url()).await.expect("it answers");
    let names: Vec<(Vec<u8>,)> = sqlx::query_as("show databases like '%test%'")
        .fetch_all(&mut connection)
        .await
        .expect("a list");
    assert_eq!(names, []);
}
