//! The tables of a database: written as a migration, missed at boot, and what they hold.

use std::path::Path;
use std::process::ExitCode;

use bytes::Bytes;
use lunox::console::{Console, Output};
use lunox::database::DatabaseConfig;
use lunox::prelude::*;
use lunox::session::{Key, SessionDriver, SqlDriver, Tag, drivers::Dialect};

use crate::process::Site;
use crate::sql::{connect, driver};
use crate::store::Store;

/// Whether a command of a project in a folder went well, and what it said.
async fn artisan(
    folder: &Path,
    variables: [(&str, &str); 2],
    database: Option<DatabaseConfig>,
    line: &str,
) -> (bool, String) {
    let env = Env::from_pairs([("APP_ENV", "local"), variables[0], variables[1]]);
    let configure = move |env: &Env| {
        let config = Config::new()
            .with("app", AppConfig { environment: env.environment(), ..AppConfig::default() });
        let config = config.with(
            "session",
            SessionConfig {
                driver: env.name("SESSION_DRIVER", "file"),
                ..SessionConfig::default()
            },
        );
        match &database {
            Some(database) => config.with(
                "database",
                DatabaseConfig { url: env.secret("DATABASE_URL"), ..database.clone() },
            ),
            None => config,
        }
    };
    let builder = Application::configure(folder, configure).env(env);
    let arguments: Vec<String> = format!("app {line}").split(' ').map(str::to_owned).collect();
    // The console makes a runtime of its own.
    let run = move || {
        let out = Output::captured();
        let code = Console::new(builder).run_with(arguments, &out);
        (code == ExitCode::SUCCESS, out.text())
    };
    tokio::task::spawn_blocking(run).await.expect("it ran")
}

/// A folder that looks like a project's.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("app")).expect("made");
    folder
}

/// The migration of these drivers' tables is written, applied and taken back.
pub async fn the_migration_makes_the_tables_and_removes_them<
    DB: lunox::database::Backend + Dialect,
>(
    driver_name: &str,
    url: &str,
) {
    let folder = project();
    let variables = [("SESSION_DRIVER", driver_name), ("DATABASE_URL", url)];
    let config = DatabaseConfig {
        migrations: Some(migrations!("$CARGO_MANIFEST_DIR/tests/stores/database/migrations")),
        ..DatabaseConfig::of::<DB>()
    };
    let run = async |line| artisan(folder.path(), variables, Some(config.clone()), line).await;
    let (ok, said) = run("make:session-table").await;
    assert!(ok && said.contains("_create_sessions_table.up.sql"), "{said}");
    let (ok, said) = run("make:session-table").await;
    assert!(!ok && said.contains("is there already"), "{said}");
    // The program embeds other migrations; a debug build reads the folder of the application.
    let written = folder.path().join("database/migrations");
    let read = folder.path().join("tests/stores/database/migrations");
    std::fs::create_dir_all(read.parent().expect("a folder")).expect("made");
    std::fs::rename(written, read).expect("moved");
    let (ok, said) = run("migrate").await;
    assert!(ok, "{said}");
    assert_eq!(driver::<DB>(url).read(&Key::from_bytes([7; 32])).await.expect("reads"), None);
    let (ok, said) = run("migrate:rollback").await;
    assert!(ok, "{said}");
    assert!(driver::<DB>(url).read(&Key::from_bytes([7; 32])).await.is_err());
}

#[tokio::test]
async fn without_migrations_for_the_database_the_statements_are_shown() {
    let folder = project();
    let variables = [("SESSION_DRIVER", "postgres"), ("X", "")];
    let (ok, said) = artisan(folder.path(), variables, None, "make:session-table").await;
    assert!(!ok && said.contains("not for PostgreSQL") && said.contains("bytea"), "{said}");
    let sqlite = DatabaseConfig::of::<sqlx::Sqlite>();
    let (ok, said) = artisan(folder.path(), variables, Some(sqlite), "make:session-table").await;
    assert!(!ok && said.contains("payload bytea not null"), "{said}");
    let (ok, said) =
        artisan(folder.path(), [("X", ""), ("Y", "")], None, "make:session-table").await;
    assert!(!ok && said.contains("set SESSION_DRIVER to sqlite, postgres or mysql"), "{said}");
}

