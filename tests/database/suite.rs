//! What holds on every database. Included by the module of each, which has `Db`, `app` and `INSERT`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lunox::console::{Console, Output};
use lunox::database::{DatabaseConfig, Ping};
use lunox::prelude::*;
use lunox::testing::TestClient;

use super::{Db, INSERT, Server, after_a_failure, app, empty};

#[track_caller]
fn db() -> &'static sqlx::Pool<Db> {
    lunox::pool()
}

/// The options of the tests.
pub fn config() -> DatabaseConfig {
    DatabaseConfig {
        migrations: Some(migrations!("$CARGO_MANIFEST_DIR/tests/database/migrations")),
        ..DatabaseConfig::of::<Db>()
    }
}

async fn insert(id: i32, title: &str) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(INSERT).bind(id).bind(title).execute(db()).await.map(drop)
}

fn routes(route: &mut Router) {
    route.get("/posts", async || -> Result {
        let posts: Vec<(i32, String)> =
            sqlx::query_as("select id, title from posts order by id").fetch_all(db()).await?;
        Ok(json(posts))
    });
    route.get(
        "/insert/{id}/{title}",
        async |_req: HttpRequest, id: i32, title: String| -> Result {
            insert(id, &title).await?;
            Ok("stored".into_response())
        },
    );
    route.get("/missing", async || -> Result {
        let (title,): (String,) =
            sqlx::query_as("select title from posts where id = 77").fetch_one(db()).await?;
        Ok(title.into_response())
    });
    route.get("/both/{id}", async |_req: HttpRequest, id: i32| -> Result {
        let mut transaction = db().begin().await?;
        for title in ["one", "two"] {
            sqlx::query(INSERT).bind(id).bind(title).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok("stored".into_response())
    });
    route.get("/ping", async |req: HttpRequest| -> Result {
        let database = req.container().make::<dyn Ping>()?;
        database.ping().await?;
        Ok(database.name().into_response())
    });
}

async fn visit(server: &Server) -> TestClient {
    app(server).routes(routes).client().await
}

/// All of it, one after another.
#[allow(dead_code, reason = "SQLite has a test for each")]
pub async fn all(server: &Server) {
    sqlx_is_used_directly(server).await;
    tests_at_once_have_a_database_each(server).await;
    an_error_in_an_action_rolls_its_transaction_back(server).await;
    no_row_is_a_500_unless_the_action_says_otherwise(server).await;
    no_connection_in_time_is_a_503(server).await;
    migrations_are_applied_listed_and_taken_back(server).await;
    several_that_migrate_at_once_apply_each_migration_once(server).await;
    production_is_migrated_by_force_alone(server).await;
    a_changed_or_missing_migration_is_an_error_with_a_cure(server).await;
    a_script_that_fails_is_named_and_cannot_be_taken_back_without_the_other(server).await;
}

pub async fn sqlx_is_used_directly(server: &Server) {
    let client = visit(server).await;
    client.get("/insert/1/Moon").await.assert_ok();
    client.get("/posts").await.assert_exact_json(serde_json::json!([[1, "Moon"]]));
    client.get("/ping").await.assert_text(<Db as sqlx::Database>::NAME);
    // Outside of a request.
    let pool = client.app().pool::<Db>();
    let (likes,): (i32,) =
        sqlx::query_as("select likes from posts").fetch_one(pool).await.expect("a row");
    assert_eq!(likes, 0);
    client.run(insert(2, "Sun")).await.expect("stored");
    client.get("/posts").await.assert_exact_json(serde_json::json!([[1, "Moon"], [2, "Sun"]]));
}

pub async fn tests_at_once_have_a_database_each(server: &Server) {
    let (one, other) = (visit(server).await, visit(server).await);
    one.get("/insert/1/Moon").await.assert_ok();
    other.get("/posts").await.assert_exact_json(serde_json::json!([]));
    other.get("/insert/1/Sun").await.assert_ok();
    one.get("/posts").await.assert_exact_json(serde_json::json!([[1, "Moon"]]));
}

pub async fn an_error_in_an_action_rolls_its_transaction_back(server: &Server) {
    let client = visit(server).await;
    // The same id twice.
    client.get("/both/1").await.assert_status(500);
    client.get("/posts").await.assert_exact_json(serde_json::json!([]));
}

pub async fn no_row_is_a_500_unless_the_action_says_otherwise(server: &Server) {
    visit(server).await.get("/missing").await.assert_status(500);
    let found = async || -> Result {
        let row: Option<(String,)> =
            sqlx::query_as("select title from posts where id = 77").fetch_optional(db()).await?;
        let Some((title,)) = row else { return abort(404) };
        Ok(title.into_response())
    };
    let client = app(server)
        .routes(move |route| {
            route.get("/post", found);
        })
        .client()
        .await;
    client.get("/post").await.assert_not_found();
}

pub async fn no_connection_in_time_is_a_503(server: &Server) {
    let client = visit(server).await;
    let pool = client.app().pool::<Db>();
    let mut taken = Vec::new();
    while taken.len() < 2 {
        taken.push(pool.acquire().await.expect("a connection"));
    }
    client.get("/posts").await.assert_status(503).assert_dont_see("pool");
    drop(taken);
    client.get("/posts").await.assert_ok();
}

/// The health route before and after the database goes.
pub async fn up_until(app: lunox::testing::TestApp, gone: impl AsyncFnOnce(&TestClient)) {
    let client = app.http(|http| http.health = Some("/up".to_owned())).client().await;
    client.get("/up").await.assert_ok().assert_text(r#"{"status":"up"}"#);
    gone(&client).await;
    client.get("/up").await.assert_status(503).assert_text(r#"{"status":"down"}"#);
}

/// A project with the migrations of the tests, and its console.
struct Project {
    folder: tempfile::TempDir,
    url: String,
}

impl Project {
    fn new(url: String) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a folder"), url };
        std::fs::create_dir_all(project.migrations()).expect("made");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/database/migrations");
        for entry in std::fs::read_dir(source).expect("migrations").flatten() {
            std::fs::copy(entry.path(), project.migrations().join(entry.file_name()))
                .expect("copied");
        }
        project
    }

    fn migrations(&self) -> PathBuf {
        self.folder.path().join("tests/database/migrations")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.migrations().join(name), text).expect("written");
    }

    /// Whether a command went well, and what it said.
    async fn artisan(&self, environment: &str, line: &str) -> (bool, String) {
        let key = "base64:c2l4dGVlbiBieXRlcyB0d2ljZSBtYWtlIGEga2V5ISE=";
        let env = Env::from_pairs([
            ("APP_ENV", environment),
            ("APP_KEY", key),
            ("DATABASE_URL", &self.url),
        ]);
        let configure = |env: &Env| {
            Config::new()
                .with(
                    "app",
                    AppConfig {
                        environment: env.environment(),
                        key: env.parse_optional("APP_KEY"),
                        ..AppConfig::default()
                    },
                )
                .with("database", DatabaseConfig { url: env.secret("DATABASE_URL"), ..config() })
        };
        let builder = Application::configure(self.folder.path(), configure).env(env);
        let arguments: Vec<String> = format!("app {line}").split(' ').map(str::to_owned).collect();
        // The console makes a runtime of its own.
        let run = move || {
            let out = Output::captured();
            let code = Console::new(builder).run_with(arguments, &out);
            (code == ExitCode::SUCCESS, out.text())
        };
        tokio::task::spawn_blocking(run).await.expect("it ran")
    }
}

/// The state of each migration, as `migrate:status` says.
fn states(text: &str) -> Vec<(&str, &str)> {
    let word = |line: &'_ str| {
        let mut words = line.split_whitespace();
        words.next().zip(words.next_back()).map(|(name, state)| (name.len(), state.len()))
    };
    let parts = text.lines().filter_map(|line| {
        let (name, state) = word(line)?;
        let line = line.trim();
        Some((&line[..name], &line[line.len() - state..]))
    });
    parts.take_while(|(name, _)| name.starts_with(char::is_numeric)).collect()
}

