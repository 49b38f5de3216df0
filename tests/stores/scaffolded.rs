//! A new project moves to each store by SESSION_DRIVER and the place of the store.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use lunox::session::SqlDriver;

use crate::servers::{MariaDb, Postgres, Redis};
use crate::sql::run;
use crate::wire::Browser;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn said(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{command:?}\n{text}");
    text
}

/// A project whose own database is PostgreSQL, built with the features of all stores.
struct Project {
    _folder: tempfile::TempDir,
    path: PathBuf,
    url: String,
}

impl Project {
    fn new(url: String) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut new = Command::new(env!("CARGO_BIN_EXE_lunox"));
        // Another name than that of other tests' projects: they share a target folder, and so the path of the program.
        said(new.args(["new", "mover", "--database", "postgres"]).current_dir(folder.path()));
        let path = folder.path().join("mover");
        let mut add = Command::new("cargo");
        add.args(["add", "--quiet", "--offline", "lunox", "--features", "redis,sqlite,mysql"]);
        said(add.current_dir(&path));
        let project = Self { _folder: folder, path, url };
        let mut build = Command::new("cargo");
        build.args(["build", "--quiet"]).current_dir(&project.path);
        build.env("CARGO_TARGET_DIR", root().join("target/scaffolded"));
        said(&mut build);
        project
    }

    fn command(&self, arguments: &[&str], store: &[(&str, &str)]) -> Command {
        let mut command = Command::new(root().join("target/scaffolded/debug/mover"));
        command.args(arguments).current_dir(&self.path).env_remove("APP_BASE_PATH");
        command.env("DATABASE_URL", &self.url).envs(store.iter().copied());
        command
    }

    /// A visitor comes twice to one process, and once to the next.
    fn is_visited(&self, store: &[(&str, &str)]) {
        let mut jar: Option<Browser> = None;
        for expected in [&[1, 2][..], &[3]] {
            let mut command = self.command(&["serve", "--port", "0"], store);
            let log = std::fs::File::create(self.path.join("log")).expect("a file");
            let child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
            let mut server = Killed(child);
            let lines = BufReader::new(server.0.stdout.take().expect("piped")).lines();
            let address = lines.map_while(Result::ok).find_map(|line| {
                line.rsplit_once("http://").and_then(|(_, address)| address.trim().parse().ok())
            });
            let log = || std::fs::read_to_string(self.path.join("log")).unwrap_or_default();
            let address = address.unwrap_or_else(|| panic!("{store:?}: {}", log()));
            let mut visitor = jar.map_or_else(|| Browser::new(address), |jar| jar.at(address));
            for visits in expected {
                assert_eq!(visitor.get("/").visits(), *visits, "{store:?}");
            }
            jar = Some(visitor);
        }
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
#[ignore = "builds a project, and needs PostgreSQL and MariaDB"]
async fn a_new_project_moves_to_each_store() {
    let (postgres, mariadb, redis) = (Postgres::start(), MariaDb::start(), Redis::start());
    let project = Project::new(postgres.url());
    project.is_visited(&[]);
    project.is_visited(&[("SESSION_DRIVER", "redis"), ("REDIS_URL", &redis.url())]);

    let store = [("SESSION_DRIVER", "postgres")];
    let missing = project.command(&["serve", "--port", "0"], &store).output().expect("it runs");
    let missing = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(missing.contains("run `cargo artisan make:session-table`"), "{missing}");
    said(&mut project.command(&["make:session-table"], &store));
    said(&mut project.command(&["migrate"], &store));
    project.is_visited(&store);

    // Elsewhere than in the application's database the statements are shown, to be run there by hand.
    let file = format!("sqlite://{}", project.path.join("storage/sessions.sqlite").display());
    run::<sqlx::Sqlite>(&format!("{file}?mode=rwc"), SqlDriver::<sqlx::Sqlite>::schema()).await;
    project.is_visited(&[("SESSION_DRIVER", "sqlite"), ("SESSION_DATABASE_URL", &file)]);
    run::<sqlx::MySql>(&mariadb.url(), "create database blog").await;
    let blog = mariadb.url().replace("/mysql?", "/blog?");
    run::<sqlx::MySql>(&blog, SqlDriver::<sqlx::MySql>::schema()).await;
    project.is_visited(&[("SESSION_DRIVER", "mysql"), ("SESSION_DATABASE_URL", &blog)]);
}
