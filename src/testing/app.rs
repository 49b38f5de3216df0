//! An application for a test, put together in place.

use std::sync::{Mutex, PoisonError};

use super::TestClient;
use crate::config::{Config, Env};
use crate::error::BootError;
use crate::foundation::providers::{CookieServiceProvider, SessionServiceProvider};
use crate::foundation::{
    AppConfig, Application, ApplicationBuilder, BoxProvider, HttpConfig, ServiceProvider, provider,
};
use crate::http::Result;
use crate::routing::{MiddlewareRegistry, Router};
use crate::session::SessionConfig;

type Routes = Box<dyn FnOnce(&mut Router) + Send>;
type Middleware = Box<dyn FnOnce(&mut MiddlewareRegistry) + Send>;

/// An application for a test: cookies, sessions in memory, and the routes that the test brings, in a group `web`.
pub struct TestApp {
    session: SessionConfig,
    http: HttpConfig,
    app: AppConfig,
    providers: Vec<BoxProvider>,
    routes: Vec<Routes>,
    middleware: Vec<Middleware>,
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

impl TestApp {
    /// An application without routes.
    pub fn new() -> Self {
        Self {
            session: SessionConfig {
                driver: "memory".to_owned(),
                secure: false,
                ..SessionConfig::default()
            },
            http: HttpConfig::default(),
            app: AppConfig {
                environment: crate::config::Environment::Testing,
                ..AppConfig::default()
            },
            providers: Vec::new(),
            routes: Vec::new(),
            middleware: Vec::new(),
        }
    }

    /// Adds routes, in the group `web`.
    #[must_use]
    pub fn routes(mut self, routes: impl FnOnce(&mut Router) + Send + 'static) -> Self {
        self.routes.push(Box::new(routes));
        self
    }

    /// Names middleware.
    #[must_use]
    pub fn middleware(
        mut self,
        change: impl FnOnce(&mut MiddlewareRegistry) + Send + 'static,
    ) -> Self {
        self.middleware.push(Box::new(change));
        self
    }

    /// Adds a provider, after the framework's and before the routes.
    #[must_use]
    pub fn provider(mut self, added: impl ServiceProvider) -> Self {
        self.providers.push(provider(added));
        self
    }

    /// Changes the options of sessions.
    #[must_use]
    pub fn session(mut self, change: impl FnOnce(&mut SessionConfig)) -> Self {
        change(&mut self.session);
        self
    }

    /// Changes what is accepted from visitors.
    #[must_use]
    pub fn http(mut self, change: impl FnOnce(&mut HttpConfig)) -> Self {
        change(&mut self.http);
        self
    }

    /// Shows the causes of errors.
    #[must_use]
    pub fn debug(mut self) -> Self {
        self.app.debug = true;
        self
    }

    /// The application, not booted.
    pub fn builder(self) -> ApplicationBuilder {
        let mut app = self.app;
        app.providers = vec![provider(CookieServiceProvider), provider(SessionServiceProvider)];
        app.providers.extend(self.providers);
        app.providers.push(provider(TestRoutes {
            routes: Mutex::new(self.routes),
            middleware: Mutex::new(self.middleware),
        }));
        let (session, http) = (self.session, self.http);
        Application::configure(".", move |_: &Env| {
            Config::new()
                .with("app", app.clone())
                .with("http", http.clone())
                .with("session", session.clone())
        })
    }

    /// A visitor of the application.
    ///
    /// # Panics
    /// When the application does not boot, with everything that is wrong.
    pub async fn client(self) -> TestClient {
        TestClient::new(self.builder()).await
    }

    /// A visitor of the application, or why it does not boot.
    ///
    /// # Errors
    /// When the application does not boot.
    pub async fn try_client(self) -> std::result::Result<TestClient, BootError> {
        TestClient::try_new(self.builder()).await
    }
}

/// The routes and middleware of a test.
struct TestRoutes {
    routes: Mutex<Vec<Routes>>,
    middleware: Mutex<Vec<Middleware>>,
}

impl ServiceProvider for TestRoutes {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.middleware(|registry| {
            registry.group("web", ["cookies", "session", "csrf"]);
            let changes = std::mem::take(
                &mut *self.middleware.lock().unwrap_or_else(PoisonError::into_inner),
            );
            changes.into_iter().for_each(|change| change(registry));
        });
        let routes =
            std::mem::take(&mut *self.routes.lock().unwrap_or_else(PoisonError::into_inner));
        for add in routes {
            app.router().middleware("web").group(add);
        }
        Ok(())
    }
}
