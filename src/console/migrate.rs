//! `migrate`, `migrate:status` and `migrate:rollback`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::Output;
use super::failure::Failure;
use crate::database::{Connections, DatabaseConfig, Script, problem};
use crate::error::BootProblem;
use crate::foundation::{Application, open_database};

#[derive(Subcommand)]
pub(super) enum MigrateCommand {
    /// Applies the migrations of database/migrations that are pending
    Migrate(ForceArgs),
    /// Takes back the last migration
    #[command(name = "migrate:rollback")]
    Rollback(RollbackArgs),
    /// Lists the migrations, and which of them are applied
    #[command(name = "migrate:status")]
    Status,
}

#[derive(Args)]
pub(super) struct ForceArgs {
    /// Does it in production too, without asking
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
pub(super) struct RollbackArgs {
    /// How many migrations are taken back
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    step: usize,
    #[command(flatten)]
    force: ForceArgs,
}

/// The application is loaded and not booted: providers may need the tables that are made here.
pub(super) async fn handle(
    app: &Application,
    command: MigrateCommand,
    out: &Output,
) -> Result<(), Failure> {
    let Some(config) = app.try_config::<DatabaseConfig>() else {
        return Err(Failure::refused(
            "config/mod.rs adds no DatabaseConfig; add .with(\"database\", database::config(env)) there",
        ));
    };
    let scripts = config.scripts(&app.base_path("")).map_err(refused)?;
    let database = open_database(app, &config).map_err(refused)?;
    let mut count = 0;
    let mut done = |name: &str, took: Duration| {
        count += 1;
        out.line(out.style().dotted(name, &format!("{} ms", took.as_millis())));
    };
    let is_status = matches!(command, MigrateCommand::Status);
    let result = match command {
        MigrateCommand::Migrate(args) => {
            confirm(app, &args, "The tables of production will be changed.", out)?;
            database.migrate(&scripts, &mut done).await
        }
        MigrateCommand::Rollback(args) => {
            confirm(app, &args.force, "What is in the tables of production may be lost.", out)?;
            database.roll_back(&scripts, args.step, &mut done).await
        }
        MigrateCommand::Status => status(&*database, &scripts, out).await,
    };
    database.close().await;
    result.map_err(refused)?;
    if count == 0 && !is_status {
        out.line("  There is nothing to do.");
    }
    Ok(())
}

fn refused(problem: BootProblem) -> Failure {
    Failure::refused(problem.to_string())
}

fn confirm(app: &Application, args: &ForceArgs, what: &str, out: &Output) -> Result<(), Failure> {
    if !app.is_production() || args.force || out.confirm(&format!("{what} Go on?")) {
        return Ok(());
    }
    Err(Failure::refused(format!("{what} Nothing was done; --force goes on without asking")))
}

async fn status(
    database: &dyn Connections,
    scripts: &[Script],
    out: &Output,
) -> Result<(), BootProblem> {
    let entries = database.migration_entries(scripts).await?;
    if entries.is_empty() {
        out.line("  No migrations found; `cargo artisan make:migration` makes one.");
    }
    for entry in &entries {
        out.line(out.style().dotted(&entry.name, &entry.state.to_string()));
    }
    problem(&entries).map_or(Ok(()), Err)
}
