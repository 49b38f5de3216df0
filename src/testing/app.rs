//! An application that is made of a few routes.

#[cfg(feature = "views")]
use std::path::PathBuf;
use std::sync::Mutex;

use serde::Serialize;

use super::TestClient;
use crate::config::{Config, Env, Environment};
use crate::error::BootError;
use crate::foundation::providers::{CookieServiceProvider, SessionServiceProvider};
use crate::foundation::{
    AppConfig, AppKey, Application, ApplicationBuilder, HttpConfig, ServiceProvider, provider,
    storage_path,
};
use crate::http::Result;
use crate::routing::{MiddlewareRegistry, Router};
use crate::session::{SessionConfig, SessionDriver};
use crate::support::lock::lock;
#[cfg(feature = "views")]
use crate::view::ViewConfig;

/// An application without a project: what a test needs of providers, middleware and routes.
///
/// It has cookies, sessions in memory (or with another [`driver`](TestApp::driver)), and the group `web` (cookies, session, csrf). Middleware crates and
/// packages can be tested with it:
///
/// ```
/// use lunox::prelude::*;
/// use lunox::testing::TestApp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = TestApp::new()
///     .middleware(|middleware| {
///         middleware.alias("teapot", async |_req: HttpRequest, _next: Next| abort(418));
///     })
///     .routes(|route| {
///         route.get("/", async || "tea").middleware("teapot");
///     })
///     .client()
///     .await;
/// client.get("/").await.assert_status(418);
/// # }
/// ```
pub struct TestApp {
    app: AppConfig,
    http: HttpConfig,
    session: SessionConfig,
    driver: Option<Given>,
    sections: Vec<Section>,
    variables: Vec<(String, String)>,
    wiring: Wiring,
}

/// Hands a driver of the test's own to the application.
type Given = Box<dyn FnOnce(ApplicationBuilder) -> ApplicationBuilder + Send>;

/// Where the sessions of a [`TestApp`] are kept: the name of a driver, or a [`SessionDriver`] of the test's own.
pub trait TestDriver {
    /// Gives the application this driver.
    #[must_use]
    fn give_to(self, app: TestApp) -> TestApp;
}

impl TestDriver for &str {
    fn give_to(self, app: TestApp) -> TestApp {
        TestApp { driver: None, ..app.session(|session| session.driver = self.to_owned()) }
    }
}

impl<D: SessionDriver> TestDriver for D {
    fn give_to(self, app: TestApp) -> TestApp {
        TestApp { driver: Some(Box::new(|builder| builder.session_driver(self))), ..app }
    }
}

type Section = Box<dyn Fn(Config, &Env) -> Config + Send + Sync>;

type Once<T> = Box<dyn FnOnce(&mut T) + Send>;

