//! The middleware that asks for the password again.

use std::time::Duration;

use crate::error::Error;
use crate::http::{HttpRequest, IntoResponse, Middleware, Next, Redirect, Result};
use crate::routing::{ParameterError, try_route};

/// Three hours, as in Laravel.
const WITHIN: Duration = Duration::from_secs(3 * 60 * 60);

/// Lets a visitor pass who gave the password again not long ago; others are sent to give it.
///
/// Registered as `password.confirm`. Parameters: the name of the route that asks for the password (default
/// `password.confirm`), and for how many seconds an answer counts (default three hours). JSON clients get 423.
/// The page that was asked for is kept for [`Redirect::intended`].
///
/// ```
/// use lunox::prelude::*;
/// use lunox::testing::TestApp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = TestApp::new()
///     .routes(|route| {
///         route.get("/danger", async || "gone").middleware("password.confirm");
///         route.get("/confirm", async || "your password, please").name("password.confirm");
///         route.post("/confirm", async |req: HttpRequest| {
///             req.session().password_confirmed();
///             Redirect::intended("/")
///         });
///     })
///     .client()
///     .await;
/// client.get("/danger").await.assert_redirect("/confirm");
/// client.post("/confirm", ()).await.assert_redirect("/danger");
/// client.get("/danger").await.assert_text("gone");
/// client.travel_minutes(3 * 60);
/// client.get("/danger").await.assert_redirect("/confirm");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RequirePassword {
    route: String,
    within: Duration,
}

impl RequirePassword {
    /// Sends visitors to the route of this name unless they gave the password within this time.
    pub fn new(route: impl Into<String>, within: Duration) -> Self {
        Self { route: route.into(), within }
    }

    /// From what follows the name of the middleware: `password.confirm:route,seconds`.
    pub(crate) fn from_parameters(parameters: &[&str]) -> Result<Self, ParameterError> {
        let (route, within) = match parameters {
            [] => ("password.confirm", WITHIN),
            [route] => (*route, WITHIN),
            [route, seconds] => match seconds.parse() {
                Ok(seconds) if seconds > 0 => (*route, Duration::from_secs(seconds)),
                _ => return Err(ParameterError(format!("`{seconds}` is no number of seconds"))),
            },
            _ => return Err(ParameterError("it takes a route's name and seconds".to_owned())),
        };
        Ok(Self::new(route, within))
    }
}

impl Middleware for RequirePassword {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        if req.session().password_confirmed_within(self.within) {
            return Ok(next.run(req).await);
        }
        if req.expects_json() {
            return Err(Error::new(423, "the password has to be confirmed first"));
        }
        let asks = try_route(&self.route, ()).map_err(|error| {
            Error::with_source(
                500,
                format!("the middleware `password.confirm` cannot ask: {error}"),
            )
        })?;
        Ok(Redirect::guest(asks).into_response())
    }
}
