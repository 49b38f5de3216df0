//! A visitor.

use std::fmt::Display;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, Method};
use serde::Serialize;
use serde_json::Value;

use super::jar::Jar;
use super::request::header;
use super::setup::World;
use super::{FormFields, TestRequest};
use crate::error::BootError;
use crate::foundation::{Application, ApplicationBuilder};

/// A visitor of an application that runs in the same process.
///
/// ```
/// use lunox::prelude::*;
/// use lunox::testing::TestApp;
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let client = TestApp::new()
///     .routes(|route| {
///         route.post("/login", async |req: HttpRequest| {
///             req.session().put("name", req.string("name"));
///             redirect("/")
///         });
///         route.get("/", async |req: HttpRequest| req.session().get::<String>("name"));
///     })
///     .client()
///     .await;
///
/// client.post("/login", [("name", "Ada")]).await.assert_redirect("/");
/// client.get("/").await.assert_ok().assert_see("Ada");
/// client.another().get("/").await.assert_not_found();
/// # });
/// ```
///
/// Clones and what the `with_...` methods give are the same visitor, with the same cookies;
/// [`another`](TestClient::another) is another one. The session is read once after each request that left the
/// visitor a session cookie, for the assertions of the response: a driver that counts its calls sees that.
#[derive(Clone)]
pub struct TestClient {
    pub(super) world: Arc<World>,
    pub(super) jar: Arc<Mutex<Jar>>,
    pub(super) headers: HeaderMap,
    pub(super) host: String,
    pub(super) https: bool,
    pub(super) follow: bool,
    pub(super) says_origin: bool,
}

impl TestClient {
    /// Boots an application, with an environment for tests.
    ///
    /// Of what the builder does not set, these differ from a real start: the environment is `APP_ENV=testing`,
    /// a random `APP_KEY`, `SESSION_DRIVER=memory`, `SESSION_SECURE_COOKIE=false` and `LOG_LEVEL=off`, and
    /// nothing else; the clock is one that [`travel`](TestClient::travel) moves; `storage` is a temporary
    /// folder. Templates are the project's.
    ///
    /// # Panics
    /// When the application cannot start, with everything that keeps it from starting.
    #[track_caller]
    pub fn new(builder: ApplicationBuilder) -> impl Future<Output = Self> + Send {
        let caller = Location::caller();
        async move {
            match Self::try_new(builder).await {
                Ok(client) => client,
                // An async function cannot blame its caller by itself.
                Err(error) => panic!("{error}\n  (the test at {caller})"),
            }
        }
    }

    /// As [`new`](TestClient::new), for tests of what keeps an application from starting.
    ///
    /// # Errors
    /// Everything that keeps the application from starting.
    pub async fn try_new(builder: ApplicationBuilder) -> Result<Self, BootError> {
        World::boot(builder).await.map(Self::of)
    }

    pub(super) fn of(world: World) -> Self {
        Self {
            world: Arc::new(world),
            jar: Arc::default(),
            headers: HeaderMap::new(),
            host: "localhost".to_owned(),
            https: false,
            follow: false,
            says_origin: true,
        }
    }

