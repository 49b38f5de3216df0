//! Where users are kept.

use std::any::{TypeId, type_name};
use std::future::Future;

use super::user::Account;
use super::{Authenticatable, Credentials};
use crate::error::Error;
use crate::http::Result;
use crate::support::BoxFuture;

/// Finds users where the application keeps them. Give it to the guard in a provider's `boot`:
/// `auth().provider(Users)`.
///
/// Over a table each method is one statement. A user who may not log in any more, because the account was disabled, is
/// one that neither method finds: the sessions of that user end with their next request.
///
/// ```
/// # use lunox::prelude::*;
/// # use lunox::auth::{Authenticatable, Credentials, UserProvider};
/// # struct User;
/// # impl Authenticatable for User {
/// #     fn auth_identifier(&self) -> String { String::new() }
/// #     fn auth_password(&self) -> &str { "" }
/// # }
/// # async fn fetch_optional(_: &str, _: &str) -> Result<Option<User>> { Ok(None) }
/// # async fn execute(_: &str, _: [&str; 3]) -> Result<u64> { Ok(0) }
/// struct Users;
///
/// impl UserProvider for Users {
///     type User = User;
///
///     async fn retrieve_by_id(&self, id: &str) -> Result<Option<User>> {
///         fetch_optional("select * from users where id = ?", id).await
///     }
///
///     async fn retrieve_by_credentials(&self, by: &Credentials) -> Result<Option<User>> {
///         let Some(email) = by.get("email") else { return Ok(None) };
///         fetch_optional("select * from users where email = ?", email).await
///     }
///
///     async fn update_password(&self, user: &User, hash: &str) -> Result<bool> {
///         let sql = "update users set password = ? where id = ? and password = ?";
///         let rows = execute(sql, [hash, &user.auth_identifier(), user.auth_password()]).await?;
///         Ok(rows == 1)
///     }
/// }
/// ```
pub trait UserProvider: Send + Sync + 'static {
    /// The application's own type of user.
    type User: Authenticatable;

    /// The user whose [`auth_identifier`](Authenticatable::auth_identifier) this is.
    ///
    /// # Errors
    /// When the users cannot be read.
    fn retrieve_by_id(&self, id: &str) -> impl Future<Output = Result<Option<Self::User>>> + Send;

    /// The user whom the fields of the credentials name. The password is not among them.
    ///
    /// # Errors
    /// When the users cannot be read.
    fn retrieve_by_credentials(
        &self,
        by: &Credentials,
    ) -> impl Future<Output = Result<Option<Self::User>>> + Send;

    /// Replaces the hash of the user's password if it is still the one that `user` has. Returns whether it was.
    ///
    /// Called with another hash of the same password: at a login after the parameters of hashing have changed, and by
    /// [`logout_other_devices`](super::Auth::logout_other_devices); with that of a new one by
    /// [`reset_password`](super::Auth::reset_password). Comparing and writing are one statement, because the
    /// password may just have been changed.
    ///
    /// # Errors
    /// When the users cannot be written.
    fn update_password(
        &self,
        user: &Self::User,
        hash: &str,
    ) -> impl Future<Output = Result<bool>> + Send;
}

/// The same trait for the guard, which has no type parameter.
pub(super) trait ErasedUsers: Send + Sync {
    fn by_id<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Account>>>;
    fn by_credentials<'a>(&'a self, by: &'a Credentials) -> BoxFuture<'a, Result<Option<Account>>>;
    fn update<'a>(&'a self, account: &'a Account, hash: &'a str) -> BoxFuture<'a, Result<bool>>;

    /// The type of its users, with its name.
    fn user_type(&self) -> (TypeId, &'static str);
}

impl<P: UserProvider> ErasedUsers for P {
    fn by_id<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Account>>> {
        Box::pin(async move { Ok(self.retrieve_by_id(id).await?.map(Account::new)) })
    }

    fn by_credentials<'a>(&'a self, by: &'a Credentials) -> BoxFuture<'a, Result<Option<Account>>> {
        Box::pin(async move { Ok(self.retrieve_by_credentials(by).await?.map(Account::new)) })
    }

    fn update<'a>(&'a self, account: &'a Account, hash: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let user = account.clone().downcast::<P::User>()?;
            self.update_password(&user, hash).await
        })
    }

    fn user_type(&self) -> (TypeId, &'static str) {
        (TypeId::of::<P::User>(), type_name::<P::User>())
    }
}

/// That a provider finds users of this type.
pub(super) fn expect_type<U: Authenticatable>(users: &dyn ErasedUsers) -> Result<()> {
    let (id, name) = users.user_type();
    if id == TypeId::of::<U>() {
        return Ok(());
    }
    let given = type_name::<U>();
    Err(Error::with_source(
        500,
        format!("a `{given}` cannot log in: the user provider finds `{name}`"),
    ))
}
