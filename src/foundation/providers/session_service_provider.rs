//! Wires up sessions.

use std::sync::Arc;

use crate::encryption::Keyring;
use crate::foundation::{AppConfig, Application, ServiceProvider};
use crate::http::{BoxMiddleware, Result};
use crate::session::ops::sweeper;
use crate::session::{BoxDriver, Reach, SessionConfig, SessionManager};
use crate::web::{RequirePassword, StartSession};

/// Binds the [`SessionManager`] that reads `config/session.rs` and names the middleware `session` and
/// `password.confirm`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionServiceProvider;

impl ServiceProvider for SessionServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let config = app.try_config::<SessionConfig>().unwrap_or_default();
        let mut manager =
            SessionManager::new((*config).clone(), Arc::clone(app.clock()), app.base_path(""));
        if app.try_config::<AppConfig>().is_some_and(|config| config.key.is_some()) {
            manager = manager.with_keys(Keyring::clone(&*app.make::<Keyring>()?));
        }
        if let Ok(driver) = app.make::<BoxDriver>() {
            manager.given = Some(Arc::clone(&driver.driver));
        }
        app.instance::<SessionManager>(Arc::new(manager));
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        let manager = app.make::<SessionManager>()?;
        let start = StartSession::new(Arc::clone(&manager));
        app.middleware(|middleware| {
            middleware.alias("session", start);
            middleware.alias_with("password.confirm", |parameters| {
                RequirePassword::from_parameters(parameters).map(BoxMiddleware::new)
            });
        });
        // When everyone has booted: another provider may add the driver that the configuration names.
        app.booted(async |app: Application| {
            let manager = app.make::<SessionManager>()?;
            if let Err(problems) = manager.prepare().await {
                problems.into_iter().for_each(|problem| app.report_problem(problem));
            }
            let config = app.try_config::<AppConfig>().unwrap_or_default();
            let reach = manager.backend().map(|backend| backend.reach());
            if matches!(reach, Ok(Reach::Visitors)) && config.environment.is_production() {
                tracing::warn!(
                    "sessions lie in cookies (SESSION_DRIVER=cookie): a logout binds this process until it restarts; elsewhere a copied cookie lives on until its deadline"
                );
            }
            Ok(())
        });
        if !manager.config().sweep_every.is_zero() {
            app.background("session sweeper", move |_| sweeper::run(manager));
        }
        Ok(())
    }
}