const POSTS: &str = "1_create_posts_table";
const LIKES: &str = "2_add_likes_to_posts_table";

pub async fn migrations_are_applied_listed_and_taken_back(server: &Server) {
    let project = Project::new(empty(server).await);
    let (ok, said) = project.artisan("local", "migrate:status").await;
    assert!(ok, "{said}");
    assert_eq!(states(&said), [(POSTS, "Pending"), (LIKES, "Pending")]);

    let (ok, said) = project.artisan("local", "migrate").await;
    assert!(ok && said.contains(POSTS) && said.contains(LIKES), "{said}");
    let (_, said) = project.artisan("local", "migrate:status").await;
    assert_eq!(states(&said), [(POSTS, "Ran"), (LIKES, "Ran")]);
    assert!(project.artisan("local", "migrate").await.1.contains("There is nothing to do."));

    let (ok, said) = project.artisan("local", "migrate:rollback").await;
    assert!(ok && said.contains(LIKES) && !said.contains(POSTS), "{said}");
    let (_, said) = project.artisan("local", "migrate:status").await;
    assert_eq!(states(&said), [(POSTS, "Ran"), (LIKES, "Pending")]);
    assert!(project.artisan("local", "migrate").await.0);
    let (ok, said) = project.artisan("local", "migrate:rollback --step 9").await;
    assert!(ok && said.contains(LIKES) && said.contains(POSTS), "{said}");
    assert!(project.artisan("local", "migrate:rollback").await.1.contains("nothing to do"));
}

