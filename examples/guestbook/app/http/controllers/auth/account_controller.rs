//! The page of the user who is logged in.

use lunox::prelude::*;
use lunox::throttle::LoginAttempt;

use super::password_errors;
use crate::models::user::User;

pub struct AccountController;

impl AccountController {
    pub async fn show(req: HttpRequest) -> Result {
        let Some(user) = req.user::<User>().await? else { return abort(401) };
        Ok(view("auth.account", &*user))
    }

    /// Changes the password. All other sessions of the user end, and this browser stays logged in.
    pub async fn update_password(req: HttpRequest) -> Result {
        let Some(user) = req.user::<User>().await? else { return abort(401) };
        let (page, mut errors) = (to_route("account", ()), password_errors(&req));
        if errors.is_empty() {
            let attempt = LoginAttempt::begin(&req, &user.email).await?;
            let (current, new) = (req.string("current_password"), req.string("password"));
            if auth().change_password(&current, &new).await? {
                attempt.succeeded().await?;
                return Ok(page.with("status", "Your password has been changed.").into_response());
            }
            errors.push(("current_password", "This is not your password."));
        }
        Ok(page.with_errors(errors).into_response())
    }

    /// Asks whether the account is to be deleted.
    pub async fn delete() -> Result {
        Ok(view("auth.delete", ()))
    }

    pub async fn destroy(req: HttpRequest) -> Result {
        let Some(user) = req.user::<User>().await? else { return abort(401) };
        user.delete().await?;
        auth().logout().await?;
        Ok(redirect("/").into_response())
    }
}
