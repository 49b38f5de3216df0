//! The middleware that asks for the password again, for users.

use std::sync::Arc;

use super::Auth;
use super::authenticate::turn_away;
use crate::http::{HttpRequest, Middleware, Next, Result};
use crate::web::RequirePassword;

/// [`RequirePassword`] for visitors who are logged in; guests are sent to log in, as by the middleware `auth`.
///
/// Registered as `password.confirm` in place of `RequirePassword` alone.
pub(crate) struct Confirmed {
    pub(crate) auth: Arc<Auth>,
    pub(crate) require: RequirePassword,
}

impl Middleware for Confirmed {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        match self.auth.account().await? {
            Some(_) => self.require.handle(req, next).await,
            None => turn_away(&self.auth, &req),
        }
    }
}
