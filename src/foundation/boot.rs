//! Registering and booting, step by step.

use std::any::TypeId;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};

use super::application::{Callback, Registered, lock};
use super::kernel::Trust;
use super::provider::ErasedProvider;
use super::{AppConfig, Application, BoxProvider, HttpConfig, Kernel, ServiceProvider, provider};
use crate::config::Environment;
use crate::error::{BootError, BootProblem, Error, place_of_panic, watch_panics};
use crate::http::{PublicFiles, Result};
use crate::routing::Urls;
use crate::support::{BoxFuture, CatchUnwind, panic_message};

impl Application {
    /// Registers and boots the providers and compiles the routes.
    ///
    /// # Errors
    /// Everything that keeps the application from starting.
    pub(crate) async fn boot(&self) -> std::result::Result<(), BootError> {
        watch_panics();
        self.warn_of_debug();
        self.warn_of_hosts();
        let mut errors = match self.start_providers().await {
            Ok(()) => self.run_booted().await,
            Err(errors) => errors,
        };
        let failed = !self.0.providers_booted.load(Ordering::Acquire);
        errors.extend(std::mem::take(&mut *lock(&self.0.checks)).into_iter().collect());
        if failed {
            // What the others would miss is missing for this.
            return Err(errors);
        }
        let mut router = std::mem::take(&mut *lock(&self.0.router));
        let config = self.try_config::<HttpConfig>().unwrap_or_default();
        let url = self.try_config::<AppConfig>().unwrap_or_default().url.clone();
        match super::url::root(&url, config.force_https) {
            Ok(root) => router.root = root,
            Err(problem) => errors.push(problem),
        }
        if let Some(path) = &config.health {
            router.get(path, super::health::health);
        }
        let table = router.compile(&lock(&self.0.middleware), &self.0.container, config.limits);
        let trust = Trust::new(&config);
        let trust = if self.is_local() { trust.map(|trust| trust.or_local(&url)) } else { trust };
        let (table, trust) = match (table, trust) {
            (Ok(table), Ok(trust)) => (table, trust),
            (table, trust) => {
                let wrong_options = trust.err().unwrap_or_default().into_iter().collect();
                errors.extend(table.err().unwrap_or_default());
                errors.extend(wrong_options);
                return Err(errors);
            }
        };
        errors.into_result()?;
        self.instance::<Urls>(Arc::clone(table.urls()));
        if let Some(files) = config.public_files() {
            self.instance::<PublicFiles>(Arc::new(files));
        }
        let kernel = Kernel::new(self.0.container.clone(), Arc::new(table), config, trust);
        match self.0.kernel.set(Arc::new(kernel)) {
            Ok(()) => Ok(()),
            Err(_) => Err(BootProblem::new("boot", "the application has booted already").into()),
        }
    }

    async fn start_providers(&self) -> std::result::Result<(), BootError> {
        self.register_all().await?;
        self.misfits().into_iter().for_each(|problem| self.report_problem(problem));
        self.boot_all().await?;
        self.0.providers_booted.store(true, Ordering::Release);
        Ok(())
    }

    /// In production it is an error, which `load` reports.
    fn warn_of_debug(&self) {
        let environment = self.environment();
        let debug = self.try_config::<AppConfig>().is_some_and(|app| app.debug);
        if debug && !matches!(environment, Environment::Local | Environment::Testing) {
            tracing::warn!(
                "APP_DEBUG is true, but errors show their causes only where APP_ENV is local; here it is {environment}"
            );
        }
    }

    /// No error: a proxy in front may refuse the others.
    fn warn_of_hosts(&self) {
        let named = self.try_config::<HttpConfig>().unwrap_or_default().trusted_hosts.clone();
        if self.is_production() && named.is_empty() {
            tracing::warn!(
                "every host that a request names is believed, also in links: name yours in TRUSTED_HOSTS \
                 (config/http.rs), or * if the proxy in front refuses the others"
            );
        }
    }

    /// Runs the booted() callbacks, those that they add themselves included.
    async fn run_booted(&self) -> BootError {
        let mut errors = BootError::default();
        loop {
            let callbacks = {
                let mut waiting = lock(&self.0.booted);
                let callbacks = waiting.take().unwrap_or_default();
                if callbacks.is_empty() {
                    // In the same step: what is added from now on runs at once.
                    return errors;
                }
                waiting.replace(Vec::new());
                callbacks
            };
            for callback in callbacks {
                let work = self.attempt("a booted() callback", || callback(self.clone()));
                if let Err(problem) = work.await {
                    errors.push(problem);
                }
            }
        }
    }

