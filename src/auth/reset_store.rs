//! Where links for forgotten passwords are kept.

use std::future::Future;
use std::sync::{Arc, RwLock};

use crate::http::Result;
use crate::support::BoxFuture;
use crate::support::lock::{read, write};

/// A link for a forgotten password, as a [`ResetStore`] keeps it: one row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordReset {
    /// The user's [identifier](super::Authenticatable::auth_identifier): the primary key.
    pub user: String,
    /// The hash of the token, 43 characters; unique.
    pub token: String,
    /// The fingerprint of the password that was forgotten, as JSON.
    pub state: String,
    /// When it was made, in unix seconds.
    pub created: i64,
}

/// Keeps the links for forgotten passwords. Give it to the guard in a provider's `boot`:
/// `auth().reset_in(MemoryResets::default())`.
///
/// Over a table each method is one statement; the columns are the fields of [`PasswordReset`].
pub trait ResetStore: Send + Sync + 'static {
    /// Adds a link in place of the user's old one, unless that was made after `before`. Returns whether it was added.
    ///
    /// Comparing and writing are one statement: `insert ... on conflict (user) do update set ... where created <= ?`.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn put(&self, reset: PasswordReset, before: i64) -> impl Future<Output = Result<bool>> + Send;

    /// A link by the hash of its token.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn find(&self, token: &str) -> impl Future<Output = Result<Option<PasswordReset>>> + Send;

    /// Removes a link by the hash of its token. Returns whether it was there: of parallel uses one wins.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn take(&self, token: &str) -> impl Future<Output = Result<bool>> + Send;
}

/// Links in memory, for tests and for one process: they are gone when it ends. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryResets(Arc<RwLock<Vec<PasswordReset>>>);

impl ResetStore for MemoryResets {
    async fn put(&self, reset: PasswordReset, before: i64) -> Result<bool> {
        let mut resets = write(&self.0);
        if resets.iter().any(|old| old.user == reset.user && old.created > before) {
            return Ok(false);
        }
        resets.retain(|old| old.user != reset.user);
        resets.push(reset);
        Ok(true)
    }

    async fn find(&self, token: &str) -> Result<Option<PasswordReset>> {
        Ok(read(&self.0).iter().find(|reset| reset.token == token).cloned())
    }

    async fn take(&self, token: &str) -> Result<bool> {
        let mut resets = write(&self.0);
        let before = resets.len();
        resets.retain(|reset| reset.token != token);
        Ok(resets.len() < before)
    }
}

/// The same trait for the guard, which has no type parameter.
pub(super) trait ErasedResets: Send + Sync {
    fn put(&self, reset: PasswordReset, before: i64) -> BoxFuture<'_, Result<bool>>;
    fn find<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<PasswordReset>>>;
    fn take<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<bool>>;
}

impl<S: ResetStore> ErasedResets for S {
    fn put(&self, reset: PasswordReset, before: i64) -> BoxFuture<'_, Result<bool>> {
        Box::pin(ResetStore::put(self, reset, before))
    }

    fn find<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<PasswordReset>>> {
        Box::pin(ResetStore::find(self, token))
    }

    fn take<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(ResetStore::take(self, token))
    }
}
