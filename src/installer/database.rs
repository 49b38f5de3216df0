//! What a new project has besides, for a database.

use std::io;

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
