//! The application, from anywhere.

use std::cell::RefCell;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{OnceLock, RwLock};

use serde_json::Value;

use super::Application;
use crate::http::try_request;
use crate::support::lock::read;

tokio::task_local! {
    static TASK: Application;
}

/// The application of the process, set by the console when it serves or runs a command.
static PROCESS: RwLock<Option<Application>> = RwLock::new(None);

thread_local! {
    /// The folders of the application whose configuration is being built on this thread.
    static CONFIGURING: RefCell<Option<Folders>> = const { RefCell::new(None) };
}

struct Folders {
    base: PathBuf,
    storage: PathBuf,
}

/// The application, from anywhere: in a request that request's, else the one of the task or of the process.
///
/// # Panics
/// Where there is none: in a program that has not booted one.
#[track_caller]
pub fn app() -> Application {
    match try_app() {
        Some(app) => app,
        None => panic!(
            "app() was called before an application booted; pass the Application as an argument"
        ),
    }
}

/// The application, if there is one.
pub(crate) fn try_app() -> Option<Application> {
    if let Some(request) = try_request()
        && let Ok(app) = request.container().make::<Application>()
    {
        return Some(Application::clone(&app));
    }
    if let Ok(app) = TASK.try_with(Application::clone) {
        return Some(app);
    }
    read(&PROCESS).clone()
}

/// Runs a future in which [`app()`](app) is this application.
pub async fn with_application<F: Future>(app: Application, future: F) -> F::Output {
    TASK.scope(app, future).await
}

#[cfg(feature = "console")]
pub(crate) fn set_process_application(app: Application) {
    *crate::support::lock::write(&PROCESS) = Some(app);
}

/// An option by its dotted name: `config("session.lifetime")`. Null when there is none.
///
/// # Panics
/// As [`app()`](app).
#[track_caller]
pub fn config(name: &str) -> Value {
    app().config_value(name)
}

pub(super) fn while_configuring<T>(
    base: &Path,
    storage: &Path,
    configure: impl FnOnce() -> T,
) -> T {
    let folders = Folders { base: base.to_owned(), storage: storage.to_owned() };
    let before = CONFIGURING.replace(Some(folders));
    let result = configure();
    CONFIGURING.set(before);
    result
}

/// A path below the application's folder, in `config/*.rs` as well as in a request.
pub fn base_path(path: impl AsRef<Path>) -> PathBuf {
    static WORKING: OnceLock<PathBuf> = OnceLock::new();
    let configuring = |folders: &Option<Folders>| Some(folders.as_ref()?.base.clone());
    if let Some(base) = CONFIGURING.with_borrow(configuring) {
        return base.join(path);
    }
    match try_app() {
        Some(app) => app.base_path(path),
        None => WORKING.get_or_init(|| std::env::current_dir().unwrap_or_default()).join(path),
    }
}

/// A path below the application's `storage` folder.
pub fn storage_path(path: impl AsRef<Path>) -> PathBuf {
    let configuring = |folders: &Option<Folders>| Some(folders.as_ref()?.storage.clone());
    if let Some(storage) = CONFIGURING.with_borrow(configuring) {
        return storage.join(path);
    }
    match try_app() {
        Some(app) => app.storage_path(path),
        None => base_path("storage").join(path),
    }
}
