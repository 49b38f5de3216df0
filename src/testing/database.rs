//! A database for one test.

use std::sync::Arc;

use crate::config::Env;
use crate::database::{Connections, DatabaseConfig, Driver, ForTests, Target};
use crate::error::{BootError, BootProblem};
use crate::foundation::Application;

/// The database of a test. When it is dropped, so is what was made for the test.
#[derive(Default)]
pub(super) struct TestDatabase {
    app: Option<Application>,
    made: Option<(Driver, Target)>,
}

impl TestDatabase {
    /// Makes the database that an application will open when it boots, and has it migrated then.
    ///
    /// With SQLite it is the file in the test's own `storage`. On a server it is a database that is made now, unless the
    /// test sets DATABASE_URL itself.
    pub(super) async fn prepare(app: &Application) -> Result<Self, BootError> {
        let Some(config) = app.try_config::<DatabaseConfig>() else { return Ok(Self::default()) };
        let mut database = Self { app: Some(app.clone()), made: None };
        let mut target = None;
        if config.url.is_none() {
            if config.driver.is_file() {
                let made = std::fs::create_dir_all(app.storage_path(""));
                made.map_err(|error| BootProblem::new("the test's folder", error))?;
            } else {
                let server = server(app, &config)?;
                let name = format!("{}_test_{}", server.database().unwrap_or("lunox"), uuid());
                let made = server.with_database(&name);
                config.driver.create(&made).await?;
                database.made = Some((config.driver, made.clone()));
                target = Some(made);
            }
        }
        app.instance::<ForTests>(Arc::new(ForTests { target }));
        Ok(database)
    }
}

/// Short: PostgreSQL cuts names at 63 bytes.
fn uuid() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The server on which tests make their databases. The one thing that a test takes from the process or `.env`.
fn server(app: &Application, config: &DatabaseConfig) -> Result<Target, BootProblem> {
    let outside = Env::load(app.base_path(""));
    let url = app
        .env()
        .optional("TEST_DATABASE_URL")
        .or_else(|| outside.optional("TEST_DATABASE_URL"))
        .or_else(|| outside.optional("DATABASE_URL"));
    let Some(url) = url else {
        return Err(BootProblem::new("DATABASE_URL", "no server is named on which a test can make its database")
            .cure("write DATABASE_URL or TEST_DATABASE_URL into .env; what is in the database that it names is not touched"));
    };
    let config = DatabaseConfig { url: Some(url.into()), ..config.clone() };
    Target::of(&config, &app.base_path(""), &app.storage_path(""))
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // The process goes on, and servers count connections.
        if let Some(app) = &self.app
            && let Ok(connections) = app.make::<dyn Connections>()
        {
            connections.abandon();
        }
        let Some((driver, target)) = self.made.take() else { return };
        // The test's runtime may be the one that drops this, and cannot wait for itself.
        let removal = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime.map(|runtime| runtime.block_on(driver.remove(&target))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => eprintln!("{target} was made for a test and stays: {error}"),
                Err(error) => eprintln!("{target} was made for a test and stays: {error}"),
            }
        });
        let _ = removal.join();
    }
}
