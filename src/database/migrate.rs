//! Applying migrations and taking them back.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use sqlx::Connection;
use sqlx::migrate::{AppliedMigration, Migrate, MigrateError};

use super::backend::Backend;
use super::connections::Pooled;
use super::migrations::Script;
use crate::error::BootProblem;

/// The table in which sqlx notes what it applied.
const TABLE: &str = "_sqlx_migrations";

/// What became of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Applied,
    /// Its file is not the one that was applied.
    Changed,
    /// It was applied, and there is no file.
    Missing,
    /// It ended in the middle, on a database without transactions for tables.
    Failed,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "Pending",
            Self::Applied => "Ran",
            Self::Changed => "Changed",
            Self::Missing => "Missing",
            Self::Failed => "Failed",
        })
    }
}

/// A migration, with or without a file, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) state: State,
}

/// Called after each migration, with its name and the time that it took.
pub(crate) type Done<'a> = &'a mut (dyn FnMut(&str, Duration) + Send);

/// Compares the files with what the database says.
fn compare(scripts: &[Script], applied: &[AppliedMigration], failed: Option<i64>) -> Vec<Entry> {
    let mut entries = BTreeMap::new();
    for script in scripts {
        let version = script.up.version;
        let state = match applied.iter().find(|applied| applied.version == version) {
            _ if failed == Some(version) => State::Failed,
            Some(applied) if applied.checksum == script.up.checksum => State::Applied,
            Some(_) => State::Changed,
            None => State::Pending,
        };
        entries.insert(version, Entry { name: script.name().to_owned(), state });
    }
    for gone in applied {
        let missing = || Entry { name: gone.version.to_string(), state: State::Missing };
        entries.entry(gone.version).or_insert_with(missing);
    }
    entries.into_values().collect()
}

/// What keeps migrations from being applied.
pub(crate) fn problem(entries: &[Entry]) -> Option<BootProblem> {
    let at = |state| entries.iter().find(|entry| entry.state == state).map(|entry| &entry.name);
    if let Some(name) = at(State::Failed) {
        return Some(BootProblem::new(name, "it ended in the middle, and the database cannot take a part back").cure(
            format!("undo by hand what it did, `delete from {TABLE} where success = false`, and migrate again"),
        ));
    }
    if let Some(name) = at(State::Changed) {
        return Some(BootProblem::new(name, "it was changed after it had been applied").cure(
            "restore the file as it was, and make the change in a new migration (`cargo artisan make:migration`)",
        ));
    }
    let name = at(State::Missing)?;
    Some(BootProblem::new(name, "it was applied, and its file is missing").cure(format!(
        "restore the file, from version control for instance; or, if the change shall stay without it, `delete from {TABLE} where version = {name}`"
    )))
}

fn failed(file: &str, error: &MigrateError) -> BootProblem {
    let what = match error {
        MigrateError::ExecuteMigration(sqlx::Error::Database(error), _) => error.to_string(),
        error => error.to_string(),
    };
    BootProblem::new(file, what).cure("correct the script, and migrate again")
}

/// An error of the table in which migrations are noted.
fn unnoted(error: MigrateError) -> BootProblem {
    BootProblem::new("DATABASE_URL", format!("{TABLE} cannot be used: {error}"))
        .cure("let the user of DATABASE_URL make tables")
}

impl<DB: Backend> Pooled<DB> {
    /// What became of each migration. Nothing is written.
    pub(super) async fn entries(&self, scripts: &[Script]) -> Result<Vec<Entry>, BootProblem> {
        let mut connection = self.connect().await?;
        let entries = match connection.list_applied_migrations(TABLE).await {
            Ok(applied) => match connection.dirty_version(TABLE).await.map_err(unnoted)? {
                None => compare(scripts, &applied, None),
                // It may be at work in another process, which has the lock until it is done.
                Some(_) => {
                    DB::lock_migrations(&mut connection).await.map_err(unnoted)?;
                    let failed = connection.dirty_version(TABLE).await.map_err(unnoted)?;
                    let applied = connection.list_applied_migrations(TABLE).await;
                    compare(scripts, &applied.map_err(unnoted)?, failed)
                }
            },
            // There is no table before the first migration.
            Err(MigrateError::Execute(sqlx::Error::Database(_))) => compare(scripts, &[], None),
            Err(error) => return Err(unnoted(error)),
        };
        let _ = connection.close().await;
        Ok(entries)
    }

    /// Applies what is pending. Where two do it at once, each migration is applied once and neither fails.
    pub(super) async fn apply(
        &self,
        scripts: &[Script],
        done: Done<'_>,
    ) -> Result<(), BootProblem> {
        // Errors end the connection, and with it the lock.
        let mut connection = self.connect().await?;
        let entries = Self::locked(&mut connection, scripts).await?;
        for script in scripts {
            let name = script.name();
            let pending = |entry: &&Entry| entry.name == name && entry.state == State::Pending;
            if entries.iter().find(pending).is_none() {
                continue;
            }
            match connection.apply(TABLE, &script.up).await {
                Ok(took) => done(name, took),
                // SQLite has no lock for migrations: another process may have been faster, and this change was undone.
                Err(_) if Self::is_applied(&mut connection, script).await => {}
                Err(error) => return Err(failed(&script.file, &error)),
            }
        }
        connection.unlock().await.map_err(unnoted)?;
        let _ = connection.close().await;
        Ok(())
    }

    async fn is_applied(connection: &mut DB::Connection, script: &Script) -> bool {
        let applied = connection.list_applied_migrations(TABLE).await.unwrap_or_default();
        // One that failed halfway is listed too, where changes of tables cannot be undone.
        let Ok(dirty) = connection.dirty_version(TABLE).await else { return false };
        let entries = compare(std::slice::from_ref(script), &applied, dirty);
        entries.iter().any(|entry| entry.name == script.name() && entry.state == State::Applied)
    }

    /// Takes back the migrations that were applied last, so many of them.
    pub(super) async fn revert(
        &self,
        scripts: &[Script],
        steps: usize,
        done: Done<'_>,
    ) -> Result<(), BootProblem> {
        let mut connection = self.connect().await?;
        let entries = Self::locked(&mut connection, scripts).await?;
        let applied = |script: &&Script| {
            let entry = entries.iter().find(|entry| entry.name == script.name());
            entry.is_some_and(|entry| entry.state == State::Applied)
        };
        for script in scripts.iter().rev().filter(applied).take(steps) {
            let Some(down) = &script.down else {
                return Err(BootProblem::new(
                    &script.file,
                    "there is no .down.sql beside it, so it cannot be taken back",
                )
                .cure("write one, or make a new migration that undoes it"));
            };
            let took = connection.revert(TABLE, down).await;
            let file = script.file.replace(".up.sql", ".down.sql");
            done(script.name(), took.map_err(|error| failed(&file, &error))?);
        }
        connection.unlock().await.map_err(unnoted)?;
        let _ = connection.close().await;
        Ok(())
    }

    /// What became of each migration, once nobody else migrates.
    async fn locked(
        connection: &mut DB::Connection,
        scripts: &[Script],
    ) -> Result<Vec<Entry>, BootProblem> {
        DB::lock_migrations(connection).await.map_err(unnoted)?;
        connection.ensure_migrations_table(TABLE).await.map_err(unnoted)?;
        let failed = connection.dirty_version(TABLE).await.map_err(unnoted)?;
        let applied = connection.list_applied_migrations(TABLE).await.map_err(unnoted)?;
        let entries = compare(scripts, &applied, failed);
        match problem(&entries) {
            Some(problem) => Err(problem),
            None => Ok(entries),
        }
    }
}
