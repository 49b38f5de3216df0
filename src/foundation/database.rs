//! The pool of the application, from anywhere.

use std::sync::Arc;

use sqlx::{Database, Pool};

use super::{Application, app};
use crate::database::{Connections, DatabaseConfig, ForTests, SharedPool, Target};
use crate::error::BootProblem;

/// The pool of the application that is running; `db()` in `app/db.rs` calls it with the application's database.
///
/// It is the pool of the same application as [`app()`](app), so tests that run at once do not share one.
///
/// # Panics
/// As [`Application::pool`], and as [`app()`](app).
#[track_caller]
pub fn pool<DB: Database>() -> &'static Pool<DB> {
    app().pool()
}

/// Makes the pool of an application that has none yet. Nothing is connected.
pub(crate) fn open_database(
    app: &Application,
    config: &DatabaseConfig,
) -> Result<Arc<dyn Connections>, BootProblem> {
    let made = app.make::<ForTests>().ok().and_then(|test| test.target.clone());
    let target = match made {
        Some(target) => target,
        None => Target::of(config, &app.base_path(""), &app.storage_path(""))?,
    };
    config.driver.open(&target, config)
}

impl Application {
    /// The application's pool of connections to this database.
    ///
    /// # Panics
    /// When no provider has opened one: without `DatabaseServiceProvider`, or with another database than `DB`.
    #[track_caller]
    pub fn pool<DB: Database>(&self) -> &'static Pool<DB> {
        match self.make::<SharedPool<DB>>() {
            Ok(shared) => shared.0,
            Err(_) => panic!(
                "the application has no {} database; add DatabaseServiceProvider to the providers in config/app.rs, before those that use it, and use the database of config/database.rs",
                DB::NAME
            ),
        }
    }
}
