//! The middleware of pages for guests.

use std::sync::Arc;

use super::Auth;
use crate::http::{HttpRequest, IntoResponse, Middleware, Next, Result, redirect};

/// Lets guests through, for example to the login form, and redirects logged-in users to `home` of `config/auth.rs`.
///
/// Registered as `guest`.
pub(crate) struct RedirectIfAuthenticated(pub(crate) Arc<Auth>);

impl Middleware for RedirectIfAuthenticated {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        match self.0.account().await? {
            Some(_) => Ok(redirect(&self.0.config.home).into_response()),
            None => Ok(next.run(req).await),
        }
    }
}
