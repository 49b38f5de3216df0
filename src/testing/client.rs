//! A visitor without a browser.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::jar::Jar;
use super::{FormFields, TestRequest, TestResponse};
use crate::config::Env;
use crate::error::BootError;
use crate::foundation::{AppKey, Application, ApplicationBuilder};
use crate::session::SessionManager;
use crate::support::ManualClock;
use crate::support::dot::JsonMap;

/// A visitor of an application, without sockets: keeps cookies, and turns the clock.
///
/// Clones are the same visitor; [`another`](TestClient::another) is a second one.
#[derive(Clone)]
pub struct TestClient {
    pub(super) app: Application,
    clock: Arc<ManualClock>,
    jar: Arc<Mutex<Jar>>,
    pub(super) headers: Vec<(String, String)>,
}

impl TestClient {
    /// Boots an application and visits it.
    ///
    /// The environment is one for tests (sessions in memory, a key of its own, no log) and neither `.env` nor the
    /// process's; change it with [`ApplicationBuilder::set`]. The clock stands still until
    /// [`travel`](TestClient::travel).
    ///
    /// # Panics
    /// When the application does not boot, with everything that is wrong.
    #[track_caller]
    pub fn new(builder: ApplicationBuilder) -> impl Future<Output = Self> {
        let caller = std::panic::Location::caller();
        async move {
            match Self::try_new(builder).await {
                Ok(client) => client,
                Err(error) => panic!("{caller}: {error}"),
            }
        }
    }

    /// Boots an application and visits it, or tells why it does not boot.
    ///
    /// # Errors
    /// When the application does not boot.
    pub async fn try_new(builder: ApplicationBuilder) -> Result<Self, BootError> {
        let clock = Arc::new(ManualClock::default());
        let shared: Arc<ManualClock> = Arc::clone(&clock);
        let app = builder.default_env(test_env).clock(shared).boot().await?;
        Ok(Self { app, clock, jar: Arc::default(), headers: Vec::new() })
    }

    /// The application.
    pub fn app(&self) -> &Application {
        &self.app
    }

    /// A second visitor of the same application, without cookies.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { jar: Arc::default(), headers: Vec::new(), ..self.clone() }
    }

    /// The same visitor, sending a header with each request.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// The same visitor, who prefers JSON.
    #[must_use]
    pub fn accept_json(&self) -> Self {
        self.with_header("accept", "application/json")
    }

    /// Gives the visitor a cookie.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar().set(name, value);
    }

    /// The value of one of the visitor's cookies.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar().get(name).map(str::to_owned)
    }

    /// A request to be filled in and sent.
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        TestRequest::new(self.clone(), method, path)
    }

    /// Gets a page.
    pub async fn get(&self, path: &str) -> TestResponse {
        self.request(Method::GET, path).send().await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, form: impl FormFields) -> TestResponse {
        self.request(Method::POST, path).form(form).send().await
    }

    /// Sends a value as JSON.
    pub async fn post_json(&self, path: &str, value: impl Serialize) -> TestResponse {
        self.request(Method::POST, path).json(value).send().await
    }

    /// Sends a form with `PUT`.
    pub async fn put(&self, path: &str, form: impl FormFields) -> TestResponse {
        self.request(Method::PUT, path).form(form).send().await
    }

    /// Sends a form with `PATCH`.
    pub async fn patch(&self, path: &str, form: impl FormFields) -> TestResponse {
        self.request(Method::PATCH, path).form(form).send().await
    }

    /// Deletes something.
    pub async fn delete(&self, path: &str) -> TestResponse {
        self.request(Method::DELETE, path).send().await
    }

    /// Asks for the headers of a page.
    pub async fn head(&self, path: &str) -> TestResponse {
        self.request(Method::HEAD, path).send().await
    }

    /// Asks what may be done with a path.
    pub async fn options(&self, path: &str) -> TestResponse {
        self.request(Method::OPTIONS, path).send().await
    }

    /// Moves the application's clock on.
    pub fn travel(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Moves the application's clock on by minutes.
    pub fn travel_minutes(&self, minutes: u64) {
        self.travel(Duration::from_secs(minutes * 60));
    }

    /// Puts values into the visitor's session, as an earlier request would have.
    ///
    /// # Panics
    /// When the application has no sessions or its store fails.
    pub async fn with_session<K: AsRef<str>, V: Serialize>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> &Self {
        let manager = self.manager().expect("the application has no SessionServiceProvider");
        let name = manager.cookie_name().to_owned();
        let cookie = self.cookie(&name);
        let token = manager.seed(cookie.as_deref(), |session| session.put_many(values)).await;
        if let Some(token) = token.expect("the session can be stored") {
            self.set_cookie(&name, &token);
        }
        self
    }

    /// What the visitor's session holds now; empty when there is none.
    pub async fn session(&self) -> JsonMap {
        let Some(manager) = self.manager() else { return JsonMap::new() };
        let cookie = self.cookie(manager.cookie_name());
        match manager.start(cookie.as_deref().into_iter()).await {
            Ok(session) => session.all(),
            Err(_) => JsonMap::new(),
        }
    }

    /// Sends `count` requests of this visitor at once: each is made by `send` from its number.
    pub async fn together<F, Fut, T>(&self, count: usize, send: F) -> Vec<T>
    where
        F: Fn(Self, usize) -> Fut,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let tasks: Vec<_> =
            (0..count).map(|number| tokio::spawn(send(self.clone(), number))).collect();
        let mut results = Vec::with_capacity(count);
        for task in tasks {
            match task.await {
                Ok(result) => results.push(result),
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        results
    }

    pub(super) fn manager(&self) -> Option<Arc<SessionManager>> {
        self.app.make::<SessionManager>().ok()
    }

    pub(super) fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A value of the session, for messages.
    pub(super) fn shown(value: Option<&Value>) -> String {
        value.map_or_else(|| "nothing".to_owned(), Value::to_string)
    }
}

fn test_env() -> Env {
    let key = AppKey::generate().map(|key| key.to_env()).unwrap_or_default();
    Env::from_pairs([
        ("APP_ENV", "testing"),
        ("APP_KEY", key.as_str()),
        ("SESSION_DRIVER", "memory"),
        ("SESSION_SECURE_COOKIE", "false"),
        ("LOG_LEVEL", "off"),
    ])
}
