//! SQLite.

use lunox::prelude::*;
use lunox::testing::TestApp;

pub type Db = sqlx::Sqlite;
pub const INSERT: &str = "insert into posts (id, title) values (?, ?)";
/// There is none.
pub type Server = ();

#[path = "suite.rs"]
mod suite;

pub fn app((): &()) -> TestApp {
    TestApp::new().database(DatabaseConfig {
        max_connections: 2,
        acquire_timeout: std::time::Duration::from_millis(200),
        ..suite::config()
    })
}

/// The URL of a database without tables: a file in the folder of the application.
async fn empty((): &()) -> String {
    "sqlite://blog.sqlite".to_owned()
}

fn after_a_failure(status: &str) {
    assert!(status.contains("Pending") && !status.contains("Failed"), "{status}");
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                suite::$name(&()).await;
            }
        )*
    };
}

tests! {
    sqlx_is_used_directly
    tests_at_once_have_a_database_each
    an_error_in_an_action_rolls_its_transaction_back
    no_row_is_a_500_unless_the_action_says_otherwise
    no_connection_in_time_is_a_503
    migrations_are_applied_listed_and_taken_back
    several_that_migrate_at_once_apply_each_migration_once
    production_is_migrated_by_force_alone
    a_changed_or_missing_migration_is_an_error_with_a_cure
    a_script_that_fails_is_named_and_cannot_be_taken_back_without_the_other
}

#[tokio::test]
async fn up_asks_the_database() {
    suite::up_until(app(&()), async |client| client.app().pool::<Db>().close().await).await;
}

#[tokio::test]
async fn the_file_is_made_with_the_options_that_servers_need() {
    let client = app(&()).client().await;
    let pool = client.app().pool::<Db>();
    for (option, expected) in [
        ("pragma journal_mode", "wal"),
        ("pragma synchronous", "1"),
        ("pragma foreign_keys", "1"),
        ("pragma busy_timeout", "200"),
    ] {
        let row = sqlx::query(option).fetch_one(pool).await.expect(option);
        let value = sqlx::Row::try_get::<String, _>(&row, 0)
            .or_else(|_| sqlx::Row::try_get::<i64, _>(&row, 0).map(|number| number.to_string()));
        assert_eq!(value.expect(option), expected, "{option}");
    }
    assert!(client.app().storage_path("database.sqlite").is_file());
}

#[tokio::test]
async fn requests_that_write_at_once_wait_for_each_other() {
    let client = app(&())
        .plain_routes(|route| {
            route.get("/{id}", async |_req: HttpRequest, id: i32| -> Result {
                let title = id.to_string();
                sqlx::query(INSERT).bind(id).bind(title).execute(lunox::pool::<Db>()).await?;
                Ok("stored".into_response())
            });
        })
        .client()
        .await;
    let visits = (0..20).map(|id| {
        let client = client.clone();
        tokio::spawn(async move {
            client.get(&format!("/{id}")).await.assert_ok();
        })
    });
    for visit in visits.collect::<Vec<_>>() {
        visit.await.expect("stored");
    }
}

#[tokio::test]
async fn nothing_of_a_test_stays() {
    let client = app(&()).client().await;
    let file = client.app().storage_path("database.sqlite");
    assert!(file.is_file());
    drop(client);
    assert!(!file.exists());
}
