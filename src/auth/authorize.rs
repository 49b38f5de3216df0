//! The middleware that asks for an ability.

use std::sync::Arc;

use super::Auth;
use crate::http::{HttpRequest, Middleware, Next, Result};
use crate::routing::ParameterError;

/// Lets visitors pass who have an ability; others get 403.
///
/// Registered as `can`: `"can:administer"` names an ability that [`Auth::define`] has defined for `&()`.
pub(crate) struct Authorize {
    auth: Arc<Auth>,
    ability: String,
}

impl Authorize {
    pub(crate) fn from_parameters(
        auth: &Arc<Auth>,
        parameters: &[&str],
    ) -> std::result::Result<Self, ParameterError> {
        let [ability] = parameters else {
            return Err(ParameterError("it takes one ability; write can:administer".to_owned()));
        };
        auth.check_ability(ability).map_err(ParameterError)?;
        Ok(Self { auth: Arc::clone(auth), ability: (*ability).to_owned() })
    }
}

impl Middleware for Authorize {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        self.auth.authorize(&self.ability, &()).await?;
        Ok(next.run(req).await)
    }
}
