//! Asks for the password again, for routes with the middleware `password.confirm`.

use lunox::prelude::*;
use lunox::throttle::LoginAttempt;

use crate::models::user::User;

pub struct ConfirmController;

impl ConfirmController {
    pub async fn create() -> Result {
        Ok(view("auth.confirm", ()))
    }

    /// Leads to the page that asked, if the password is right.
    pub async fn store(req: HttpRequest) -> Result {
        let Some(user) = req.user::<User>().await? else { return abort(401) };
        let attempt = LoginAttempt::begin(&req, &user.email).await?;
        if !auth().confirm_password(&req.string("password")).await? {
            let wrong = [("password", "This is not your password.")];
            return Ok(to_route("password.confirm", ()).with_errors(wrong).into_response());
        }
        attempt.succeeded().await?;
        Ok(Redirect::intended(route("account", ())).into_response())
    }
}
