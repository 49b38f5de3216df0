//! New projects.

#![cfg(feature = "installer")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lunox::installer::skeleton::FILES;

const FOLDERS: [&str; 7] =
    ["app", "config", "public", "routes", "resources", "storage", "tests/feature"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn lunox(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lunox"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the installer runs")
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push(path);
        }
    }
}

/// Files that a running application leaves behind.
fn is_ours(path: &Path) -> bool {
    let written =
        path.starts_with("storage") && path.file_name().is_none_or(|name| name != ".gitignore");
    !written && !path.starts_with("public/storage")
}

#[test]
fn every_file_of_the_skeleton_is_embedded() {
    for folder in FOLDERS {
        let mut found = Vec::new();
        files(&root().join(folder), &mut found);
        for path in found {
            let below = path.strip_prefix(root()).expect("below the root").to_owned();
            if !is_ours(&below) {
                continue;
            }
            let name = below.to_str().expect("UTF-8");
            let embedded = FILES.iter().find(|(path, _)| *path == name);
            let (_, content) = embedded
                .unwrap_or_else(|| panic!("{name} is missing in src/installer/skeleton.rs"));
            assert_eq!(
                *content,
                std::fs::read(&path).expect("readable"),
                "{name} is embedded as it was before"
            );
        }
    }
}

#[test]
fn a_new_project_has_the_very_files_of_this_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = lunox(folder.path(), &["new", "blog"]);
    assert!(output.status.success(), "{output:?}");
    let project = folder.path().join("blog");
    for (path, content) in FILES {
        assert_eq!(&std::fs::read(project.join(path)).expect(path), content, "{path}");
    }
    let variables = std::fs::read_to_string(project.join(".env")).expect("variables");
    assert!(variables.contains("\nAPP_KEY=base64:"), "a key of its own");
    let example = std::fs::read_to_string(project.join(".env.example")).expect("variables");
    for text in [&variables, &example] {
        assert!(text.starts_with("APP_NAME=blog\n"), "{text}");
    }
    let manifest = std::fs::read_to_string(project.join("Cargo.toml")).expect("a manifest");
    assert!(manifest.contains("name = \"blog\"") && !manifest.contains("{{"), "{manifest}");
    for path in [".gitignore", ".env.example", ".cargo/config.toml", "README.md"] {
        assert!(project.join(path).is_file(), "{path}");
    }
}

#[test]
fn a_name_that_cargo_would_refuse_is_refused_with_the_cure() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |name: &str, cure: &str| {
        let output = lunox(folder.path(), &["new", name]);
        assert!(!output.status.success(), "{name}");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let expected = format!("`{name}` cannot be the name of a project{cure}");
        assert!(message.contains(&expected), "{name}: {message}");
    };
    for name in ["Blog", "9lives", "a b", "../up", ""] {
        refused(name, "; use lower-case letters, digits, - and _, a letter first");
    }
    for name in ["lunox", "test", "serde", "match", "deps"] {
        let taken = ": Rust, cargo or a dependency has that name; try `my-";
        refused(name, &format!("{taken}{name}`"));
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("blog")).expect("made");
    std::fs::write(folder.path().join("blog/diary.txt"), "dear").expect("written");
    let output = lunox(folder.path(), &["new", "blog"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("is there already"));
    assert_eq!(std::fs::read_dir(folder.path().join("blog")).expect("a folder").count(), 1);
}

#[test]
fn sources_that_are_none_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = lunox(folder.path(), &["new", "blog", "--lunox", "nowhere"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("nowhere has no sources of lunox"));
    assert!(!folder.path().join("blog").exists());
}

