//! The generators in a project that the installer made.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::installer::skeleton::{self, NewProject};

struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        Self::with(None, false)
    }

    fn with(database: Option<crate::installer::Database>, accounts: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let project = NewProject {
            name: "blog",
            folder: &folder.path().join("blog"),
            lunox: None,
            database,
            accounts,
        };
        skeleton::create(&project).expect("a project");
        Self(folder)
    }

    fn base(&self) -> PathBuf {
        self.0.path().join("blog")
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.base().join(path)).expect(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.base().join(path), text).expect(path);
    }

    fn exists(&self, path: &str) -> bool {
        self.base().join(path).exists()
    }
}

fn named(name: &str) -> NameArgs {
    NameArgs { name: name.to_owned(), force: false }
}

fn controller_named(name: &str) -> ControllerArgs {
    ControllerArgs { name: named(name), resource: false, invokable: false }
}

/// What was said, or why it was refused.
fn said(make: impl FnOnce(&Output) -> Result<(), Failure>) -> Result<String, String> {
    let out = Output::captured();
    match make(&out) {
        Ok(()) => Ok(out.text()),
        Err(Failure::Message(why)) => Err(why),
        Err(_) => Err("another failure".to_owned()),
    }
}

#[test]
fn a_controller_gets_its_file_and_the_modules_of_its_folders() {
    let project = Project::new();
    let args = controller_named("admin/api/PhotoController");
    let told = said(|out| controller(&project.base(), &args, out)).expect("made");
    assert!(told.contains("wrote   app/http/controllers/admin/api/photo_controller.rs"), "{told}");
    assert!(
        told.contains("use crate::http::controllers::admin::api::photo_controller::"),
        "{told}"
    );
    assert!(
        project.read("app/http/controllers/mod.rs").contains("pub mod admin;\npub mod profile")
    );
    assert_eq!(project.read("app/http/controllers/admin/mod.rs"), "pub mod api;\n");
    let file = project.read("app/http/controllers/admin/api/photo_controller.rs");
    assert!(file.contains("impl PhotoController {") && !file.contains("{{"), "{file}");
}

#[test]
fn a_provider_is_listed_before_the_routes_and_imported() {
    let project = Project::new();
    said(|out| provider(&project.base(), &named("BlogServiceProvider"), out)).expect("made");
    let app = project.read("config/app.rs");
    assert!(
        app.contains("BlogServiceProvider,\n            RouteServiceProvider,\n        ],"),
        "{app}"
    );
    assert!(
        app.contains("{AppServiceProvider, BlogServiceProvider, RouteServiceProvider};"),
        "{app}"
    );
    let modules = project.read("app/providers/mod.rs");
    assert!(modules.contains("\nmod blog_service_provider;\nmod route_service_provider;\n"));
    assert!(
        modules.contains("\npub use blog_service_provider::BlogServiceProvider;\n"),
        "{modules}"
    );
}

#[test]
fn a_middleware_is_named_and_a_command_is_listed() {
    let project = Project::new();
    said(|out| middleware(&project.base(), &named("EnsureToken"), out)).expect("made");
    let kernel = project.read("app/http/kernel.rs");
    assert!(
        kernel.contains("\n    middleware.alias(\"ensure-token\", EnsureToken);\n}\n"),
        "{kernel}"
    );
    assert!(kernel.contains("use crate::http::middleware::ensure_token::EnsureToken;"), "{kernel}");

    said(|out| command(&project.base(), &named("SendReport"), out)).expect("made");
    said(|out| command(&project.base(), &named("mail/SendReport"), out)).expect("made");
    let commands = project.read("app/console/mod.rs");
    let list = "commands![send_report::SendReport, mail::send_report::SendReport]";
    assert!(commands.contains(list), "{commands}");
    assert!(commands.contains("\npub mod mail;\npub mod send_report;\n"), "{commands}");
    assert!(project.read("app/console/send_report.rs").contains("\"send:report\""));
}

#[test]
fn a_file_that_is_there_is_never_replaced_without_force() {
    let project = Project::new();
    let path = "app/http/controllers/photo_controller.rs";
    project.write(path, "// precious\n");
    let modules = project.read("app/http/controllers/mod.rs");
    let mut args = controller_named("PhotoController");
    let why = said(|out| controller(&project.base(), &args, out)).expect_err("it is there");
    assert!(why.contains("is there already") && why.contains("--force"), "{why}");
    assert_eq!(project.read(path), "// precious\n");
    assert_eq!(project.read("app/http/controllers/mod.rs"), modules, "nothing else was written");

    args.name.force = true;
    said(|out| controller(&project.base(), &args, out)).expect("forced");
    assert!(project.read(path).contains("pub struct PhotoController;"));
}

#[test]
fn making_a_thing_again_changes_no_registration() {
    let project = Project::new();
    let mut args = named("BlogServiceProvider");
    args.force = true;
    said(|out| provider(&project.base(), &args, out)).expect("made");
    let before = (project.read("config/app.rs"), project.read("app/providers/mod.rs"));
    said(|out| provider(&project.base(), &args, out)).expect("made again");
    assert_eq!((project.read("config/app.rs"), project.read("app/providers/mod.rs")), before);
}