#[test]
fn a_missing_table_keeps_the_application_from_starting_and_names_the_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("blog.sqlite").display());
    let site = Site::new().with("SESSION_DRIVER", "sqlite").with("DATABASE_URL", url);
    let (code, said) = site.start_in_vain();
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("config/session.rs: the session driver `sqlite` cannot work: "),
        "{said}"
    );
    assert!(said.contains("no table `sessions`; run `cargo artisan make:session-table`"), "{said}");
}

#[test]
fn the_url_of_another_database_is_refused_without_its_password() {
    let url = "mysql://ada:s3cret@localhost/blog";
    let site = Site::new().with("SESSION_DRIVER", "sqlite").with("DATABASE_URL", url);
    let (code, said) = site.start_in_vain();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is not the URL of a SQLite database"), "{said}");
    assert!(said.contains("SESSION_DATABASE_URL") && !said.contains("s3cret"), "{said}");
}

#[cfg(feature = "postgres")]
#[test]
fn a_database_that_nobody_named_is_asked_for() {
    let (code, said) = Site::new().with("SESSION_DRIVER", "postgres").start_in_vain();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("write SESSION_DATABASE_URL=postgres://"), "{said}");
}

#[cfg(feature = "mysql")]
#[test]
fn a_limit_that_no_row_has_room_for_is_refused() {
    let config =
        SessionConfig { max_bytes: 16 << 20, ..crate::store::config("mysql", "mysql://h") };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let refused = runtime.block_on(lunox::session::open(config)).err().expect("refused");
    assert!(refused.to_string().contains("a row has room for 16776191 bytes"), "{refused}");
}

/// A person can ask whose sessions are used, and when they were used last.
pub async fn users_and_their_last_activity_can_be_queried<DB: Dialect, S: Store>() {
    let store = S::start().await;
    let sessions = driver::<DB>(&store.url());
    let (key, tag) = (Key::from_bytes([7; 32]), Tag::from_bytes([1; 16]));
    sessions.tag(&tag, &key, 4_000_000_000).await.expect("entered");
    sessions.create(&key, Bytes::from_static(b"payload"), 4_000_000_000).await.expect("made");
    let mut connection = connect::<DB>(&store.url()).await;
    let used = if DB::NAME == "MySQL" {
        "select t.tag from sessions s join session_tags t on t.`key` = s.`key` \
         where s.last_activity between now() - interval 1 minute and now()"
    } else if DB::NAME == "SQLite" {
        "select t.tag from sessions s join session_tags t on t.key = s.key \
         where s.last_activity between datetime('now', '-1 minute') and datetime('now')"
    } else {
        "select t.tag from sessions s join session_tags t on t.key = s.key \
         where s.last_activity between now() - interval '1 minute' and now()"
    };
    let rows = DB::rows(&mut connection, used, &[]).await.expect("rows");
    assert_eq!(rows.len(), 1);
    assert_eq!(DB::blob(&rows[0], 0).expect("a tag"), tag.as_bytes());
}

#[tokio::test]
async fn the_file_is_in_wal_mode() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sessions.sqlite");
    let url = format!("sqlite://{}", path.display());
    let _ =
        SqlDriver::<sqlx::Sqlite>::new(&url).expect("a URL").read(&Key::from_bytes([7; 32])).await;
    let mut connection = connect::<sqlx::Sqlite>(&url).await;
    let mode: String =
        sqlx::query_scalar("pragma journal_mode").fetch_one(&mut connection).await.expect("a mode");
    assert_eq!(mode, "wal");
}