#[test]
fn a_project_gets_the_database_that_it_asks_for() {
    for (database, sqlx, url) in [
        ("sqlite", "Sqlite", ""),
        ("postgres", "Postgres", "DATABASE_URL=postgres://postgres@localhost/blog\n"),
        ("mysql", "MySql", "DATABASE_URL=mysql://root@localhost/blog\n"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let output = lunox(folder.path(), &["new", "blog", "--database", database]);
        assert!(output.status.success(), "{output:?}");
        let project = folder.path().join("blog");
        let read = |path: &str| std::fs::read_to_string(project.join(path)).expect(path);
        assert!(read("Cargo.toml").contains(&format!("features = [\"{database}\"] }}")));
        assert!(read("Cargo.toml").contains("\nsqlx = { version = \"0.9\""));
        assert!(read("app/db.rs").contains(&format!("pub type Db = sqlx::{sqlx};")));
        assert!(read("config/app.rs").contains("DatabaseServiceProvider,"));
        assert!(!read("config/database.rs").contains("{{"));
        for file in [".env", ".env.example"] {
            assert!(
                read(file).contains(url) && (url.is_empty() != read(file).contains("DATABASE"))
            );
        }
    }
}

#[test]
fn a_project_with_accounts_has_a_database_and_no_stub_is_left_open() {
    for (database, feature) in [(None, "sqlite"), (Some("postgres"), "postgres")] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut arguments = vec!["new", "blog", "--auth"];
        arguments.extend(database.iter().flat_map(|database| ["--database", database]));
        assert!(lunox(folder.path(), &arguments).status.success());
        let project = folder.path().join("blog");
        let manifest = std::fs::read_to_string(project.join("Cargo.toml")).expect("a manifest");
        let mut features = ["auth", feature, "throttle"];
        features.sort_unstable();
        assert!(manifest.contains(&format!("features = {features:?}")), "{manifest}");
        let mut found = Vec::new();
        files(&project, &mut found);
        for path in found.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
            let text = std::fs::read_to_string(path).expect("text");
            assert!(!text.contains("{{ 1 }}") && !text.contains("{{ name }}"), "{path:?}");
        }
    }
    // The plain skeleton stays without.
    assert!(FILES.iter().all(|(path, _)| !path.contains("auth") && !path.contains("models")));
}

/// Runs a program in the project and fails with its output.
fn run(project: &Path, program: &str, arguments: &[&str]) -> String {
    let (succeeded, text) = run_either_way(project, program, arguments);
    assert!(succeeded, "{program} {arguments:?}\n{text}");
    text
}

/// The same for what is expected to fail.
fn run_refused(project: &Path, program: &str, arguments: &[&str]) -> String {
    let (succeeded, text) = run_either_way(project, program, arguments);
    assert!(!succeeded, "{program} {arguments:?}\n{text}");
    text
}

fn run_either_way(project: &Path, program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program)
        .current_dir(project)
        .args(arguments)
        .env("RUSTFLAGS", "-D warnings")
        .env("CARGO_TARGET_DIR", root().join("target/scaffolded"))
        .env_remove("APP_BASE_PATH")
        .output()
        .expect("the program runs");
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}

/// Builds a project, which takes a minute: `.ci/run` runs it by name.
#[test]
#[ignore = "builds a project"]
fn a_new_project_builds_without_a_warning_serves_and_passes_its_own_tests() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(lunox(folder.path(), &["new", "blog"]).status.success());
    let project = folder.path().join("blog");
    let artisan = |arguments: &[&str]| {
        let all: Vec<&str> = ["run", "--quiet", "--"].iter().chain(arguments).copied().collect();
        run(&project, "cargo", &all)
    };
    artisan(&["make:provider", "GreetingServiceProvider"]);
    artisan(&["make:controller", "GreetingController"]);
    artisan(&["make:controller", "admin/PhotoController", "--resource"]);
    artisan(&["make:middleware", "EnsureTokenIsValid"]);
    artisan(&["make:command", "GreetPeople"]);
    artisan(&["make:provider", "billing/StripeServiceProvider"]);
    artisan(&["make:controller", "ShowReport", "--invokable"]);
    run(&project, "cargo", &["fmt", "--check"]);
    let routes = project.join("routes/web.rs");
    let text = std::fs::read_to_string(&routes).expect("routes");
    let text = text
        .replace(
            "use lunox::prelude::*;\n",
            "use lunox::prelude::*;\n\nuse crate::http::controllers::admin::photo_controller::PhotoController;\nuse crate::http::controllers::greeting_controller::GreetingController;\n",
        )
        .replace(
            "    route.get(\"/profile\"",
            "    route.get(\"/greeting\", GreetingController::index).name(\"greeting\").middleware(\"ensure-token-is-valid\");\n    route.resource(\"photos\", resource!(PhotoController));\n    route.get(\"/profile\"",
        );
    std::fs::write(&routes, text).expect("written");
    assert!(artisan(&["greet:people", "Ada"]).contains("Hello, Ada"));
    let list = artisan(&["route:list"]);
    assert!(
        list.contains("greeting › GreetingController::index") && list.contains("photos.destroy"),
        "{list}"
    );
    assert!(run(&project, "cargo", &["test", "--quiet"]).contains("6 passed"));
    serve_and_visit(&project);
}

