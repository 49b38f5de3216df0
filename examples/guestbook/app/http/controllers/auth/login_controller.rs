//! Logs visitors in and out.

use lunox::prelude::*;
use lunox::throttle::LoginAttempt;

use super::email;

pub struct LoginController;

impl LoginController {
    pub async fn create() -> Result {
        Ok(view("auth.login", ()))
    }

    /// Logs the visitor in. The answer does not show whether there is such an account, and neither does its time.
    pub async fn store(req: HttpRequest) -> Result {
        let email = email(&req);
        // Counts as a failure until it has succeeded; too many are answered with 429.
        let attempt = LoginAttempt::begin(&req, &email).await?;
        let password = req.string("password");
        if !auth().attempt([("email", email), ("password", password)]).await? {
            let wrong = [("email", "No account has this address and this password.")];
            return Ok(to_route("login", ()).with_input().with_errors(wrong).into_response());
        }
        attempt.succeeded().await?;
        if req.boolean("remember") {
            auth().remember().await?;
        }
        if auth().was_stolen() {
            // The page says so, and has the form for another password.
            return Ok(to_route("account", ()).into_response());
        }
        Ok(Redirect::intended(route("account", ())).into_response())
    }

    pub async fn destroy() -> Result {
        auth().logout().await?;
        Ok(redirect("/").into_response())
    }
}
