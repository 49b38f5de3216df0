//! Wires up accounts.

use std::sync::Arc;

use crate::auth::{Auth, AuthConfig, Authenticate, Authorize, Confirmed, RedirectIfAuthenticated};
use crate::encryption::Keyring;
use crate::error::{BootProblem, Error};
use crate::foundation::{Application, ServiceProvider};
use crate::http::{BoxMiddleware, Result};
use crate::session::{SessionManager, before_end};
use crate::web::RequirePassword;

/// Binds the guard that [`auth()`](crate::foundation::auth) returns and names the middleware `auth`, `guest` and `can`;
/// `password.confirm` asks for a login then.
///
/// It reads `config/auth.rs` and needs `APP_KEY` and `SessionServiceProvider`. A provider behind it says where the users are:
/// `auth().provider(Users)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthServiceProvider;

impl ServiceProvider for AuthServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let config = app.try_config::<AuthConfig>().unwrap_or_default();
        for problem in config.problems(app.environment().is_testing()) {
            app.report_problem(problem);
        }
        let keys = app.make::<Keyring>()?;
        let auth = Auth::new((*config).clone(), &keys)
            .map_err(|error| Error::with_source(500, format!("config/auth.rs: {error}")))?;
        if app.is_local() {
            auth.log_resets();
        }
        app.instance::<Auth>(Arc::new(auth));
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        let auth = app.make::<Auth>()?;
        app.middleware(|middleware| {
            middleware.alias("auth", Authenticate(Arc::clone(&auth)));
            middleware.alias("guest", RedirectIfAuthenticated(Arc::clone(&auth)));
            let gate = Arc::clone(&auth);
            middleware.alias_with("can", move |parameters| {
                Authorize::from_parameters(&gate, parameters).map(BoxMiddleware::new)
            });
        });
        if let Ok(manager) = app.make::<SessionManager>() {
            let auth = Arc::clone(&auth);
            before_end(&manager, move |values| {
                let auth = Arc::clone(&auth);
                async move { auth.forget_with_session(values).await }
            });
        }
        // When everyone has booted: SessionServiceProvider names the plain one, and another provider has the users.
        app.booted(async move |app: Application| {
            if !auth.has_provider() {
                app.report_problem(
                    BootProblem::new("AuthServiceProvider", "nobody has said where the users are")
                        .cure("call auth().provider(...) in a provider's boot(), such as AppServiceProvider's"),
                );
            }
            if let Ok(manager) = app.make::<SessionManager>()
                && let Some(problem) = auth.index_problem(&manager).await
            {
                app.report_problem(problem);
            }
            app.middleware(|middleware| {
                middleware.alias_with("password.confirm", move |parameters| {
                    let require = RequirePassword::from_parameters(parameters)?;
                    Ok(BoxMiddleware::new(Confirmed { auth: Arc::clone(&auth), require }))
                });
            });
            Ok(())
        });
        Ok(())
    }
}