fn serve_and_visit(project: &Path) {
    use std::io::BufRead;
    let mut server = Command::new(root().join("target/scaffolded/debug/blog"))
        .current_dir(project)
        .args(["serve", "--port", "0"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the server starts");
    let lines = std::io::BufReader::new(server.stdout.take().expect("its output")).lines();
    let url = lines
        .map_while(Result::ok)
        .find_map(|line| line.trim().starts_with("http://").then(|| line.trim().to_owned()))
        .expect("an address");
    let jar = project.join("jar.txt");
    let curl = |arguments: &[&str]| {
        let jar = jar.to_str().expect("UTF-8");
        let all: Vec<&str> =
            ["-sS", "-b", jar, "-c", jar].iter().chain(arguments).copied().collect();
        run(project, "curl", &all)
    };
    curl(&[&url]);
    curl(&["-d", "key=name&value=Ada", &format!("{url}/session")]);
    let page = curl(&[&url]);
    assert!(page.contains("Ada") && page.contains("session.put"), "{page}");
    assert_eq!(curl(&[&format!("{url}/greeting")]), "GreetingController");
    server.kill().expect("stopped");
    server.wait().expect("ended");
}

/// Builds a project with SQLite, which takes a minute.
#[test]
#[ignore = "builds a project"]
fn a_new_project_with_sqlite_builds_passes_its_tests_and_migrates() {
    let folder = tempfile::tempdir().expect("a folder");
    // Another name than that of the other tests' projects: they share a target folder, and so the path of the program.
    assert!(lunox(folder.path(), &["new", "shop", "--database", "sqlite"]).status.success());
    let project = folder.path().join("shop");
    let artisan = |arguments: &[&str]| {
        let all: Vec<&str> = ["run", "--quiet", "--"].iter().chain(arguments).copied().collect();
        run(&project, "cargo", &all)
    };
    assert!(run(&project, "cargo", &["test", "--quiet"]).contains("7 passed"));
    run(&project, "cargo", &["fmt", "--check"]);
    artisan(&["make:migration", "create_posts_table"]);
    assert!(artisan(&["migrate:status"]).contains("Pending"));
    artisan(&["migrate"]);
    assert!(artisan(&["migrate:status"]).contains("_create_posts_table"));
    assert!(project.join("storage/database.sqlite").is_file());
    artisan(&["migrate:rollback"]);
}

/// Builds a project with accounts and runs its own tests. A project that `make:auth` was run in is the same: see the tests of
/// `src/console/make`.
#[test]
#[ignore = "builds a project"]
fn a_new_project_with_accounts_builds_without_a_warning_and_passes_its_own_tests() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(lunox(folder.path(), &["new", "club", "--auth"]).status.success());
    let project = folder.path().join("club");
    assert!(run(&project, "cargo", &["test", "--quiet"]).contains("17 passed"));
    run(&project, "cargo", &["fmt", "--check"]);
    let list = run(&project, "cargo", &["run", "--quiet", "--", "route:list"]);
    assert!(list.contains("password.reset › ForgottenController::edit"), "{list}");
    let again = run_refused(&project, "cargo", &["run", "--quiet", "--", "make:auth"]);
    assert!(again.contains("is there already; nothing was written"), "{again}");
}

/// What `make:auth` says where something is missing.
#[test]
#[ignore = "builds a project"]
fn accounts_in_a_project_without_a_database_say_what_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(lunox(folder.path(), &["new", "blog"]).status.success());
    let project = folder.path().join("blog");
    let said = run_refused(&project, "cargo", &["run", "--quiet", "--", "make:auth"]);
    for what in [
        "nothing was written",
        "Cargo.toml: add to the features of lunox: auth, throttle, sqlite (or postgres, mysql)",
        "config/mod.rs: add .with(\"database\"",
        "app/db.rs: the function db()",
    ] {
        assert!(said.contains(what), "{said}");
    }
    assert!(!project.join("routes/auth.rs").exists());
}