/// What the test wires up by itself, as the last provider.
#[derive(Default)]
struct Wiring {
    register: Vec<Once<Application>>,
    middleware: Vec<Once<MiddlewareRegistry>>,
    /// With the group, empty for none.
    routes: Vec<(&'static str, Once<Router>)>,
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

impl TestApp {
    /// An application with cookies and sessions.
    pub fn new() -> Self {
        Self::bare().provider(CookieServiceProvider).provider(SessionServiceProvider)
    }

    /// An application without any provider.
    pub fn bare() -> Self {
        Self {
            app: AppConfig {
                environment: Environment::Testing,
                key: AppKey::generate().ok(),
                ..AppConfig::default()
            },
            http: HttpConfig::default(),
            session: SessionConfig {
                driver: "memory".to_owned(),
                secure: false,
                ..SessionConfig::default()
            },
            driver: None,
            sections: Vec::new(),
            variables: Vec::new(),
            wiring: Wiring::default(),
        }
    }

    /// Adds a provider.
    #[must_use]
    pub fn provider(mut self, added: impl ServiceProvider) -> Self {
        self.app.providers.push(provider(added));
        self
    }

    /// Changes the options of the application: its keys, where it runs.
    #[must_use]
    pub fn app(mut self, change: impl FnOnce(&mut AppConfig)) -> Self {
        change(&mut self.app);
        self
    }

    /// Changes the options of sessions.
    #[must_use]
    pub fn session(mut self, change: impl FnOnce(&mut SessionConfig)) -> Self {
        change(&mut self.session);
        self
    }

    /// Keeps sessions with another driver than `memory`: one that is named, such as `"file"`, or one of the test's own,
    /// such as a [`FaultyDriver`](super::FaultyDriver).
    ///
    /// ```
    /// use lunox::prelude::*;
    /// use lunox::session::MemoryDriver;
    /// use lunox::testing::{Fault, FaultyDriver, Operation, TestApp};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let driver = FaultyDriver::new(MemoryDriver::new());
    /// let client = TestApp::new()
    ///     .driver(driver.clone())
    ///     .routes(|route| {
    ///         route.get("/", async |req: HttpRequest| req.session().put("seen", true));
    ///     })
    ///     .client()
    ///     .await;
    /// driver.at(1, Operation::Create, Fault::Fails);
    /// client.get("/").await.assert_status(503);
    /// client.get("/").await.assert_session_has("seen");
    /// # }
    /// ```
    ///
    /// The tests of a project give it to the builder:
    /// `TestClient::new(application().session_driver(driver.clone()))`.
    #[must_use]
    pub fn driver(self, driver: impl TestDriver) -> Self {
        driver.give_to(self)
    }

    /// Changes what is accepted from visitors.
    #[must_use]
    pub fn http(mut self, change: impl FnOnce(&mut HttpConfig)) -> Self {
        change(&mut self.http);
        self
    }

    /// Shows the causes of errors, as on a developer's machine: the environment is local then.
    #[must_use]
    pub fn debug(mut self) -> Self {
        self.app.environment = Environment::Local;
        self.app.debug = true;
        self
    }

    /// Adds a section of the configuration: `.config("mail", mail::config)`.
    #[must_use]
    pub fn config<T: Serialize + Send + Sync + 'static>(
        mut self,
        name: &'static str,
        make: impl Fn(&Env) -> T + Send + Sync + 'static,
    ) -> Self {
        self.sections.push(Box::new(move |config, env| config.with(name, make(env))));
        self
    }

    /// Adds views, with the templates of a folder.
    #[cfg(feature = "views")]
    #[must_use]
    pub fn views(self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.provider(crate::foundation::providers::ViewServiceProvider)
            .config("view", move |_| ViewConfig { path: path.clone(), ..ViewConfig::default() })
    }

    /// Adds a database: its provider comes before the others. It is the test's own, migrated, and thrown away afterwards:
    /// a file with SQLite, else a database on the server that TEST_DATABASE_URL or DATABASE_URL names, in the environment
    /// or in `.env`. A test that sets DATABASE_URL itself uses that database.
    #[cfg(feature = "database")]
    #[must_use]
    pub fn database(mut self, config: crate::database::DatabaseConfig) -> Self {
        let opens = provider(crate::foundation::providers::DatabaseServiceProvider);
        self.app.providers.insert(0, opens);
        self.config("database", move |env| crate::database::DatabaseConfig {
            url: env.secret("DATABASE_URL").or_else(|| config.url.clone()),
            ..config.clone()
        })
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn set(mut self, variable: &str, value: impl Into<String>) -> Self {
        self.variables.push((variable.to_owned(), value.into()));
        self
    }

    /// Binds things into the container, as a provider's `register` does.
    #[must_use]
    pub fn register(mut self, bind: impl FnOnce(&Application) + Send + 'static) -> Self {
        self.wiring.register.push(Box::new(|app| bind(app)));
        self
    }

    /// Names middleware and describes groups.
    #[must_use]
    pub fn middleware(
        mut self,
        change: impl FnOnce(&mut MiddlewareRegistry) + Send + 'static,
    ) -> Self {
        self.wiring.middleware.push(Box::new(change));
        self
    }

    /// Adds routes in the group `web`: with sessions and cookies.
    #[must_use]
    pub fn routes(self, routes: impl FnOnce(&mut Router) + Send + 'static) -> Self {
        self.routes_in("web", routes)
    }

    /// Adds routes in no group.
    #[must_use]
    pub fn plain_routes(self, routes: impl FnOnce(&mut Router) + Send + 'static) -> Self {
        self.routes_in("", routes)
    }

    fn routes_in(
        mut self,
        group: &'static str,
        routes: impl FnOnce(&mut Router) + Send + 'static,
    ) -> Self {
        self.wiring.routes.push((group, Box::new(routes)));
        self
    }

    /// The application, not booted.
    pub fn builder(self) -> ApplicationBuilder {
        let Self { mut app, http, session, driver, sections, variables, wiring } = self;
        app.providers.push(provider(TestServiceProvider(Mutex::new(wiring))));
        let configure = move |env: &Env| {
            let mut session = session.clone();
            if session.files == SessionConfig::default().files {
                // The file driver as well writes where this test alone does.
                session.files = storage_path("framework/sessions");
            }
            let config = Config::new()
                .with("app", app.clone())
                .with("http", http.clone())
                .with("session", session);
            sections.iter().fold(config, |config, section| section(config, env))
        };
        let mut builder = Application::configure(".", configure);
        if let Some(give) = driver {
            builder = give(builder);
        }
        variables.into_iter().fold(builder, |builder, (name, value)| builder.set(&name, value))
    }

    /// Boots the application and gives a visitor.
    ///
    /// # Panics
    /// When the application cannot start, with everything that keeps it from starting.
    #[track_caller]
    pub fn client(self) -> impl Future<Output = TestClient> + Send {
        TestClient::new(self.builder())
    }

    /// As [`client`](TestApp::client), for tests of what keeps an application from starting.
    ///
    /// # Errors
    /// Everything that keeps the application from starting.
    pub async fn try_client(self) -> std::result::Result<TestClient, BootError> {
        TestClient::try_new(self.builder()).await
    }
}

/// Wires up what the test gave.
struct TestServiceProvider(Mutex<Wiring>);

impl TestServiceProvider {
    fn take<T: Default>(&self, part: impl FnOnce(&mut Wiring) -> &mut T) -> T {
        std::mem::take(part(&mut lock(&self.0)))
    }
}

impl ServiceProvider for TestServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let mut app = app.clone();
        self.take(|wiring| &mut wiring.register).into_iter().for_each(|bind| bind(&mut app));
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        app.middleware(|middleware| {
            middleware.group("web", ["cookies", "session", "csrf"]);
            self.take(|wiring| &mut wiring.middleware).into_iter().for_each(|add| add(middleware));
        });
        for (group, routes) in self.take(|wiring| &mut wiring.routes) {
            match group {
                "" => routes(&mut app.router()),
                group => app.router().middleware(group).group(routes),
            }
        }
        Ok(())
    }
}