    /// Runs a booted() callback after the boot.
    pub(super) fn run_late(&self, callback: Callback) {
        let app = self.clone();
        let mut work: BoxFuture<'static, ()> = Box::pin(async move {
            let work = app.attempt("a booted() callback", || callback(app.clone()));
            if let Err(problem) = work.await {
                tracing::error!("{problem}");
            }
        });
        // Most callbacks wait for nothing: what they do is done when booted() returns.
        if work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(work)),
                Err(error) => tracing::error!("a booted() callback cannot go on: {error}"),
            }
        }
    }

    async fn register_all(&self) -> std::result::Result<(), BootError> {
        let providers = self.try_config::<AppConfig>().map(|app| app.providers.clone());
        let mut errors = BootError::default();
        for provider in providers.unwrap_or_default() {
            if let Err(problem) = self.register_boxed(provider).await {
                errors.push(problem);
            }
        }
        errors.into_result()
    }

    /// Registers a provider that another one needs, at once. It boots in its turn, or at once if the providers have
    /// booted. A provider that is registered already is left as it is.
    ///
    /// # Errors
    /// What its `register` returns, and after the boot its `boot`.
    pub async fn register<P: ServiceProvider>(&self, needed: P) -> Result<()> {
        let boxed = provider(needed);
        let work: BoxFuture<'_, _> = Box::pin(self.register_boxed(boxed));
        work.await.map_err(|problem| Error::with_source(500, problem.to_string()))?;
        if self.0.providers_booted.load(Ordering::Acquire) {
            let work: BoxFuture<'_, _> = Box::pin(self.boot_all());
            let done = work.await;
            done.map_err(|problems| Error::with_source(500, problems.to_string()))?;
        }
        Ok(())
    }

    async fn register_boxed(&self, boxed: BoxProvider) -> std::result::Result<(), BootProblem> {
        let known = lock(&self.0.providers).iter().any(|other| other.type_id == boxed.type_id);
        // Two providers may need each other.
        let Some(_registering) = Registering::begin(self, boxed.type_id).filter(|_| !known) else {
            return Ok(());
        };
        let name = boxed.name();
        let provider = Arc::clone(&boxed.provider);
        let app = self.clone();
        self.attempt(&format!("{name}::register"), || {
            Box::pin(async move { provider.register(&app).await })
        })
        .await?;
        // After its register has ended: a provider that it registered itself boots first.
        lock(&self.0.providers).push(Registered {
            type_id: boxed.type_id,
            name,
            provider: boxed.provider,
            booted: false,
        });
        Ok(())
    }

    async fn boot_all(&self) -> std::result::Result<(), BootError> {
        let mut errors = BootError::default();
        // Looked up anew each time: a provider may register another while it boots.
        while let Some((name, provider)) = self.next_to_boot() {
            let app = self.clone();
            let step = format!("{name}::boot");
            let work = self.attempt(&step, || Box::pin(async move { provider.boot(&app).await }));
            if let Err(problem) = work.await {
                errors.push(problem);
            }
        }
        errors.into_result()
    }

    fn next_to_boot(&self) -> Option<(&'static str, Arc<dyn ErasedProvider>)> {
        let mut providers = lock(&self.0.providers);
        let next = providers.iter_mut().find(|provider| !provider.booted)?;
        next.booted = true;
        Some((next.name, Arc::clone(&next.provider)))
    }

    /// Runs a step of the boot; an `Err` or a panic in it is a problem that names the step.
    async fn attempt(
        &self,
        step: &str,
        work: impl FnOnce() -> BoxFuture<'static, Result<()>>,
    ) -> std::result::Result<(), BootProblem> {
        let app = self.clone();
        let future = match std::panic::catch_unwind(AssertUnwindSafe(work)) {
            Ok(future) => future,
            Err(panic) => return Err(panicked(step, &*panic)),
        };
        let scoped = Box::pin(super::with_application(app, future));
        match CatchUnwind(scoped).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(BootProblem::new(step, format!("{error:?}"))),
            Err(panic) => Err(panicked(step, &*panic)),
        }
    }

    /// Runs the terminating callbacks and the providers' `shutdown`, last provider first. Errors are logged.
    pub async fn shutdown(&self) {
        let callbacks: Vec<Callback> = std::mem::take(&mut *lock(&self.0.terminating));
        for callback in callbacks {
            if let Err(problem) =
                self.attempt("a terminating() callback", || callback(self.clone())).await
            {
                tracing::error!("{problem}");
            }
        }
        let providers: Vec<_> = lock(&self.0.providers)
            .iter()
            .filter(|provider| provider.booted)
            .map(|provider| (provider.name, Arc::clone(&provider.provider)))
            .collect();
        for (name, provider) in providers.into_iter().rev() {
            let app = self.clone();
            let step = format!("{name}::shutdown");
            let work =
                self.attempt(&step, || Box::pin(async move { provider.shutdown(&app).await }));
            if let Err(problem) = work.await {
                tracing::error!("{problem}");
            }
        }
    }

    /// Starts the background tasks; they end when the set is dropped.
    pub(crate) fn start_background(&self) -> tokio::task::JoinSet<()> {
        let mut tasks = tokio::task::JoinSet::new();
        for (name, task) in lock(&self.0.background).take().unwrap_or_default() {
            tracing::debug!(task = name, "background task started");
            tasks.spawn(super::with_application(self.clone(), task(self.clone())));
        }
        tasks
    }
}

/// The time in which a provider is registered.
struct Registering<'a> {
    app: &'a Application,
    type_id: TypeId,
}

impl<'a> Registering<'a> {
    /// `None` if it is being registered already.
    fn begin(app: &'a Application, type_id: TypeId) -> Option<Self> {
        let fresh = lock(&app.0.registering).insert(type_id);
        fresh.then(|| Self { app, type_id })
    }
}

impl Drop for Registering<'_> {
    fn drop(&mut self) {
        lock(&self.app.0.registering).remove(&self.type_id);
    }
}

fn panicked(step: &str, panic: &(dyn std::any::Any + Send)) -> BootProblem {
    let message = panic_message(panic);
    let at = place_of_panic(message).map_or_else(String::new, |place| format!(" at {place}"));
    BootProblem::new(step, format!("panicked{at}: {message}"))
}
