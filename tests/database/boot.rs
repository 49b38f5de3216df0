//! What keeps an application from starting.

use lunox::prelude::*;
use lunox::testing::TestApp;

/// Why it does not start.
async fn refused(config: DatabaseConfig, url: &str) -> String {
    let app = TestApp::new().database(config).set("DATABASE_URL", url);
    match app.try_client().await {
        Ok(_) => panic!("{url} is accepted"),
        Err(error) => error.to_string(),
    }
}

fn sqlite() -> DatabaseConfig {
    DatabaseConfig::of::<sqlx::Sqlite>()
}

#[tokio::test]
async fn the_url_of_another_database_is_refused() {
    let error = refused(sqlite(), "postgres://ada:s3cret@host/blog").await;
    assert!(
        error.contains(
            "DATABASE_URL: `postgres://ada:********@host/blog` is not the URL of a SQLite database"
        ),
        "{error}"
    );
    assert!(error.contains("cure: write a URL that begins with sqlite://"), "{error}");
}

#[tokio::test]
async fn a_url_that_makes_no_sense_is_refused() {
    for url in ["", "blog", "storage/database.sqlite"] {
        if url.is_empty() {
            continue;
        }
        let error = refused(sqlite(), url).await;
        assert!(error.contains("is not the URL of a SQLite database"), "{error}");
    }
    let error = refused(sqlite(), "sqlite://a.sqlite?mode=odd").await;
    assert!(
        error.contains("DATABASE_URL: `sqlite://a.sqlite?mode=odd` cannot be used: unknown value"),
        "{error}"
    );
    let error = refused(sqlite(), "sqlite::memory:").await;
    assert!(error.contains("would be gone with its connection"), "{error}");
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let error = refused(sqlite(), "sqlite:///nowhere/at/all.sqlite").await;
    assert!(error.contains("the folder of /nowhere/at/all.sqlite does not exist"), "{error}");
    assert!(error.contains("cure: make the folder"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("diary.txt");
    std::fs::write(&file, "dear diary, ".repeat(1000)).expect("written");
    let error = refused(sqlite(), &format!("sqlite://{}", file.display())).await;
    assert!(error.contains("file is not a database"), "{error}");
}

#[tokio::test]
async fn a_provider_without_options_is_told_where_they_belong() {
    let error = TestApp::new().provider(DatabaseServiceProvider).try_client().await.err();
    let error = error.expect("refused").to_string();
    assert!(
        error.contains("config/mod.rs: DatabaseServiceProvider needs a DatabaseConfig"),
        "{error}"
    );
}

#[tokio::test]
#[should_panic(expected = "the application has no SQLite database; add DatabaseServiceProvider")]
async fn a_pool_that_nobody_opened_is_a_mistake_of_the_program() {
    let client = TestApp::new().client().await;
    client.app().pool::<sqlx::Sqlite>();
}

#[cfg(feature = "postgres")]
mod with_postgres {
    use super::*;

    fn postgres() -> DatabaseConfig {
        DatabaseConfig::of::<sqlx::Postgres>()
    }

    #[tokio::test]
    async fn a_server_that_cannot_be_reached_is_named_without_its_password() {
        let url = "postgres://ada:s3cret@127.0.0.1:1/blog";
        let error = refused(postgres(), url).await;
        assert!(
            error.contains(
                "DATABASE_URL: postgres://ada:********@127.0.0.1:1/blog cannot be reached"
            ),
            "{error}"
        );
        assert!(error.contains("cure: start the database, or correct DATABASE_URL"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[tokio::test]
    async fn a_password_that_breaks_the_url_is_not_shown() {
        let error = refused(postgres(), "postgres://ada:s3/cret@host/blog").await;
        assert!(error.contains("in a password, write @ as %40"), "{error}");
        assert!(!error.contains("s3/") && !error.contains("cret@"), "{error}");
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn postgresql_says_what_is_wrong() {
        let server = crate::servers::Postgres::start();
        let wrong = server.url().replace("s3cret", "wr0ng");
        let error = refused(postgres(), &wrong).await;
        assert!(
            error.contains("password authentication failed") && !error.contains("wr0ng"),
            "{error}"
        );
        assert!(error.contains("cure: correct user and password in DATABASE_URL"), "{error}");
        let missing = server.url().replace("/postgres", "/missing");
        let error = refused(postgres(), &missing).await;
        assert!(error.contains("cure: create the database with `createdb`"), "{error}");
    }
}
