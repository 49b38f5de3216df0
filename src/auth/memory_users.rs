//! Users in memory.

use std::sync::{Arc, RwLock};

use super::{Authenticatable, Credentials, UserProvider};
use crate::http::Result;
use crate::support::lock::{read, write};

/// Users in memory, found by one field: for tests, and for an application with a handful of fixed accounts.
///
/// ```
/// use lunox::auth::MemoryUsers;
/// # use lunox::auth::Authenticatable;
/// # #[derive(Clone)]
/// # struct User { id: u64, email: String, password: String }
/// # impl Authenticatable for User {
/// #     fn auth_identifier(&self) -> String { self.id.to_string() }
/// #     fn auth_password(&self) -> &str { &self.password }
/// # }
///
/// let users = MemoryUsers::new(
///     "email",
///     |user: &User| user.email.clone(),
///     |user, hash| user.password = hash,
/// );
/// users.insert(User { id: 7, email: "ada@example.com".into(), password: "...".into() });
/// assert!(users.find("7").is_some());
/// ```
///
/// Clones share their users. What changes is gone when the process ends.
#[derive(Clone)]
pub struct MemoryUsers<U>(Arc<Inner<U>>);

type SetPassword<U> = Box<dyn Fn(&mut U, String) + Send + Sync>;

struct Inner<U> {
    field: String,
    value: Box<dyn Fn(&U) -> String + Send + Sync>,
    set_password: SetPassword<U>,
    users: RwLock<Vec<U>>,
}

impl<U: Authenticatable + Clone> MemoryUsers<U> {
    /// No users yet: those to come are found by the `field` of the credentials, whose value in a user is `value`.
    pub fn new(
        field: impl Into<String>,
        value: impl Fn(&U) -> String + Send + Sync + 'static,
        set_password: impl Fn(&mut U, String) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            field: field.into(),
            value: Box::new(value),
            set_password: Box::new(set_password),
            users: RwLock::default(),
        }))
    }

    /// Adds a user, in place of one with the same identifier.
    pub fn insert(&self, user: U) {
        self.remove(&user.auth_identifier());
        write(&self.0.users).push(user);
    }

    /// Removes a user. The user's sessions end with their next request.
    pub fn remove(&self, id: &str) {
        write(&self.0.users).retain(|user| user.auth_identifier() != id);
    }

    /// A user by the identifier.
    pub fn find(&self, id: &str) -> Option<U> {
        read(&self.0.users).iter().find(|user| user.auth_identifier() == id).cloned()
    }
}

impl<U: Authenticatable + Clone> UserProvider for MemoryUsers<U> {
    type User = U;

    async fn retrieve_by_id(&self, id: &str) -> Result<Option<U>> {
        Ok(self.find(id))
    }

    async fn retrieve_by_credentials(&self, by: &Credentials) -> Result<Option<U>> {
        let Some(wanted) = by.get(&self.0.field) else { return Ok(None) };
        Ok(read(&self.0.users).iter().find(|user| (self.0.value)(user) == wanted).cloned())
    }

    async fn update_password(&self, user: &U, hash: &str) -> Result<bool> {
        let mut users = write(&self.0.users);
        let stored = users.iter_mut().find(|other| {
            other.auth_identifier() == user.auth_identifier()
                && other.auth_password() == user.auth_password()
        });
        match stored {
            Some(stored) => {
                (self.0.set_password)(stored, hash.to_owned());
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
