//! `make:auth`: accounts for a project that has a database.

use std::path::Path;

use clap::Args;

use super::edit;
use super::number;
use super::plan::Plan;
use crate::console::Output;
use crate::console::failure::Failure;
use crate::foundation::Application;
use crate::installer::accounts;

#[derive(Args)]
pub(in crate::console) struct AuthArgs {
    /// Replaces the files that are there
    #[arg(long)]
    force: bool,
}

pub(in crate::console) fn auth(
    app: &Application,
    args: &AuthArgs,
    out: &Output,
) -> Result<(), Failure> {
    let base = app.base_path("");
    let database = database(app);
    let missing = missing(&base, database);
    let Some(database) = database.filter(|_| missing.is_empty()) else {
        let missing = missing.join("\n  ");
        return Err(Failure::refused(format!(
            "accounts need what this project does not have yet; nothing was written:\n  {missing}"
        )));
    };
    write(&base, database, app.clock().unix(), args.force, out)
}

/// The feature of the database that the application is written for, if it has one.
#[cfg(feature = "database")]
fn database(app: &Application) -> Option<&'static str> {
    Some(match app.try_config::<crate::database::DatabaseConfig>()?.driver.name() {
        "PostgreSQL" => "postgres",
        "MySQL" => "mysql",
        _ => "sqlite",
    })
}

#[cfg(not(feature = "database"))]
fn database(_: &Application) -> Option<&'static str> {
    None
}

/// What has to be added first, and where.
fn missing(base: &Path, database: Option<&str>) -> Vec<String> {
    let mut missing = Vec::new();
    let mut features = vec![
        ("auth", cfg!(feature = "auth")),
        ("throttle", cfg!(feature = "throttle")),
        ("sqlite (or postgres, mysql)", cfg!(feature = "database")),
    ];
    features.retain(|(_, is_there)| !is_there);
    let features: Vec<_> = features.into_iter().map(|(feature, _)| feature).collect();
    if !features.is_empty() {
        missing.push(format!("Cargo.toml: add to the features of lunox: {}", features.join(", ")));
    }
    if database.is_none() {
        missing.push(
            "config/mod.rs: add .with(\"database\", database::config(env)), with a config/database.rs and DatabaseServiceProvider in config/app.rs; `lunox new --database sqlite` makes a project that has them"
                .to_owned(),
        );
    }
    for (path, what) in [
        ("app/db.rs", "the function db() and the type Db, and `mod db;` in app/main.rs"),
        (
            "resources/views/layouts/app.html",
            "the frame of the pages, with the blocks title, hero, content and styles",
        ),
    ] {
        if !base.join(path).exists() {
            missing.push(format!("{path}: {what}"));
        }
    }
    missing
}

pub(super) fn write(
    base: &Path,
    database: &str,
    now: u64,
    force: bool,
    out: &Output,
) -> Result<(), Failure> {
    let mut plan = Plan::new(base)?;
    for (path, text) in accounts::files(database) {
        plan.create(path, text, force)?;
    }
    let name = format!("{}/{}", number::MIGRATIONS, migration_name(base, now));
    let [up, down] = accounts::migration(database);
    plan.create(&format!("{name}.up.sql"), up.to_owned(), force)?;
    plan.create(&format!("{name}.down.sql"), down.to_owned(), force)?;
    register(&mut plan)?;
    plan.write(out)?;
    out.line("  Then: cargo artisan migrate");
    Ok(())
}

/// A new name, or that of the migration that an earlier call has written.
fn migration_name(base: &Path, now: u64) -> String {
    const NAME: &str = "create_users_tables";
    let files = std::fs::read_dir(base.join(number::MIGRATIONS)).into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    let mut written = names.filter_map(|name| Some(name.strip_suffix(".up.sql")?.to_owned()));
    let written = written.find(|name| name.ends_with(&format!("_{NAME}")));
    written.unwrap_or_else(|| format!("{}_{NAME}", number::number(base, now)))
}

/// The lines by which the files take part.
fn register(plan: &mut Plan) -> Result<(), Failure> {
    plan.edit_module("app/models", |text| match text {
        "" => accounts::MODELS.to_owned(),
        text => edit::add_module(text, "user", true),
    })?;
    plan.edit(
        "app/main.rs",
        |text| Some(edit::add_module(text, "models", false)),
        "add `mod models;`",
    )?;
    plan.edit_module("app/http/controllers", |text| edit::add_module(text, "auth", true))?;
    plan.edit_module("routes", |text| edit::add_module(text, "auth", true))?;
    plan.edit_module("tests/feature", |text| edit::add_module(text, "auth", false))?;
    const PROVIDER: &str = "AccountServiceProvider";
    plan.edit_module("app/providers", |text| {
        let text = edit::add_module(text, "account_service_provider", false);
        edit::add_reexport(&text, "account_service_provider", PROVIDER)
    })?;
    plan.edit(
        "config/app.rs",
        |text| {
            let add = |text: String, provider| {
                edit::add_element(&text, "providers!", provider, Some("RouteServiceProvider"))
            };
            let text = add(text.to_owned(), "ThrottleServiceProvider")?;
            let text = add(add(text, "AuthServiceProvider")?, PROVIDER)?;
            Some(edit::add_use(&text, "crate::providers", PROVIDER))
        },
        "add ThrottleServiceProvider, AuthServiceProvider and crate::providers::AccountServiceProvider to the list `providers![...]`, after SessionServiceProvider",
    )?;
    let [app, section] = accounts::SECTION;
    plan.edit(
        "config/mod.rs",
        |text| {
            let text = edit::add_module(text, "auth", false);
            let is_there = text.contains(section.trim());
            let with = format!("{app}{section}");
            (is_there || text.contains(app)).then(|| match is_there {
                true => text,
                false => text.replacen(app, &with, 1),
            })
        },
        "add `mod auth;` and .with(\"auth\", auth::config(env))",
    )?;
    plan.edit(
        "Cargo.toml",
        |text| match text.contains("[profile.dev.package.argon2]") {
            true => Some(text.to_owned()),
            false => Some(format!("{text}{}", accounts::PROFILES)),
        },
        "",
    )?;
    let [old, new] = accounts::LINKS;
    plan.edit(
        "resources/views/layouts/app.html",
        |text| match text.contains("'login'") || text.contains("\"login\"") {
            true => Some(text.to_owned()),
            false => text.contains(old).then(|| text.replacen(old, new, 1)),
        },
        "link to {{ route('login') }}, or to {{ route('account') }} if session('auth.login')",
    )
}
