//! Makes accounts.

use lunox::prelude::*;

use super::{email, is_email, password_errors};
use crate::models::user::User;

pub struct RegisterController;

impl RegisterController {
    pub async fn create() -> Result {
        Ok(view("auth.register", ()))
    }

    /// Makes an account and logs its user in.
    pub async fn store(req: HttpRequest) -> Result {
        let (name, email) = (req.string("name"), email(&req));
        let mut errors = password_errors(&req);
        match name.chars().count() {
            0 => errors.push(("name", "Write your name.")),
            101.. => errors.push(("name", "A name has up to 100 characters.")),
            _ => {}
        }
        if !is_email(&email) {
            errors.push(("email", "Write your email address, such as ada@example.com."));
        }
        if errors.is_empty() {
            let hash = hash_password(&req.string("password")).await?;
            if let Some(user) = User::create(&name, &email, &hash).await? {
                auth().login(&user).await?;
                return Ok(Redirect::intended(route("account", ())).into_response());
            }
            errors.push(("email", "There is an account with this address. Log in instead."));
        }
        Ok(to_route("register", ()).with_input().with_errors(errors).into_response())
    }
}
