//! Confirming a password, and changing it.

use super::guard::{GUARD, login_of};
use super::{Auth, Authenticatable};
use crate::http::{HttpRequest, Result, request};
use crate::session::{SessionManager, UserSessions};

impl Auth {
    /// The hash of a password, for the users' table.
    ///
    /// # Errors
    /// 503 when too many passwords wait to be hashed.
    pub async fn hash_password(&self, password: &str) -> Result<String> {
        self.hasher.hash(password).await
    }

    /// Whether a hash is that of a password.
    ///
    /// # Errors
    /// When the hash is not one of argon2, and 503 when too many passwords wait to be hashed.
    pub async fn verify_password(&self, password: &str, hash: &str) -> Result<bool> {
        self.hasher.verify(password, hash).await
    }

    /// Notes that the visitor has given the password again, if it is the user's; false if it is not.
    ///
    /// The middleware `password.confirm` lets the visitor pass then. The session gets a new token, since it has more
    /// rights than before (OWASP ASVS 5.0, 7.2.4).
    ///
    /// ```
    /// use lunox::prelude::*;
    ///
    /// async fn confirm(req: HttpRequest) -> Result {
    ///     if auth().confirm_password(&req.string("password")).await? {
    ///         return Ok(Redirect::intended("/").into_response());
    ///     }
    ///     Ok(back().with_errors([("password", "This is not your password.")]).into_response())
    /// }
    /// ```
    ///
    /// # Errors
    /// When the users cannot be read, and 503 when too many passwords wait to be hashed.
    pub async fn confirm_password(&self, password: &str) -> Result<bool> {
        let Some(account) = self.account().await? else { return Ok(false) };
        if !self.hasher.verify_login(password, Some(&account.hash)).await? {
            return Ok(false);
        }
        let session = request().session();
        session.regenerate();
        session.password_confirmed();
        Ok(true)
    }

    /// Stores another password for the user who is logged in, if `current` is the user's; false if it is not.
    ///
    /// The visitor stays logged in, under a new token. Every other session of the user ends, and all remembered devices
    /// are forgotten but this one. Check the new password first.
    ///
    /// # Errors
    /// When the users cannot be read or written, and 503 when too many passwords wait to be hashed.
    pub async fn change_password(&self, current: &str, new: &str) -> Result<bool> {
        let Some(account) = self.account().await? else { return Ok(false) };
        if !self.hasher.verify_login(current, Some(&account.hash)).await? {
            return Ok(false);
        }
        let hash = self.hasher.hash(new).await?;
        if !self.users()?.update(&account, &hash).await? {
            // The password has just been changed, by somebody who does not know that this session goes on.
            return Ok(false);
        }
        self.renew(&account.id, &hash).await?;
        Ok(true)
    }

    /// Does what [`change_password`](Self::change_password) does, after the application has stored the new hash itself.
    ///
    /// Call it with the changed user. A user who is not the one who is logged in, as when an administrator sets a password,
    /// is logged out everywhere, and the visitor stays who they are.
    ///
    /// # Errors
    /// When what belongs to the logins elsewhere cannot be ended.
    pub async fn password_changed(&self, user: &impl Authenticatable) -> Result<()> {
        self.renew(&user.auth_identifier(), user.auth_password()).await
    }

    /// Ends every other session of the user who is logged in, if this is the user's password; false if it is not.
    ///
    /// The password is hashed anew and stored, so that no fingerprint of the old hash fits.
    ///
    /// # Errors
    /// As [`change_password`](Self::change_password).
    pub async fn logout_other_devices(&self, password: &str) -> Result<bool> {
        self.change_password(password, password).await
    }

    async fn renew(&self, id: &str, hash: &str) -> Result<()> {
        let req = request();
        let session = req.session();
        let here = login_of(&session).filter(|login| login.id == id).map(|_| {
            session.regenerate();
            self.note(&session, id, hash)
        });
        self.forget_devices(id, here).await?;
        end_others(&req, id).await;
        Ok(())
    }
}

/// Ends the user's sessions but this one, where the driver has a list of them.
///
/// Those that are not ended here end with their next request: the fingerprint of the password does not fit.
pub(super) async fn end_others(req: &HttpRequest, user: &str) {
    let Ok(manager) = req.container().make::<SessionManager>() else { return };
    let Some(sessions) = UserSessions::of(&manager, GUARD, user) else { return };
    let here = req.try_session().map(|session| session.id()).unwrap_or_default();
    if let Err(error) = sessions.end_others(here).await {
        tracing::warn!("sessions could not be ended after a change of password: {error}");
    }
}