/// For the other databases it is enough that it compiles: what it does with them is tested on their servers.
#[test]
#[ignore = "builds a project"]
fn a_new_project_with_a_server_builds() {
    for database in ["postgres", "mysql"] {
        let folder = tempfile::tempdir().expect("a folder");
        let arguments = ["new", "blog", "--auth", "--database", database];
        assert!(lunox(folder.path(), &arguments).status.success());
        run(&folder.path().join("blog"), "cargo", &["check", "--quiet", "--tests"]);
    }
}

/// What a project deletes to do without a feature of lunox: without `uploads` nothing; without `views` its section and
/// provider, `embedded_public` in `config/http.rs`, and what shows templates; without `console` and `logging` its commands, and `main` serves by itself.
#[test]
#[ignore = "builds a project"]
fn the_skeleton_builds_with_each_feature_removed() {
    for features in ["console,views", "console,uploads", "uploads,views"] {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(lunox(folder.path(), &["new", "blog"]).status.success());
        let project = folder.path().join("blog");
        let edit = |path: &str, old: &str, new: &str| {
            let text = std::fs::read_to_string(project.join(path)).expect(path);
            assert!(text.contains(old), "{path} has no {old}");
            std::fs::write(project.join(path), text.replace(old, new)).expect(path);
        };
        let list = features.replace(',', "\", \"");
        let options =
            format!("default-features = false, features = [\"framework\", \"{list}\"] }}");
        edit("Cargo.toml", "lunox = { ", &format!("lunox = {{ {options}\n# {{ "));
        let path = format!(", path = {:?} }}", root().display().to_string());
        edit("Cargo.toml", &options, &options.replace(" }", &path));
        if !features.contains("views") {
            edit("config/app.rs", "            ViewServiceProvider,\n", "");
            edit(
                "config/http.rs",
                "embedded_public: public_files!(\"$CARGO_MANIFEST_DIR/public\"),",
                "",
            );
            edit("config/mod.rs", "mod view;\n", "");
            edit("config/mod.rs", "\n        .with(\"view\", view::config(env))", "");
            let controllers = "app/http/controllers/mod.rs";
            std::fs::write(project.join(controllers), "//! Controllers.\n").expect("written");
            let routes = "use lunox::prelude::*;\n\npub fn routes(route: &mut Router) {\n    route.get(\"/\", async || \"blog\");\n}\n";
            std::fs::write(project.join("routes/web.rs"), routes).expect("written");
        }
        if !features.contains("console") {
            edit("app/main.rs", "mod console;\n", "");
            edit("app/main.rs", "use lunox::console::Console;\n", "");
            edit("app/main.rs", "use std::process::ExitCode;\n\n", "");
            edit(
                "app/main.rs",
                "fn main() -> ExitCode {\n    Console::new(application()).commands(console::commands()).run()",
                MAIN,
            );
        }
        run(&project, "cargo", &["check", "--quiet"]);
    }
}

const MAIN: &str = r#"fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    lunox::server::runtime()?.block_on(async {
        let app = application().boot().await?;
        let config = ServerConfig::clone(&app.config());
        let listener = lunox::server::bind(&config, 0).await?;
        lunox::server::serve(app, listener, &config, lunox::server::stop_signal()).await;
        Ok(())
    })"#;
