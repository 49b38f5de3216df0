//! `make:migration` and `make:session-table`: the two scripts of a migration.

use std::path::Path;

use clap::Args;

use super::number::{MIGRATIONS, files, number};
use super::plan::Plan;
use crate::console::Output;
use crate::console::failure::Failure;
use crate::database::DatabaseConfig;
use crate::foundation::Application;
use crate::session::{SessionConfig, schema_of};

#[derive(Args)]
pub(in crate::console) struct MigrationArgs {
    /// What it does: create_posts_table, add_likes_to_posts
    name: String,
}

pub(in crate::console) fn migration(
    app: &Application,
    args: &MigrationArgs,
    out: &Output,
) -> Result<(), Failure> {
    let Some(config) = app.try_config::<DatabaseConfig>() else {
        return Err(Failure::refused(
            "config/mod.rs adds no DatabaseConfig; add .with(\"database\", database::config(env)) there",
        ));
    };
    write(&app.base_path(""), args, config.driver.name(), app.clock().unix(), out)
}

/// `make:session-table`: the tables of the session drivers `sqlite`, `postgres` and `mysql`.
pub(in crate::console) fn session_table(app: &Application, out: &Output) -> Result<(), Failure> {
    let database = app.try_config::<DatabaseConfig>();
    let database = database.as_ref().map(|config| config.driver.name());
    let driver = app.try_config::<SessionConfig>().map(|config| config.driver.clone());
    let tables = schema_of(driver.as_deref(), database);
    let Some((name, schema)) = tables else {
        return Err(Failure::refused(
            "neither SESSION_DRIVER nor config/database.rs names a database; set SESSION_DRIVER to sqlite, postgres or mysql",
        ));
    };
    if database != Some(name) {
        return Err(Failure::refused(format!(
            "the migrations of this application are not for {name}; run these statements in the database of the sessions:\n\n{schema}"
        )));
    }
    let base = app.base_path("");
    let ending = "_create_sessions_table.up.sql";
    if let Some(file) = files(&base).find(|file| file.ends_with(ending)) {
        return Err(Failure::refused(format!("{MIGRATIONS}/{file} is there already")));
    }
    let down = "drop table session_tags;\ndrop table sessions;\n".to_owned();
    let number = number(&base, app.clock().unix());
    write_scripts(&base, number, "create_sessions_table", (schema.to_owned(), down), out)?;
    out.line("  Then: cargo artisan migrate");
    Ok(())
}

fn write(
    base: &Path,
    args: &MigrationArgs,
    database: &str,
    now: u64,
    out: &Output,
) -> Result<(), Failure> {
    let name = heck::ToSnakeCase::to_snake_case(args.name.as_str());
    let plain = args.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(Failure::refused(format!(
            "`{}` cannot be the name of a migration: it takes letters, digits and _, such as create_posts_table",
            args.name
        )));
    }
    write_scripts(base, number(base, now), &name, scripts(&name, database), out)?;
    out.line("  Fill in both, then: cargo artisan migrate");
    Ok(())
}

fn write_scripts(
    base: &Path,
    number: u64,
    name: &str,
    (up, down): (String, String),
    out: &Output,
) -> Result<(), Failure> {
    let mut plan = Plan::new(base)?;
    plan.create(&format!("{MIGRATIONS}/{number}_{name}.up.sql"), up, false)?;
    plan.create(&format!("{MIGRATIONS}/{number}_{name}.down.sql"), down, false)?;
    plan.write(out)
}

/// The scripts, as far as the name says what they do.
fn scripts(name: &str, database: &str) -> (String, String) {
    if let Some(table) = name.strip_prefix("create_") {
        let table = table.strip_suffix("_table").unwrap_or(table);
        let (id, time) = match database {
            "PostgreSQL" => (
                "bigint generated always as identity primary key",
                "timestamptz not null default now()",
            ),
            "MySQL" => (
                "bigint unsigned auto_increment primary key",
                "timestamp not null default current_timestamp",
            ),
            _ => ("integer primary key", "text not null default current_timestamp"),
        };
        let strict = if database == "SQLite" { " strict" } else { "" };
        return (
            format!("create table {table} (\n    id {id},\n    created_at {time}\n){strict};\n"),
            format!("drop table {table};\n"),
        );
    }
    let change = ["add_", "remove_", "drop_"].into_iter().find_map(|verb| {
        let (column, table) =
            name.strip_prefix(verb)?.rsplit_once(if verb == "add_" { "_to_" } else { "_from_" })?;
        Some((verb == "add_", column, table.strip_suffix("_table").unwrap_or(table)))
    });
    let Some((adds, column, table)) = change else {
        return ("-- What changes.\n".to_owned(), "-- How it is taken back.\n".to_owned());
    };
    let text = if database == "MySQL" { "varchar(255)" } else { "text" };
    let add = format!("alter table {table} add column {column} {text};\n");
    let drop = format!("alter table {table} drop column {column};\n");
    if adds { (add, drop) } else { (drop, add) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_migrations_of_one_second_have_an_order() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("app")).expect("made");
        let make = |name: &str| {
            let args = MigrationArgs { name: name.to_owned() };
            let out = Output::captured();
            write(folder.path(), &args, "SQLite", 0, &out).map(|()| out.text()).ok()
        };
        assert!(
            make("create_users_table")
                .expect("made")
                .contains("wrote   database/migrations/19700101000000_create_users_table.up.sql")
        );
        assert!(make("CreatePosts").expect("made").contains("/19700101000001_create_posts.up.sql"));
        assert_eq!(make("../posts"), None);
        assert_eq!(make(""), None);
    }

    #[test]
    fn the_name_says_what_the_scripts_do() {
        let (up, down) = scripts("create_posts_table", "PostgreSQL");
        assert!(up.contains("create table posts (") && up.contains("identity"), "{up}");
        assert_eq!(down, "drop table posts;\n");
        let add = "alter table posts add column likes text;\n";
        let drop = "alter table posts drop column likes;\n";
        assert_eq!(scripts("add_likes_to_posts_table", "SQLite"), (add.into(), drop.into()));
        assert_eq!(scripts("remove_likes_from_posts", "SQLite"), (drop.into(), add.into()));
        assert!(scripts("fix_titles", "SQLite").0.starts_with("--"));
    }
}
