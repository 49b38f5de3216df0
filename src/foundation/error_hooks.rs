//! What an application does with errors of its own types.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use super::Application;
use super::application::lock;
use super::maintenance_mode::DownForMaintenance;
use crate::error::Error;
use crate::http::{HttpRequest, Response};
use crate::support::panic_message;

/// What an application does with errors of its own types: how they are logged and what the visitor sees.
///
/// A provider adds to it in `register` or `boot`. A hook is for the errors whose source, or one of the causes behind it,
/// has the type of its argument; one for [`Error`] is for all.
///
/// ```
/// use lunox::prelude::*;
///
/// #[derive(Debug)]
/// struct OutOfStock {
///     product: u64,
/// }
/// # impl std::fmt::Display for OutOfStock {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
/// #         write!(f, "{} is out of stock", self.product)
/// #     }
/// # }
/// # impl std::error::Error for OutOfStock {}
/// # struct ShopServiceProvider;
///
/// impl ServiceProvider for ShopServiceProvider {
///     async fn boot(&self, app: &Application) -> Result<()> {
///         app.errors(|errors| {
///             errors.render(|error: &OutOfStock, _req: &HttpRequest| {
///                 (409, format!("Product {} is sold out.", error.product)).into_response()
///             });
///             errors.dont_report::<OutOfStock>();
///             errors.report(|error: &Error, req: &HttpRequest| {
///                 if error.status().is_server_error() {
///                     eprintln!("{} failed: {error:?}", req.path());
///                 }
///             });
///         });
///         Ok(())
///     }
/// }
/// ```
#[derive(Clone, Default)]
pub struct ErrorHooks {
    silent: Vec<fn(&Error) -> bool>,
    reports: Vec<ReportHook>,
    renders: Vec<RenderHook>,
}

/// `false` where the error is of another type.
type Report = dyn Fn(&Error, &HttpRequest) -> bool + Send + Sync;

#[derive(Clone)]
struct ReportHook {
    run: Arc<Report>,
    stops: bool,
}

type RenderHook = Arc<dyn Fn(&Error, &HttpRequest) -> Option<Response> + Send + Sync>;

/// A type of errors that a hook can be for: any `std::error::Error`, and [`Error`] itself for all of them.
pub trait Caught: 'static {
    /// The error of this type.
    #[doc(hidden)]
    fn find(error: &Error) -> Option<&Self>;
}

impl<E: std::error::Error + 'static> Caught for E {
    fn find(error: &Error) -> Option<&Self> {
        error.causes().find_map(|cause| cause.downcast_ref())
    }
}

impl Caught for Error {
    fn find(error: &Error) -> Option<&Self> {
        Some(error)
    }
}

impl ErrorHooks {
    /// Runs for each error of a type once its response is ready, before it is logged.
    ///
    /// Errors of clients, such as 404, are among them: a hook for [`Error`] looks at its status.
    pub fn report<E: Caught>(
        &mut self,
        hook: impl Fn(&E, &HttpRequest) + Send + Sync + 'static,
    ) -> ReportHandle<'_> {
        let run = move |error: &Error, req: &HttpRequest| {
            E::find(error).map(|found| hook(found, req)).is_some()
        };
        self.reports.push(ReportHook { run: Arc::new(run), stops: false });
        ReportHandle(&mut self.reports)
    }

    /// Neither logs nor reports errors of a type.
    pub fn dont_report<E: Caught>(&mut self) {
        self.silent.push(|error| E::find(error).is_some());
    }

    /// Answers errors of a type: with a [`Response`], or with an `Option` of one, where `None` leaves the error to the next
    /// hook and in the end to the error pages.
    ///
    /// The first hook that answers is the one that counts, and it comes before the debug page too. A response of status 200
    /// gets the status of the error; another status stays.
    pub fn render<E: Caught, R: Into<Option<Response>>>(
        &mut self,
        hook: impl Fn(&E, &HttpRequest) -> R + Send + Sync + 'static,
    ) {
        self.renders.push(Arc::new(move |error, req| hook(E::find(error)?, req).into()));
    }

    /// The answer of the first hook that has one.
    pub(super) fn answer(&self, error: &Error, req: &HttpRequest) -> Option<Response> {
        let response = self.renders.iter().find_map(|hook| hook(error, req))?;
        if let Some(problem) = response.error() {
            // Such as a view that is missing: the hook must not hide one error behind another.
            tracing::error!("a hook that renders errors failed itself: {problem:?}");
            return None;
        }
        Some(response)
    }

    /// Whether the error should be logged, after the hooks have run.
    fn run_reports(&self, error: &Error, req: &HttpRequest) -> bool {
        if self.silent.iter().any(|is_silent| is_silent(error)) {
            return false;
        }
        for hook in &self.reports {
            let ran = std::panic::catch_unwind(AssertUnwindSafe(|| (hook.run)(error, req)));
            match ran {
                Ok(true) if hook.stops => return false,
                Ok(_) => {}
                Err(panic) => {
                    let message = panic_message(&*panic);
                    tracing::error!("a hook that reports errors panicked: {message}");
                }
            }
        }
        true
    }
}

/// The report hook that was just added.
pub struct ReportHandle<'a>(&'a mut Vec<ReportHook>);

impl ReportHandle<'_> {
    /// Ends the reporting of an error with this hook: it is not logged, and no later hook runs.
    pub fn stop(self) {
        if let Some(hook) = self.0.last_mut() {
            hook.stops = true;
        }
    }
}

impl Application {
    /// Says what becomes of errors: see [`ErrorHooks`].
    pub fn errors(&self, change: impl FnOnce(&mut ErrorHooks)) {
        let mut hooks = lock(&self.0.errors);
        change(Arc::make_mut(&mut hooks));
    }

    /// A copy, so that no lock is held while a hook runs.
    pub(super) fn error_hooks(&self) -> Arc<ErrorHooks> {
        Arc::clone(&lock(&self.0.errors))
    }
}

/// Runs the application's hooks for an error, and then logs it.
pub(super) fn report(error: &Error, req: &HttpRequest) {
    if DownForMaintenance::find(error).is_some() {
        return;
    }
    let app = req.container().make::<Application>();
    if app.is_ok_and(|app| !app.error_hooks().run_reports(error, req)) {
        return;
    }
    crate::http::report(error, req);
}
