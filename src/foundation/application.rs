//! The application.

use std::any::TypeId;
use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, TryLockError};

use serde_json::Value;

use super::provider::ErasedProvider;
use super::{AppConfig, ErrorHooks, Kernel};
use crate::config::{Config, Env, Environment};
use crate::container::Container;
use crate::error::BootProblem;
use crate::http::Result;
use crate::routing::{MiddlewareRegistry, Router};
pub(super) use crate::support::lock::lock;
use crate::support::{BoxFuture, Clock};

/// The application: a cheap handle, which is also its container.
///
/// `app.bind`, `app.singleton`, `app.make` and the rest of [`Container`] are called on it directly.
#[derive(Clone)]
pub struct Application(pub(super) Arc<Inner>);

pub(super) type Callback = Box<dyn FnOnce(Application) -> BoxFuture<'static, Result<()>> + Send>;
pub(super) type Background =
    (String, Box<dyn FnOnce(Application) -> BoxFuture<'static, ()> + Send>);

pub(super) struct Inner {
    pub(super) container: Container,
    pub(super) config: Config,
    pub(super) env: Env,
    pub(super) base: PathBuf,
    pub(super) storage: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) router: Mutex<Router>,
    pub(super) middleware: Mutex<MiddlewareRegistry>,
    pub(super) providers: Mutex<Vec<Registered>>,
    /// The providers whose `register` is running.
    pub(super) registering: Mutex<HashSet<TypeId>>,
    /// Whether the providers of the configuration have booted: one that is registered now boots at once.
    pub(super) providers_booted: AtomicBool,
    /// The callbacks that wait for the boot; `None` once it is over.
    pub(super) booted: Mutex<Option<Vec<Callback>>>,
    pub(super) terminating: Mutex<Vec<Callback>>,
    /// `None` once the server has started them.
    pub(super) background: Mutex<Option<Vec<Background>>>,
    pub(super) checks: Mutex<Vec<BootProblem>>,
    pub(super) errors: Mutex<Arc<ErrorHooks>>,
    pub(super) kernel: OnceLock<Arc<Kernel>>,
}

/// A provider that is registered, and how far it has come.
pub(super) struct Registered {
    pub(super) type_id: TypeId,
    pub(super) name: &'static str,
    pub(super) provider: Arc<dyn ErasedProvider>,
    pub(super) booted: bool,
}

impl Deref for Application {
    type Target = Container;

    fn deref(&self) -> &Container {
        &self.0.container
    }
}

