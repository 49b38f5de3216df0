//! Wires up the database.

use std::sync::Arc;

use crate::database::{Connections, DatabaseConfig, Entry, ForTests, Ping, State, problem};
use crate::error::BootProblem;
use crate::foundation::{Application, ServiceProvider, open_database};
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
        match open_database(app, &config) {
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
        let (Ok(connections), Some(config)) =
            (app.make::<dyn Connections>(), app.try_config::<DatabaseConfig>())
        else {
            return Ok(());
        };
        if let Err(problem) = connections.check().await {
            app.report_problem(problem);
            return Ok(());
        }
        if app.make::<ForTests>().is_ok() {
            let done = match config.scripts(&app.base_path("")) {
                Ok(scripts) => connections.migrate(&scripts, &mut |_, _| {}).await,
                Err(problem) => Err(problem),
            };
            done.unwrap_or_else(|problem| app.report_problem(problem));
        } else if app.is_local() {
            app.background("pending migrations", async move |app: Application| {
                let entries = match config.scripts(&app.base_path("")) {
                    Ok(scripts) => connections.migration_entries(&scripts).await,
                    Err(problem) => Err(problem),
                };
                warn(entries);
            });
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

/// Says what a developer has forgotten, when the server starts.
fn warn(entries: std::result::Result<Vec<Entry>, BootProblem>) {
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