pub async fn several_that_migrate_at_once_apply_each_migration_once(server: &Server) {
    let project = Project::new(empty(server).await);
    let title =
        |number| format!("insert into posts (id, title) values ({number}, 'Moon {number}');");
    (3..9).for_each(|number| project.write(&format!("{number}_insert.sql"), &title(number)));
    let migrate = || project.artisan("local", "migrate");
    let (one, two, three, four) = tokio::join!(migrate(), migrate(), migrate(), migrate());
    for (ok, said) in [one, two, three, four] {
        assert!(ok, "{said}");
    }
    let (_, said) = project.artisan("local", "migrate:status").await;
    assert!(states(&said).iter().all(|(_, state)| *state == "Ran"), "{said}");
}

pub async fn production_is_migrated_by_force_alone(server: &Server) {
    let project = Project::new(empty(server).await);
    let (ok, said) = project.artisan("production", "migrate").await;
    assert!(!ok && said.contains("Nothing was done; --force"), "{said}");
    assert_eq!(states(&project.artisan("production", "migrate:status").await.1)[0].1, "Pending");
    assert!(project.artisan("production", "migrate --force").await.0);
    let (ok, said) = project.artisan("production", "migrate:rollback").await;
    assert!(!ok && said.contains("may be lost. Nothing was done"), "{said}");
    assert!(project.artisan("production", "migrate:rollback --force --step 2").await.0);
}

pub async fn a_changed_or_missing_migration_is_an_error_with_a_cure(server: &Server) {
    let project = Project::new(empty(server).await);
    assert!(project.artisan("local", "migrate").await.0);
    let file = project.migrations().join(format!("{LIKES}.up.sql"));
    let text = std::fs::read_to_string(&file).expect("a script");
    project.write("2_add_likes_to_posts_table.up.sql", "select 1;");
    for command in ["migrate", "migrate:rollback", "migrate:status"] {
        let (ok, said) = project.artisan("local", command).await;
        assert!(!ok && said.contains("it was changed after it had been applied"), "{said}");
        assert!(said.contains("cure: restore the file as it was"), "{said}");
    }
    std::fs::remove_file(&file).expect("removed");
    std::fs::remove_file(project.migrations().join(format!("{LIKES}.down.sql"))).expect("removed");
    let (ok, said) = project.artisan("local", "migrate").await;
    assert!(!ok && said.contains("2: it was applied, and its file is missing"), "{said}");
    assert!(said.contains("delete from _sqlx_migrations where version = 2"), "{said}");
    project.write("2_add_likes_to_posts_table.up.sql", &text);
    assert!(project.artisan("local", "migrate").await.0);
}

pub async fn a_script_that_fails_is_named_and_cannot_be_taken_back_without_the_other(
    server: &Server,
) {
    let project = Project::new(empty(server).await);
    project.write("3_break.sql", "create table odd (id integer primary key); selekt 1;");
    let (ok, said) = project.artisan("local", "migrate").await;
    assert!(!ok && said.contains("tests/database/migrations/3_break.sql: "), "{said}");
    assert!(said.to_lowercase().contains("syntax"), "{said}");
    after_a_failure(&project.artisan("local", "migrate:status").await.1);

    let project = Project::new(empty(server).await);
    project.write("3_one_way.sql", "create table odd (id integer primary key);");
    assert!(project.artisan("local", "migrate").await.0);
    let (ok, said) = project.artisan("local", "migrate:rollback").await;
    assert!(!ok && said.contains("there is no .down.sql beside it"), "{said}");
}
