//! The migrations of an application: where they are, and their scripts.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::Dir;
use serde::{Serialize, Serializer};
use sqlx::migrate::{Migration, MigrationType};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::error::BootProblem;

/// The folder of the migrations, as it was when the program was built: [`migrations!`](crate::migrations) makes it.
///
/// A debug build reads the folder itself where it is there, so that a new migration needs no build.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    folder: &'static str,
    embedded: &'static Dir<'static>,
}

impl Migrations {
    /// A folder that was embedded, and where it is below the application's.
    #[doc(hidden)]
    pub const fn new(folder: &'static str, embedded: &'static Dir<'static>) -> Self {
        Self { folder, embedded }
    }

    /// The folder, below the application's.
    fn folder(&self) -> &'static str {
        self.folder.trim_start_matches("$CARGO_MANIFEST_DIR").trim_start_matches('/')
    }
}

impl Serialize for Migrations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.folder())
    }
}

/// Embeds the folder of the migrations into the program: `migrations!("$CARGO_MANIFEST_DIR/database/migrations")`.
#[macro_export]
macro_rules! migrations {
    ($folder:tt) => {{
        use $crate::__private::include_dir;
        static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!($folder);
        $crate::database::Migrations::new($folder, &MIGRATIONS)
    }};
}

/// A migration: the script that makes a change and, if there is one, the script that takes it back.
pub(crate) struct Script {
    /// The path of the first one below the application's folder.
    pub(crate) file: String,
    pub(crate) up: Migration,
    pub(crate) down: Option<Migration>,
}

impl Script {
    /// The name without endings: `20261127120000_create_posts_table`.
    pub(crate) fn name(&self) -> &str {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".sql").map_or(name, |name| name.strip_suffix(".up").unwrap_or(name))
    }
}

impl Migrations {
    /// The scripts in the order in which they are applied.
    pub(crate) fn scripts(&self, base: &Path) -> Result<Vec<Script>, BootProblem> {
        let folder = base.join(self.folder());
        if cfg!(debug_assertions) && folder.is_dir() {
            let files = read(&folder).map_err(|error| {
                BootProblem::new(self.folder(), format!("it cannot be read: {error}"))
            })?;
            return self.ordered(files);
        }
        let files = self.embedded.files().filter_map(|file| {
            let name = file.path().file_name()?.to_str()?.to_owned();
            Some((name, file.contents_utf8()?.to_owned()))
        });
        self.ordered(files.collect())
    }

    fn ordered(&self, files: Vec<(String, String)>) -> Result<Vec<Script>, BootProblem> {
        let mut up = BTreeMap::new();
        let mut down = BTreeMap::new();
        for (name, text) in files {
            if !name.ends_with(".sql") {
                continue;
            }
            let file = format!("{}/{name}", self.folder());
            let migration = parse(&name, &text).ok_or_else(|| {
                BootProblem::new(&file, "its name does not begin with a number and `_`")
                    .cure("name it like 20261127120000_create_posts_table.up.sql; `cargo artisan make:migration` does")
            })?;
            let version = migration.version;
            let is_down = migration.migration_type.is_down_migration();
            let of_version = if is_down { &mut down } else { &mut up };
            if let Some((other, _)) = of_version.insert(version, (file.clone(), migration)) {
                let what = format!("it has the same number as {other}");
                return Err(BootProblem::new(file, what).cure("give one of them another number"));
            }
        }
        if let Some((_, (file, _))) = down.iter().find(|(version, _)| !up.contains_key(version)) {
            return Err(BootProblem::new(file, "there is no .up.sql beside it")
                .cure("add the script that it takes back, or remove it"));
        }
        let script = |(version, (file, up))| {
            let down = down.remove(&version).map(|(_, migration)| migration);
            Script { file, up, down }
        };
        Ok(up.into_iter().map(script).collect())
    }
}

fn read(folder: &Path) -> std::io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sql") {
            files.push((name, std::fs::read_to_string(entry.path())?));
        }
    }
    Ok(files)
}

fn parse(name: &str, text: &str) -> Option<Migration> {
    let (version, rest) = name.split_once('_')?;
    let version = version.parse().ok().filter(|version| *version > 0)?;
    let kind = MigrationType::from_filename(rest);
    let description = rest.strip_suffix(kind.suffix())?.replace('_', " ");
    // A checkout on Windows must not look like a change.
    let text = text.replace("\r\n", "\n");
    let no_transaction = text.starts_with("-- no-transaction");
    let sql = AssertSqlSafe(text).into_sql_str();
    Some(Migration::new(version, description.into(), kind, sql, no_transaction))
}

#[cfg(test)]
mod tests {
    use super::*;

    static NONE: Dir<'static> = Dir::new("", &[]);

    fn ordered(names: &[&str]) -> Result<Vec<(String, bool)>, String> {
        let files = names.iter().map(|name| ((*name).to_owned(), "select 1".to_owned())).collect();
        let migrations = Migrations::new("$CARGO_MANIFEST_DIR/database/migrations", &NONE);
        let scripts = migrations.ordered(files).map_err(|problem| problem.to_string())?;
        let name = |script: Script| (script.name().to_owned(), script.down.is_some());
        Ok(scripts.into_iter().map(name).collect())
    }

    #[test]
    fn scripts_are_ordered_by_their_numbers() {
        let names = ["10_b.up.sql", "9_a.sql", "10_b.down.sql", ".gitkeep", "README.md"];
        let expected = vec![("9_a".to_owned(), false), ("10_b".to_owned(), true)];
        assert_eq!(ordered(&names), Ok(expected));
    }

    #[test]
    fn a_name_without_a_number_or_with_a_taken_one_is_refused() {
        for (names, why) in [
            (&["posts.sql"] as &[&str], "database/migrations/posts.sql: its name does not begin"),
            (&["x_posts.up.sql"], "its name does not begin with a number"),
            (
                &["1_a.sql", "1_b.up.sql"],
                "1_b.up.sql: it has the same number as database/migrations/1_a.sql",
            ),
            (&["1_a.down.sql"], "1_a.down.sql: there is no .up.sql beside it"),
        ] {
            let refused = ordered(names).expect_err("refused");
            assert!(refused.contains(why) && refused.contains("cure"), "{refused}");
        }
    }

    #[test]
    fn line_breaks_of_windows_change_no_checksum() {
        let sum = |text| parse("1_a.sql", text).map(|migration| migration.checksum);
        assert_eq!(sum("select\r\n1"), sum("select\n1"));
    }
}
