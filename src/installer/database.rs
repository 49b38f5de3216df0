//! What a new project has besides, for a database.

use std::io;

use super::accounts;

/// The database of a new project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Database {
    /// A file, `storage/database.sqlite`.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
    /// A MySQL or MariaDB server.
    Mysql,
}

/// A file of the project: its path and its content.
type Written = (&'static str, Vec<u8>);

impl Database {
    /// The feature of lunox.
    pub(super) fn feature(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    fn type_name(self) -> &'static str {
        match self {
            Self::Sqlite => "Sqlite",
            Self::Postgres => "Postgres",
            Self::Mysql => "MySql",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite://storage/database.sqlite, which is also the default",
            Self::Postgres => "postgres://user:password@localhost/blog",
            Self::Mysql => "mysql://user:password@localhost/blog",
        }
    }

    /// Adds its files, and its lines to the others.
    pub(super) fn add_to(self, files: &mut Vec<Written>, name: &str) -> io::Result<()> {
        edit(files, "config/mod.rs", "mod app;\n", "mod app;\nmod database;\n")?;
        edit(
            files,
            "config/mod.rs",
            "        .with(\"http\"",
            "        .with(\"database\", database::config(env))\n        .with(\"http\"",
        )?;
        let providers = "providers: providers![\n";
        let first = format!("{providers}            DatabaseServiceProvider,\n");
        edit(files, "config/app.rs", providers, &first)?;
        edit(files, "app/main.rs", "mod console;\n", "mod console;\nmod db;\n")?;
        let tests = "mod profile;\n";
        edit(files, "tests/feature/mod.rs", tests, &format!("mod database;\n{tests}"))?;
        edit(files, ".gitignore", "/.env\n", "/.env\n/storage/*.sqlite*\n")?;
        edit(
            files,
            "Cargo.toml",
            "serde_json = \"1.0\"\n",
            "serde_json = \"1.0\"\n# It is lunox's; `macros`, types such as `chrono`, and `tls-rustls` are features of it.\nsqlx = { version = \"0.9\", default-features = false, features = [\"derive\"] }\n",
        )?;
        edit(
            files,
            "README.md",
            "| `app/providers` |",
            "| `app/db.rs` | the database, and `db()` for queries |\n| `database/migrations` | its tables: `cargo artisan make:migration`, `migrate` |\n| `app/providers` |",
        )?;
        let variable = match self {
            Self::Sqlite => String::new(),
            Self::Postgres => format!("DATABASE_URL=postgres://postgres@localhost/{name}\n\n"),
            Self::Mysql => format!("DATABASE_URL=mysql://root@localhost/{name}\n\n"),
        };
        for file in [".env", ".env.example"] {
            edit(files, file, "SESSION_DRIVER=", &format!("{variable}SESSION_DRIVER="))?;
        }
        let config = include_str!("stubs/database/config.rs.stub");
        let db = include_str!("stubs/database/db.rs.stub");
        files.extend([
            ("config/database.rs", config.replace("{{ example }}", self.example()).into()),
            ("app/db.rs", db.replace("{{ type }}", self.type_name()).into()),
            ("tests/feature/database.rs", include_bytes!("stubs/database/test.rs.stub").to_vec()),
            ("database/migrations/.gitkeep", Vec::new()),
        ]);
        Ok(())
    }
}

impl Database {
    /// Adds what accounts are made of, to a project that has this database.
    pub(super) fn add_accounts_to(self, files: &mut Vec<Written>) -> io::Result<()> {
        edit(files, "app/main.rs", "mod http;\n", "mod http;\nmod models;\n")?;
        edit(files, "config/mod.rs", "mod app;\n", "mod app;\nmod auth;\n")?;
        let [app, section] = accounts::SECTION;
        edit(files, "config/mod.rs", app, &format!("{app}{section}"))?;
        let first = "pub mod profile_controller;\n";
        edit(files, "app/http/controllers/mod.rs", first, &format!("pub mod auth;\n{first}"))?;
        let first = "mod app_service_provider;\n";
        let own = format!("mod account_service_provider;\n{first}");
        edit(files, "app/providers/mod.rs", first, &own)?;
        let first = "pub use app_service_provider";
        let own = format!("pub use account_service_provider::AccountServiceProvider;\n{first}");
        edit(files, "app/providers/mod.rs", first, &own)?;
        edit(files, "config/app.rs", "providers::{", "providers::{AccountServiceProvider, ")?;
        let last = "            RouteServiceProvider,\n";
        let own = format!(
            "            ThrottleServiceProvider,\n            AuthServiceProvider,\n            AccountServiceProvider,\n{last}"
        );
        edit(files, "config/app.rs", last, &own)?;
        edit(files, "routes/mod.rs", "pub mod api;\n", "pub mod api;\npub mod auth;\n")?;
        edit(files, "tests/feature/mod.rs", "mod database;\n", "mod auth;\nmod database;\n")?;
        let [old, new] = accounts::LINKS;
        edit(files, "resources/views/layouts/app.html", old, new)?;
        let last = "\n# Small and quick";
        edit(files, "Cargo.toml", last, &format!("{}{last}", accounts::PROFILES))?;
        edit(
            files,
            "README.md",
            "| `app/providers` |",
            "| `app/models` | the application's own types, with their queries |\n| `app/providers` |",
        )?;
        let [up, down] = accounts::migration(self.feature());
        files.extend([
            ("app/models/mod.rs", accounts::MODELS.into()),
            ("database/migrations/00010101000000_create_users_tables.up.sql", up.into()),
            ("database/migrations/00010101000000_create_users_tables.down.sql", down.into()),
        ]);
        let own = accounts::files(self.feature()).into_iter();
        files.extend(own.map(|(path, text)| (path, text.into_bytes())));
        Ok(())
    }
}

/// Replaces a line that a file of the skeleton has.
fn edit(files: &mut [Written], path: &str, old: &str, new: &str) -> io::Result<()> {
    let found = files.iter_mut().find(|(other, _)| *other == path);
    let text = found.as_ref().and_then(|(_, content)| std::str::from_utf8(content).ok());
    let changed = text.filter(|text| text.contains(old)).map(|text| text.replacen(old, new, 1));
    match (found, changed) {
        (Some((_, content)), Some(changed)) => {
            *content = changed.into_bytes();
            Ok(())
        }
        _ => Err(io::Error::other(format!("{path} of the skeleton has no `{}`", old.trim()))),
    }
}
