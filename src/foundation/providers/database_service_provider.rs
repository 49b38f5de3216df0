//! Wires up the database.

use std::sync::Arc;

use crate::database::{
    Connections, DatabaseConfig, ForTests, Ping, Script, State, Target, problem,
};
use crate::error::BootProblem;
use crate::foundation::{Application, ServiceProvider};
use crate::http::Result;

/// Opens the database of `config/database.rs` and binds its pool, for [`pool`](crate::pool), as `sqlx::Pool<DB>` and as
/// [`dyn Ping`](Ping).
#[derive(Clone, Copy, Debug, Default)]
pub struct DatabaseServiceProvider;

impl ServiceProvider for DatabaseServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let Some(config) = app.try_config::<DatabaseConfig>() else {
            app.report_problem(
                BootProblem::new("config/mod.rs", "DatabaseServiceProvider needs a DatabaseConfig")
                    .cure("add .with(\"database\", database::config(env)) there"),
            );
            return Ok(());
        };
        let made = app.make::<ForTests>().ok().and_then(|test| test.target.clone());
        let target = match made {
            Some(target) => Ok(target),
            None => Target::of(&config, &app.base_path(""), &app.storage_path("")),
        };
        match target.and_then(|target| config.driver.open(&target, &config)) {
            Ok(connections) => {
                connections.bind(app);
                app.instance::<dyn Ping>(Arc::clone(&connections) as Arc<dyn Ping>);
                app.instance::<dyn Connections>(connections);
            }
            Err(problem) => app.report_problem(problem),
        }
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        let Ok(connections) = app.make::<dyn Connections>() else { return Ok(()) };
        if let Err(problem) = connections.check().await {
            app.report_problem(problem);
            return Ok(());
        }
        if app.make::<ForTests>().is_ok() {
            let scripts = scripts(app);
            let done = match &scripts {
                Ok(scripts) => connections.migrate(scripts, &mut |_, _| {}).await,
                Err(problem) => Err(problem.clone()),
            };
            done.unwrap_or_else(|problem| app.report_problem(problem));
        } else if app.is_local() {
            app.background("pending migrations", async move |app| warn(&app, &*connections).await);
        }
        Ok(())
    }

    async fn shutdown(&self, app: &Application) -> Result<()> {
        if let Ok(connections) = app.make::<dyn Connections>() {
            connections.close().await;
        }
        Ok(())
    }
}

/// The migrations of the application.
fn scripts(app: &Application) -> std::result::Result<Vec<Script>, BootProblem> {
    let migrations = app.try_config::<DatabaseConfig>().and_then(|config| config.migrations);
    migrations.map_or(Ok(Vec::new()), |migrations| migrations.scripts(&app.base_path("")))
}

/// Says what a developer has forgotten, when the server starts.
async fn warn(app: &Application, connections: &dyn Connections) {
    let entries = match scripts(app) {
        Ok(scripts) => connections.migration_entries(&scripts).await,
        Err(problem) => Err(problem),
    };
    match entries.map(|entries| (problem(&entries), entries)) {
        Err(problem) | Ok((Some(problem), _)) => tracing::warn!("migrations: {problem}"),
        Ok((None, entries)) => {
            let pending = entries.iter().filter(|entry| entry.state == State::Pending).count();
            if pending > 0 {
                tracing::warn!(
                    "{pending} migrations are pending; `cargo artisan migrate` applies them"
                );
            }
        }
    }
}
