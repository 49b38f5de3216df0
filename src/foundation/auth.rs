//! The guard, from anywhere.

use std::sync::Arc;

use super::app;
use crate::auth::Auth;
use crate::http::Result;

/// The guard of the application: `auth().attempt(...)`, `auth().user::<User>()`, `auth().check()`.
///
/// ```
/// use lunox::prelude::*;
/// use lunox::auth::Authenticatable;
/// # struct User { name: String }
/// # impl Authenticatable for User {
/// #     fn auth_identifier(&self) -> String { String::new() }
/// #     fn auth_password(&self) -> &str { "" }
/// # }
///
/// async fn greet() -> Result {
///     let Some(user) = auth().user::<User>().await? else { return abort(401) };
///     Ok(format!("Hello {}", user.name).into_response())
/// }
/// ```
///
/// # Panics
/// When `AuthServiceProvider` is not registered, and as [`app()`](app).
#[track_caller]
pub fn auth() -> Arc<Auth> {
    match app().make::<Auth>() {
        Ok(auth) => auth,
        Err(_) => panic!(
            "auth() needs AuthServiceProvider: add it to the providers in config/app.rs, before those that call auth()"
        ),
    }
}

/// The hash of a password, for the users' table: argon2id with the parameters of `config/auth.rs` and a salt of its own.
///
/// It is computed off the async threads, a bounded number at once.
///
/// # Errors
/// 503 when too many passwords wait to be hashed.
///
/// # Panics
/// As [`auth()`](auth).
pub async fn hash_password(password: &str) -> Result<String> {
    auth().hash_password(password).await
}

/// Whether a hash, as [`hash_password`] made it, is that of a password.
///
/// # Errors
/// When the hash is not one of argon2, and 503 when too many passwords wait to be hashed.
///
/// # Panics
/// As [`auth()`](auth).
pub async fn verify_password(password: &str, hash: &str) -> Result<bool> {
    auth().verify_password(password, hash).await
}
