//! Booting an application for a test.

use std::sync::Arc;

#[cfg(feature = "database")]
use super::database::TestDatabase;
use super::folder::TempFolder;
use crate::error::{BootError, BootProblem};
use crate::foundation::{AppKey, Application, ApplicationBuilder};
use crate::session::SessionManager;
use crate::support::ManualClock;

/// The application that a test's visitors share.
pub(super) struct World {
    pub(super) app: Application,
    /// `None` when the test brought a clock of its own.
    pub(super) clock: Option<Arc<ManualClock>>,
    #[cfg(feature = "database")]
    _database: TestDatabase,
    _folder: TempFolder,
}

impl World {
    pub(super) async fn boot(builder: ApplicationBuilder) -> Result<Self, BootError> {
        let folder = folder()?;
        let clock = Arc::new(ManualClock::default());
        let own_clock = builder.has_clock();
        let storage = folder.path().join("storage");
        let app = builder.for_tests(variables()?, &storage, &clock).load()?;
        #[cfg(feature = "database")]
        let database = TestDatabase::prepare(&app).await?;
        app.boot().await?;
        Ok(Self {
            app,
            clock: (!own_clock).then_some(clock),
            #[cfg(feature = "database")]
            _database: database,
            _folder: folder,
        })
    }

    pub(super) fn sessions(&self) -> Option<Arc<SessionManager>> {
        self.app.make::<SessionManager>().ok()
    }
}

fn folder() -> Result<TempFolder, BootError> {
    TempFolder::new().map_err(|error| {
        BootProblem::new("the test", format!("a temporary folder cannot be made: {error}")).into()
    })
}

/// What a test's environment holds unless the test says otherwise.
fn variables() -> Result<[(&'static str, String); 5], BootError> {
    let key = AppKey::generate().map_err(|error| BootProblem::new("the test", error))?;
    Ok([
        ("APP_ENV", "testing".to_owned()),
        ("APP_KEY", key.to_env()),
        ("SESSION_DRIVER", "memory".to_owned()),
        ("SESSION_SECURE_COOKIE", "false".to_owned()),
        ("LOG_LEVEL", "off".to_owned()),
    ])
}
