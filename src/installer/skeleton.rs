//! The files of a new project: the very ones of this repository.

use std::io;
use std::path::{Path, PathBuf};

use super::{Database, accounts};
use crate::encryption::AppKey;
use crate::support::is_word_of_rust;

/// A file of the skeleton: its path in the project and its content.
pub type File = (&'static str, &'static [u8]);

macro_rules! embed {
    ($path:literal) => {
        ($path, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)) as &[u8])
    };
}

/// Every file of `app`, `config`, `public`, `routes`, `resources`, `storage` and `tests/feature`. A test compares this list
/// with the folders.
pub const FILES: &[File] = &[
    embed!("app/console/mod.rs"),
    embed!("app/http/controllers/mod.rs"),
    embed!("app/http/controllers/profile_controller.rs"),
    embed!("app/http/controllers/session_controller.rs"),
    embed!("app/http/controllers/welcome_controller.rs"),
    embed!("app/http/kernel.rs"),
    embed!("app/http/middleware/mod.rs"),
    embed!("app/http/mod.rs"),
    embed!("app/main.rs"),
    embed!("app/providers/app_service_provider.rs"),
    embed!("app/providers/mod.rs"),
    embed!("app/providers/route_service_provider.rs"),
    embed!("config/app.rs"),
    embed!("config/http.rs"),
    embed!("config/logging.rs"),
    embed!("config/mod.rs"),
    embed!("config/server.rs"),
    embed!("config/session.rs"),
    embed!("config/view.rs"),
    embed!("public/robots.txt"),
    embed!("resources/views/errors/404.html"),
    embed!("resources/views/errors/419.html"),
    embed!("resources/views/errors/4xx.html"),
    embed!("resources/views/errors/500.html"),
    embed!("resources/views/errors/503.html"),
    embed!("resources/views/errors/5xx.html"),
    embed!("resources/views/errors/layout.html"),
    embed!("resources/views/layouts/app.html"),
    embed!("resources/views/partials/moon.html"),
    embed!("resources/views/partials/styles.html"),
    embed!("resources/views/profile.html"),
    embed!("resources/views/welcome.html"),
    embed!("routes/api.rs"),
    embed!("routes/mod.rs"),
    embed!("routes/web.rs"),
    embed!("storage/app/.gitignore"),
    embed!("storage/framework/sessions/.gitignore"),
    embed!("tests/feature/mod.rs"),
    embed!("tests/feature/profile.rs"),
    embed!("tests/feature/welcome.rs"),
];

/// A project to be made.
pub struct NewProject<'a> {
    /// The name of its crate.
    pub name: &'a str,
    /// Its folder, which must not exist or be empty.
    pub folder: &'a Path,
    /// The folder of lunox's sources; `None` takes the published crate.
    pub lunox: Option<PathBuf>,
    /// Its database, if it has one.
    pub database: Option<Database>,
    /// Whether it has accounts. They are in its database, so it has SQLite if none is named.
    pub accounts: bool,
}

impl NewProject<'_> {
    fn database(&self) -> Option<Database> {
        self.database.or(self.accounts.then_some(Database::Sqlite))
    }

    /// The features of lunox that it names.
    fn features(&self) -> Vec<&'static str> {
        let mut features: Vec<_> = self.database().into_iter().map(Database::feature).collect();
        if self.accounts {
            features.extend(accounts::FEATURES);
        }
        features.sort_unstable();
        features
    }
}

/// Makes a project and tells how many files it has.
///
/// # Errors
/// When the name cannot be that of a crate, the folder holds something, or a file cannot be written.
pub fn create(project: &NewProject<'_>) -> io::Result<usize> {
    check_name(project.name)?;
    if let Some(lunox) = &project.lunox
        && !lunox.join("src/lib.rs").is_file()
    {
        return refuse(format!("{} has no sources of lunox", lunox.display()));
    }
    let occupied =
        std::fs::read_dir(project.folder).is_ok_and(|mut entries| entries.next().is_some());
    if occupied || project.folder.is_file() {
        return refuse(format!(
            "{} is there already; choose another name",
            project.folder.display()
        ));
    }
    let mut files: Vec<(&str, Vec<u8>)> =
        FILES.iter().map(|(path, content)| (*path, content.to_vec())).collect();
    let app_name = format!("APP_NAME={}\n", project.name);
    let key = format!("APP_KEY={}\n", AppKey::generate().map_err(io::Error::other)?.to_env());
    for (path, stub) in STUBS {
        let text = stub
            .replace("{{ name }}", project.name)
            .replace("{{ lunox }}", &dependency(project))
            // The session's cookie is named after it.
            .replace("APP_NAME=Lunox\n", &app_name);
        // Kept out of git, so it has the key.
        let text = if *path == ".env" { text.replacen("APP_KEY=\n", &key, 1) } else { text };
        files.push((path, text.into_bytes()));
    }
    if let Some(database) = project.database() {
        database.add_to(&mut files, project.name)?;
        if project.accounts {
            database.add_accounts_to(&mut files)?;
        }
    }
    for (path, content) in &files {
        let path = project.folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, content).map_err(|error| {
            io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
        })?;
    }
    Ok(files.len())
}

/// What cannot be embedded as it is: it names the project.
const STUBS: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("stubs/Cargo.toml.stub")),
    ("build.rs", include_str!("stubs/build.rs.stub")),
    ("README.md", include_str!("stubs/README.md.stub")),
    (".gitignore", include_str!("stubs/gitignore.stub")),
    (".env.example", include_str!("../../.env.example")),
    (".env", include_str!("../../.env.example")),
    (".cargo/config.toml", include_str!("../../.cargo/config.toml")),
    ("rustfmt.toml", include_str!("../../rustfmt.toml")),
];

fn dependency(project: &NewProject<'_>) -> String {
    let features = project.features();
    let source = match &project.lunox {
        Some(path) => {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            format!("path = {:?}", path.display().to_string())
        }
        None if features.is_empty() => return format!("{:?}", crate::VERSION),
        None => format!("version = {:?}", crate::VERSION),
    };
    if features.is_empty() {
        return format!("{{ {source} }}");
    }
    format!("{{ {source}, features = {features:?} }}")
}

fn check_name(name: &str) -> io::Result<()> {
    /// Names that cargo or the skeleton itself cannot have.
    const TAKEN: [&str; 15] = [
        "lunox",
        "test",
        "core",
        "std",
        "alloc",
        "app",
        "clap",
        "serde",
        "serde_json",
        "sqlx",
        "tokio",
        "build",
        "deps",
        "examples",
        "incremental",
    ];
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(word);
    if !plain {
        return refuse(format!(
            "`{name}` cannot be the name of a project; use lower-case letters, digits, - and _, a letter first"
        ));
    }
    if TAKEN.contains(&name) || is_word_of_rust(name) {
        return refuse(format!(
            "`{name}` cannot be the name of a project: Rust, cargo or a dependency has that name; try `my-{name}`"
        ));
    }
    Ok(())
}

fn refuse<T>(why: String) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}
