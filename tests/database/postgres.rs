//! PostgreSQL.

use lunox::prelude::*;
use lunox::testing::TestApp;

pub use super::servers::Postgres as Server;

pub type Db = sqlx::Postgres;
pub const INSERT: &str = "insert into posts (id, title) values ($1, $2)";

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
#[ignore = "needs PostgreSQL"]
async fn everything_holds_on_postgresql() {
    let server = Server::start();
    suite::all(&server).await;
    statements_end_in_time(&server).await;
    nothing_of_a_test_stays(&server).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn up_asks_the_database() {
    let mut server = Server::start();
    let app = app(&server);
    suite::up_until(app, async |_| server.stop()).await;
}

/// The URL of a database without tables.
async fn empty(server: &Server) -> String {
    use sqlx::migrate::MigrateDatabase;
    let url =
        server.url().replace("/postgres", &format!("/empty_{}", uuid::Uuid::new_v4().simple()));
    Db::create_database(&url).await.expect("made");
    url
}

fn after_a_failure(status: &str) {
    assert!(status.contains("Pending") && !status.contains("Failed"), "{status}");
}

async fn statements_end_in_time(server: &Server) {
    let config = DatabaseConfig {
        statement_timeout: std::time::Duration::from_millis(50),
        ..suite::config()
    };
    let app = TestApp::new().database(config).set("TEST_DATABASE_URL", server.url());
    let client = app.client().await;
    let slept = sqlx::query("select pg_sleep(60)").execute(client.app().pool::<Db>()).await;
    let error = slept.expect_err("it took too long").to_string();
    assert!(error.contains("statement timeout"), "{error}");
}

async fn nothing_of_a_test_stays(server: &Server) {
    use sqlx::Connection;
    let client = app(server).client().await;
    drop(client);
    let mut connection = sqlx::PgConnection::connect(&server.url()).await.expect("it answers");
    let names: Vec<(String,)> =
        sqlx::query_as("select datname::text from pg_database where datname like '%test%'")
            .fetch_all(&mut connection)
            .await
            .expect("a list");
    assert_eq!(names, []);
}
