//! What an application is made from.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};

use super::application::Inner;
use super::{AppConfig, Application, ViewErrors, environment};
use crate::config::{Config, Env, Environment};
use crate::container::Container;
use crate::error::{BootError, BootProblem};
use crate::http::ErrorRenderer;
use crate::routing::Router;
use crate::session::{BoxDriver, SessionDriver};
use crate::support::{Clock, ManualClock, SystemClock};

/// Builds a configuration from the environment; `config/mod.rs` has it.
pub(super) type Configure = Box<dyn Fn(&Env) -> Config + Send + Sync>;

/// An application before it boots: its folder, its configuration, and what tests replace.
pub struct ApplicationBuilder {
    base: PathBuf,
    configure: Configure,
    env: Option<Env>,
    overrides: Vec<(String, String)>,
    storage: Option<PathBuf>,
    clock: Option<Arc<dyn Clock>>,
    session_driver: Option<BoxDriver>,
}

impl Application {
    /// Describes an application by the folder of its sources and its configuration.
    ///
    /// Where that folder does not exist (a binary that was copied to a server) the working directory takes its
    /// place, and the variable `APP_BASE_PATH` stands above both.
    pub fn configure(
        folder: impl Into<PathBuf>,
        configure: impl Fn(&Env) -> Config + Send + Sync + 'static,
    ) -> ApplicationBuilder {
        let folder = folder.into();
        let base = match std::env::var_os("APP_BASE_PATH") {
            Some(base) => PathBuf::from(base),
            None if folder.is_dir() => folder,
            None => std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        };
        ApplicationBuilder {
            base,
            configure: Box::new(configure),
            env: None,
            overrides: Vec::new(),
            storage: None,
            clock: None,
            session_driver: None,
        }
    }
}

impl ApplicationBuilder {
    /// Uses this environment in place of `.env` and the process's.
    #[must_use]
    pub fn env(mut self, env: Env) -> Self {
        self.env = Some(env);
        self
    }

    /// Sets one variable above all others.
    #[must_use]
    pub fn set(mut self, variable: &str, value: impl Into<String>) -> Self {
        self.overrides.push((variable.to_owned(), value.into()));
        self
    }

    /// Uses another folder for `storage`, `resources` and `.env`.
    #[must_use]
    pub fn base_path(mut self, base: impl Into<PathBuf>) -> Self {
        self.base = base.into();
        self
    }

    /// Uses another folder for `storage` alone.
    #[must_use]
    pub fn storage_path(mut self, storage: impl Into<PathBuf>) -> Self {
        self.storage = Some(storage.into());
        self
    }

    /// Uses another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Keeps sessions with this driver, whichever `config/session.rs` names: for a test on a
    /// [`FaultyDriver`](crate::testing::FaultyDriver), or on a driver whose content the test looks at.
    #[must_use]
    pub fn session_driver(mut self, driver: impl SessionDriver) -> Self {
        self.session_driver = Some(BoxDriver::new(driver));
        self
    }

    /// Fills in what a test did not set itself. Neither `.env` nor the process's environment is read then.
    pub(crate) fn for_tests(
        mut self,
        variables: impl IntoIterator<Item = (&'static str, String)>,
        storage: &Path,
        clock: &Arc<ManualClock>,
    ) -> Self {
        let mut env = self.env.take().unwrap_or_else(Env::empty);
        for (variable, value) in variables {
            if env.origin(variable).is_none() {
                env = env.with(variable, value);
            }
        }
        self.env = Some(env);
        self.storage.get_or_insert_with(|| storage.to_owned());
        self.clock.get_or_insert_with(|| Arc::clone(clock) as Arc<dyn Clock>);
        self
    }

    /// Whether the clock was chosen already.
    pub(crate) fn has_clock(&self) -> bool {
        self.clock.is_some()
    }

    /// The application's folder.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Reads environment and configuration, without booting anything.
    ///
    /// # Errors
    /// Values that do not parse, and a missing key in production.
    pub fn load(self) -> Result<Application, BootError> {
        let Self { base, configure, env, overrides, storage, clock, session_driver } = self;
        let storage = storage.unwrap_or_else(|| base.join("storage"));
        let clock = clock.unwrap_or_else(|| Arc::new(SystemClock));
        let mut env = match env {
            Some(env) => env,
            None => environment::load(&base)?,
        };
        for (variable, value) in overrides {
            env = env.with(variable, value);
        }
        let config = super::current::while_configuring(&base, &storage, || configure(&env));
        let mut errors = env.problems();
        errors.extend(config.problems().clone());
        if let Some(app) = config.get::<AppConfig>() {
            check_key(&app, &mut errors);
        }
        #[cfg(feature = "validation")]
        if let Some(validation) = config.get::<crate::validation::ValidationConfig>() {
            errors.extend(validation.problems());
        }
        errors.into_result()?;
        let container = Container::new();
        let app = Application(Arc::new(Inner {
            container,
            config,
            env,
            base,
            storage,
            clock,
            router: Mutex::new(Router::default()),
            middleware: Mutex::new(super::builtin::registry()),
            providers: Mutex::default(),
            registering: Mutex::default(),
            providers_booted: AtomicBool::new(false),
            booted: Mutex::new(Some(Vec::new())),
            terminating: Mutex::default(),
            background: Mutex::new(Some(Vec::new())),
            checks: Mutex::default(),
            errors: Mutex::default(),
            kernel: OnceLock::new(),
        }));
        app.instance::<Application>(Arc::new(app.clone()));
        app.instance::<Environment>(Arc::new(app.environment()));
        app.instance::<dyn Clock>(Arc::clone(app.clock()));
        super::crypt::bind(&app);
        #[cfg(feature = "validation")]
        if let Some(config) = app.try_config::<crate::validation::ValidationConfig>() {
            app.instance::<crate::validation::ValidationConfig>(config);
        }
        if let Some(driver) = session_driver {
            app.instance::<BoxDriver>(Arc::new(driver));
        }
        let errors: Arc<dyn ErrorRenderer> = Arc::new(ViewErrors::new(app.clone()));
        app.instance::<dyn ErrorRenderer>(errors);
        Ok(app)
    }

    /// Boots the application.
    ///
    /// # Errors
    /// Everything that keeps it from starting, at once.
    pub async fn boot(self) -> Result<Application, BootError> {
        let app = self.load()?;
        app.boot().await?;
        Ok(app)
    }
}

fn check_key(app: &AppConfig, errors: &mut BootError) {
    let known = env_is_public(app);
    if known && app.key.is_none() {
        errors.push(
            BootProblem::new("config/app.rs", "APP_KEY is not set, and this is production")
                .cure("run `cargo artisan key:generate --show` and put the line into the server's environment"),
        );
    }
    if known && app.debug {
        errors.push(
            BootProblem::new(
                "config/app.rs",
                "APP_DEBUG is true, and this is production: errors would show their causes",
            )
            .cure("set APP_DEBUG=false"),
        );
    }
}

fn env_is_public(app: &AppConfig) -> bool {
    app.environment == crate::config::Environment::Production
}
