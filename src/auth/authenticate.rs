//! The middleware that keeps guests out.

use std::sync::Arc;

use super::Auth;
use crate::error::Error;
use crate::http::{HttpRequest, IntoResponse, Middleware, Next, Redirect, Result};
use crate::routing::try_route;

/// Lets visitors pass who are logged in; guests are sent to the route named `login`.
///
/// Registered as `auth`. The page that was asked for is kept for [`Redirect::intended`]. JSON clients get 401, and so does
/// everybody if no route has that name.
pub(crate) struct Authenticate(pub(crate) Arc<Auth>);

impl Middleware for Authenticate {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        match self.0.account().await? {
            Some(_) => Ok(next.run(req).await),
            None => turn_away(&self.0, &req),
        }
    }
}

/// What a guest is told.
pub(super) const UNAUTHENTICATED: &str = "Unauthenticated.";

/// What a guest is answered.
pub(super) fn turn_away(auth: &Auth, req: &HttpRequest) -> Result {
    if req.expects_json() {
        return Err(Error::new(401, UNAUTHENTICATED));
    }
    match try_route(&auth.config.login, ()) {
        Ok(login) => Ok(Redirect::guest(login).into_response()),
        Err(error) => Err(Error::with_source(
            401,
            format!("the middleware `auth` has no page to send guests to: {error}"),
        )
        .message_for_visitor(UNAUTHENTICATED)),
    }
}