impl Application {
    /// The options of a feature by their type: `app.config::<SessionConfig>()`.
    ///
    /// # Panics
    /// When `config/mod.rs` adds no section of this type.
    #[track_caller]
    pub fn config<T: Send + Sync + 'static>(&self) -> Arc<T> {
        let Some(config) = self.try_config::<T>() else {
            panic!(
                "config/mod.rs adds no section of the type `{}`; add it with .with(\"name\", ...)",
                std::any::type_name::<T>()
            )
        };
        config
    }

    /// The options of a feature by their type, if `config/mod.rs` adds them.
    pub fn try_config<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.config.get::<T>()
    }

    /// An option by its dotted name: `session.lifetime`. Null when there is none.
    pub fn config_value(&self, name: &str) -> Value {
        self.0.config.value(name)
    }

    /// All sections of the configuration.
    pub fn config_repository(&self) -> &Config {
        &self.0.config
    }

    /// The environment that the configuration was built from.
    pub fn env(&self) -> &Env {
        &self.0.env
    }

    /// Where the application runs.
    pub fn environment(&self) -> Environment {
        self.try_config::<AppConfig>()
            .map_or(Environment::Production, |app| app.environment.clone())
    }

    /// Whether the application runs on a developer's machine.
    pub fn is_local(&self) -> bool {
        self.environment() == Environment::Local
    }

    /// Whether the application serves the public.
    pub fn is_production(&self) -> bool {
        self.environment() == Environment::Production
    }

    /// The application's folder, or a path below it.
    pub fn base_path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.base.join(path)
    }

    /// The folder for what the application writes, or a path below it.
    pub fn storage_path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.storage.join(path)
    }

    /// The clock; tests turn it by hand.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Where routes are written: `app.router().middleware("web").group(web::routes);`.
    ///
    /// # Panics
    /// Inside the closure of a group: use the router that the closure was given.
    #[track_caller]
    pub fn router(&self) -> RouterGuard<'_> {
        self.warn_if_late("router");
        match self.0.router.try_lock() {
            Ok(guard) => RouterGuard(guard),
            Err(TryLockError::Poisoned(poisoned)) => RouterGuard(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => panic!(
                "app.router() was called inside a group; use the router that the group's closure was given"
            ),
        }
    }

    /// Names middleware and describes groups: `app.middleware(kernel::middleware);`.
    #[track_caller]
    pub fn middleware(&self, change: impl FnOnce(&mut MiddlewareRegistry)) {
        self.warn_if_late("middleware");
        change(&mut lock(&self.0.middleware));
    }

    /// Runs `callback` when all providers have booted, and at once if they have.
    ///
    /// During the boot an `Err` or a panic keeps the application from starting. Afterwards it is logged, and a callback that
    /// has to wait for something goes on in a task of its own.
    pub fn booted<F, Fut>(&self, callback: F)
    where
        F: FnOnce(Application) -> Fut + Send + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let callback: Callback = Box::new(move |app| Box::pin(callback(app)));
        if let Some(waiting) = &mut *lock(&self.0.booted) {
            return waiting.push(callback);
        }
        // Without the lock: the callback may add another.
        self.run_late(callback);
    }

    /// Runs `callback` when the server has stopped, before the providers' `shutdown`.
    pub fn terminating<F, Fut>(&self, callback: F)
    where
        F: FnOnce(Application) -> Fut + Send + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        lock(&self.0.terminating).push(Box::new(move |app| Box::pin(callback(app))));
    }

    /// Starts a task with the server and ends it with the server. It does not run in commands and tests, nor if the server has
    /// started before, which is logged.
    #[track_caller]
    pub fn background<F, Fut>(&self, name: &str, task: F)
    where
        F: FnOnce(Application) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let task: Background = (name.to_owned(), Box::new(move |app| Box::pin(task(app))));
        match &mut *lock(&self.0.background) {
            Some(waiting) => waiting.push(task),
            None => warn_too_late("background"),
        }
    }

    /// Reports something that keeps the application from starting; boot goes on to find the rest.
    #[track_caller]
    pub fn report_problem(&self, problem: BootProblem) {
        self.warn_if_late("report_problem");
        lock(&self.0.checks).push(problem);
    }

    /// Logs the line of a call that comes too late to have an effect.
    #[track_caller]
    fn warn_if_late(&self, call: &str) {
        if self.0.kernel.get().is_some() {
            warn_too_late(call);
        }
    }

    /// What answers requests.
    ///
    /// # Panics
    /// Before the application has booted.
    #[track_caller]
    pub fn kernel(&self) -> &Arc<Kernel> {
        let Some(kernel) = self.0.kernel.get() else {
            panic!(
                "the application has not booted yet; routes are compiled after all providers have"
            )
        };
        kernel
    }
}

#[track_caller]
fn warn_too_late(call: &str) {
    let line = std::panic::Location::caller();
    tracing::warn!(%line, "app.{call}() came too late and has no effect: call it while the application boots");
}

/// The application's router, while routes are being written.
pub struct RouterGuard<'a>(MutexGuard<'a, Router>);

impl Deref for RouterGuard<'_> {
    type Target = Router;

    fn deref(&self) -> &Router {
        &self.0
    }
}

impl DerefMut for RouterGuard<'_> {
    fn deref_mut(&mut self) -> &mut Router {
        &mut self.0
    }
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Application({})", self.0.base.display())
    }
}