    /// Another visitor of the same application: no cookies, no headers, no session.
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            jar: Arc::default(),
            headers: HeaderMap::new(),
            host: self.host.clone(),
            ..self.clone()
        }
    }

    /// The application.
    pub fn app(&self) -> &Application {
        &self.world.app
    }

    /// Runs a future in which [`app()`](crate::app) is this application: what is called outside of a request, such as a
    /// function that looks into the database, works there too.
    pub async fn run<F: Future>(&self, future: F) -> F::Output {
        crate::foundation::with_application(self.app().clone(), future).await
    }

    /// Starts a request of any method: `"PROPFIND"`, or a [`Method`](crate::http::Method).
    ///
    /// # Panics
    /// When the method or the path cannot be sent.
    #[track_caller]
    pub fn request(&self, method: impl TryInto<Method, Error: Display>, path: &str) -> TestRequest {
        match method.try_into() {
            Ok(method) => TestRequest::new(self.clone(), method, path),
            Err(error) => panic!("the method of the request for `{path}` cannot be sent: {error}"),
        }
    }

    /// Sends this header with every request.
    ///
    /// # Panics
    /// When no header can have this name or value.
    #[must_use]
    #[track_caller]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        let (name, value) = header(name, value);
        client.headers.insert(name, value);
        client
    }

    /// Says with every request that the visitor wants JSON.
    #[must_use]
    pub fn accept_json(&self) -> Self {
        self.with_header("accept", "application/json")
    }

    /// Comes from this page with every request: the `Referer`, which `back()` leads to. Unless `Accept` is set, it is what
    /// browsers send for a link.
    #[must_use]
    #[track_caller]
    pub fn from(&self, url: &str) -> Self {
        let url = self.url(url);
        self.with_header("referer", &url)
    }

    /// Says nothing of where its requests come from, as old browsers and programs do: a form needs a CSRF token then.
    ///
    /// Otherwise each request that is not a `GET`, `HEAD` or `OPTIONS` has the application's own `Origin`, unless it has an
    /// `Origin` or `Sec-Fetch-Site` of its own.
    #[must_use]
    pub fn without_origin(&self) -> Self {
        Self { says_origin: false, ..self.clone() }
    }

    /// Asks for this host, `localhost` otherwise.
    #[must_use]
    pub fn host(&self, host: &str) -> Self {
        Self { host: host.to_owned(), ..self.clone() }
    }

    /// Comes over an encrypted connection: Secure cookies are kept and sent.
    #[must_use]
    pub fn https(&self) -> Self {
        Self { https: true, ..self.clone() }
    }

    /// Follows redirects within the application, as a browser does.
    #[must_use]
    pub fn following_redirects(&self) -> Self {
        Self { follow: true, ..self.clone() }
    }

    /// Moves the application's clock on.
    ///
    /// # Panics
    /// When the application was built with a clock of its own.
    #[track_caller]
    pub fn travel(&self, by: Duration) {
        let Some(clock) = &self.world.clock else {
            panic!("the application was built with .clock(...); turn that clock")
        };
        clock.advance(by);
    }

    /// Moves the application's clock on by minutes.
    ///
    /// # Panics
    /// As [`travel`](TestClient::travel).
    #[track_caller]
    pub fn travel_minutes(&self, minutes: u64) {
        self.travel(Duration::from_secs(minutes * 60));
    }

    /// A full URL of the application for a path; a full URL as it is.
    pub(super) fn url(&self, path: &str) -> String {
        if path.contains("://") { path.to_owned() } else { format!("{}{path}", self.origin()) }
    }

    pub(super) fn origin(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.host)
    }
}

macro_rules! without_body {
    ($($(#[$doc:meta])* $name:ident $method:ident;)+) => {
        impl TestClient {
            $(
                $(#[$doc])*
                #[track_caller]
                pub fn $name(&self, path: &str) -> TestRequest {
                    self.request(Method::$method, path)
                }
            )+
        }
    };
}

macro_rules! with_body {
    ($($name:ident $json:ident $method:ident;)+) => {
        impl TestClient {
            $(
                #[doc = concat!("Sends a form by ", stringify!($method), "; `()` is an empty one.")]
                #[track_caller]
                pub fn $name(&self, path: &str, form: impl FormFields) -> TestRequest {
                    self.request(Method::$method, path).form(form)
                }

                #[doc = concat!("Sends JSON by ", stringify!($method), ", and wants JSON.")]
                #[track_caller]
                pub fn $json(&self, path: &str, value: impl Serialize) -> TestRequest {
                    self.request(Method::$method, path).json(value)
                }
            )+
        }
    };
}

without_body! {
    /// Asks for a page.
    get GET;
    /// Asks for a page's headers.
    head HEAD;
    /// Asks for the methods of a path.
    options OPTIONS;
    /// Deletes something.
    delete DELETE;
}

with_body! {
    post post_json POST;
    put put_json PUT;
    patch patch_json PATCH;
}

#[track_caller]
pub(super) fn to_json(value: impl Serialize) -> Value {
    match serde_json::to_value(value) {
        Ok(value) => value,
        Err(error) => panic!("the test's value cannot be JSON: {error}"),
    }
}