#[test]
fn what_cannot_be_registered_is_told_with_the_line_to_write() {
    let project = Project::new();
    project.write("config/app.rs", "// providers![A]\npub fn config() {}\n");
    let args = named("BlogServiceProvider");
    let why = said(|out| provider(&project.base(), &args, out)).expect_err("no list");
    assert!(why.contains("config/app.rs: add crate::providers::BlogServiceProvider to"), "{why}");
    assert_eq!(project.read("config/app.rs"), "// providers![A]\npub fn config() {}\n");
    assert!(project.exists("app/providers/blog_service_provider.rs"), "the rest is done");
}

#[test]
fn outside_of_a_project_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let why = said(|out| provider(folder.path(), &named("Blog"), out)).expect_err("no project");
    assert!(why.contains("has no folder `app`"), "{why}");
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0);
}

#[cfg(feature = "validation")]
#[test]
fn a_request_gets_its_folder_and_says_what_it_needs() {
    let project = Project::new();
    let why = said(|out| request(&project.base(), &named("NewPost"), out)).expect_err("no garde");
    assert!(why.contains("Cargo.toml: add garde = { version = \"0.23\""), "{why}");
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &manifest.replace("clap =", "garde = \"0.23\"\nclap ="));

    let told = said(|out| request(&project.base(), &named("admin/NewUser"), out)).expect("made");
    assert!(told.contains("use crate::http::requests::admin::new_user::NewUser;"), "{told}");
    assert!(told.contains("let form: NewUser = req.validate().await?;"), "{told}");
    assert!(project.read("app/http/mod.rs").contains("pub mod middleware;\npub mod requests;\n"));
    let modules = project.read("app/http/requests/mod.rs");
    assert!(modules.contains("pub mod admin;\npub mod new_post;\n"), "{modules}");
    let file = project.read("app/http/requests/new_post.rs");
    assert!(file.contains("pub struct NewPost {") && !file.contains("{{"), "{file}");
}

fn files(folder: &std::path::Path, into: &mut std::collections::BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.insert(path.clone(), fs::read_to_string(path).expect("text"));
        }
    }
}

#[test]
fn accounts_are_the_same_in_a_new_project_and_in_one_that_is_there() {
    use crate::installer::Database::{Mysql, Postgres, Sqlite};

    for (database, name) in [(Sqlite, "sqlite"), (Postgres, "postgres"), (Mysql, "mysql")] {
        let made = |project: &Project| {
            let mut found = std::collections::BTreeMap::new();
            files(&project.base(), &mut found);
            let below = |(path, text): (PathBuf, String)| {
                let path = path.strip_prefix(project.base()).expect("below").display().to_string();
                // The first migration in one, the latest in the other.
                let path = path.replace("/20261127120000_", "/00010101000000_");
                let same = !["Cargo.toml", "README.md", ".env"].contains(&path.as_str());
                same.then_some((path, text))
            };
            found.into_iter().filter_map(below).collect::<Vec<_>>()
        };
        let project = Project::with(Some(database), false);
        let told = said(|out| auth::write(&project.base(), name, 1_795_780_800, false, out))
            .expect("made");
        assert!(told.contains("cargo artisan migrate"), "{told}");
        let new = Project::with(Some(database), true);
        assert_eq!(made(&project), made(&new));
        let manifest = project.read("Cargo.toml");
        assert!(manifest.ends_with("[profile.dev.package.blake2]\nopt-level = 3\n"), "{manifest}");
        let user = project.read("app/models/user.rs");
        assert_eq!(user.contains("values ($1, $2, $3)"), name == "postgres", "{user}");
        assert!(!user.contains("{{"), "{user}");

        // Again: nothing is replaced, or all of it, and nothing is registered twice.
        let before = made(&project);
        let again = |force| said(|out| auth::write(&project.base(), name, 0, force, out));
        assert!(again(false).expect_err("it is there").contains("is there already"));
        again(true).expect("forced");
        assert_eq!(made(&project), before);
    }
}

#[test]
fn accounts_find_their_places_in_a_project_that_was_changed() {
    let project = Project::with(Some(crate::installer::Database::Sqlite), false);
    project.write("resources/views/layouts/app.html", "{% block content %}{% endblock %}");
    fs::create_dir(project.base().join("app/models")).expect("made");
    project.write("app/models/mod.rs", "pub mod post;\n");
    let why =
        said(|out| auth::write(&project.base(), "sqlite", 0, false, out)).expect_err("a link");
    assert!(why.contains("layouts/app.html: link to {{ route('login') }}"), "{why}");
    assert_eq!(project.read("app/models/mod.rs"), "pub mod post;\npub mod user;\n");
    assert!(project.exists("routes/auth.rs"), "the rest is done");
}
