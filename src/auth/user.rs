//! Whoever logs in.

use std::any::{Any, type_name};
use std::sync::Arc;

use crate::error::Error;
use crate::http::Result;

/// What the guard asks of the application's own type of user.
///
/// ```
/// use lunox::auth::Authenticatable;
///
/// struct User {
///     id: i64,
///     email: String,
///     password: String,
/// }
///
/// impl Authenticatable for User {
///     fn auth_identifier(&self) -> String {
///         self.id.to_string()
///     }
///
///     fn auth_password(&self) -> &str {
///         &self.password
///     }
/// }
/// ```
pub trait Authenticatable: Send + Sync + 'static {
    /// What the session keeps of the user, and what the provider finds the user by: the primary key, as text.
    ///
    /// It never changes, and no later user gets it again.
    fn auth_identifier(&self) -> String;

    /// The hash of the password, as [`hash_password`](crate::foundation::hash_password) returned it. Empty for a user
    /// who has none, and who cannot log in with one.
    fn auth_password(&self) -> &str;
}

/// A user of any type, as the provider found it.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) hash: String,
    pub(crate) user: Arc<dyn Any + Send + Sync>,
}

impl Account {
    pub(super) fn new(user: impl Authenticatable) -> Self {
        let (id, hash) = (user.auth_identifier(), user.auth_password().to_owned());
        Self { id, hash, user: Arc::new(user) }
    }

    /// The user as the application's type.
    pub(super) fn downcast<U: Authenticatable>(self) -> Result<Arc<U>> {
        self.user.downcast().map_err(|_| {
            Error::with_source(
                500,
                format!(
                    "the user provider finds no `{}`: ask for the type of its users",
                    type_name::<U>()
                ),
            )
        })
    }
}
