//! Sends links to those who have forgotten their password, and takes the new one.

use lunox::prelude::*;

use super::{email, is_email, password_errors};

pub struct ForgottenController;

impl ForgottenController {
    /// The page that asks for the address.
    pub async fn create() -> Result {
        Ok(view("auth.forgot", ()))
    }

    /// Sends a link. The answer is the same whether there is such an account.
    pub async fn store(req: HttpRequest) -> Result {
        let (email, page) = (email(&req), to_route("password.request", ()));
        if !is_email(&email) {
            let wrong = [("email", "Write your email address, such as ada@example.com.")];
            return Ok(page.with_input().with_errors(wrong).into_response());
        }
        auth().send_reset_link([("email", email)]).await?;
        let sent = "If there is an account with this address, a link is on its way to it.";
        Ok(page.with("status", sent).into_response())
    }

    /// The page that a link leads to.
    pub async fn edit(_req: HttpRequest, token: String) -> Result {
        Ok(view("auth.reset", context! { token }))
    }

    /// Stores the new password. Nobody is logged in by it, and all sessions of the user end.
    pub async fn update(req: HttpRequest, token: String) -> Result {
        let mut errors = password_errors(&req);
        if errors.is_empty() {
            if auth().reset_password(&token, &req.string("password")).await? {
                let status = "Your password has been changed. Log in with it.";
                return Ok(to_route("login", ()).with("status", status).into_response());
            }
            errors.push(("form", "This link has expired or was used. Ask for another one."));
        }
        Ok(to_route("password.reset", [("token", token)]).with_errors(errors).into_response())
    }
}
