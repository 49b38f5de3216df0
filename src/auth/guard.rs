//! The guard, which logs users in and out and knows the current user.

use std::fmt::Display;
use std::sync::{Arc, RwLock};

use super::gate::Gate;
use super::hasher::Hasher;
use super::login::{Fingerprints, Login, RESERVED_LOGIN};
use super::provider::{ErasedUsers, expect_type};
use super::remember_store::ErasedDevices;
use super::reset::Resets;
use super::user::Account;
use super::{AuthConfig, Authenticatable, Credentials, UserProvider};
use crate::encryption::{Keyring, Signer};
use crate::error::Error;
use crate::http::{HttpRequest, Result, request, try_request};
use crate::session::Session;
use crate::support::lock::{read, write};

/// Logs visitors in and out, and says who they are. [`auth()`](crate::foundation::auth) returns the application's.
///
/// Calls are about the request that the task is answering. Those that may have to ask the user provider are awaited.
pub struct Auth {
    pub(super) config: AuthConfig,
    pub(super) hasher: Hasher,
    pub(super) fingerprints: Fingerprints,
    pub(super) gate: RwLock<Gate>,
    users: RwLock<Option<Arc<dyn ErasedUsers>>>,
    pub(super) devices: RwLock<Option<Arc<dyn ErasedDevices>>>,
    /// Makes the tokens that follow those of a device.
    pub(super) successors: Signer,
    pub(super) resets: Resets,
}

/// The name of the guard in the driver's index; there is one.
pub(super) const GUARD: &str = "web";

/// The user whom this request has found already.
struct Known {
    account: Account,
    /// What the session said then; `None` for a login of this request alone.
    login: Option<Login>,
}

impl Auth {
    pub(crate) fn new(config: AuthConfig, keys: &Keyring) -> std::result::Result<Self, String> {
        Ok(Self {
            hasher: Hasher::new(&config)?,
            fingerprints: Fingerprints::new(keys),
            config,
            gate: RwLock::default(),
            users: RwLock::default(),
            devices: RwLock::default(),
            successors: keys.signer("auth.remember"),
            resets: Resets::default(),
        })
    }

    /// Finds users through this provider, in place of the one before. Call it in a provider's `boot`.
    pub fn provider(&self, users: impl UserProvider) {
        *write(&self.users) = Some(Arc::new(users));
    }

    pub(crate) fn has_provider(&self) -> bool {
        read(&self.users).is_some()
    }

    pub(super) fn users(&self) -> Result<Arc<dyn ErasedUsers>> {
        read(&self.users).clone().ok_or_else(|| {
            Error::with_source(
                500,
                "no user provider is set; call auth().provider(...) in the boot() of a service provider",
            )
        })
    }

    /// Logs in whoever has these credentials; false when nobody has.
    ///
    /// ```
    /// use lunox::prelude::*;
    ///
    /// async fn store(req: HttpRequest) -> Result {
    ///     let credentials = [("email", req.string("email")), ("password", req.string("password"))];
    ///     if auth().attempt(credentials).await? {
    ///         return Ok(Redirect::intended("/dashboard").into_response());
    ///     }
    ///     let wrong = [("email", "These credentials do not match our records.")];
    ///     Ok(back().with_errors(wrong).with_input().into_response())
    /// }
    /// ```
    ///
    /// Answer a false in the same words whatever was wrong. It takes as long for an account that does not exist. A hash that
    /// was made with other parameters than those of `config/auth.rs` is replaced.
    ///
    /// # Errors
    /// When the users cannot be read, and 503 when too many passwords wait to be hashed.
    pub async fn attempt(&self, credentials: impl Into<Credentials>) -> Result<bool> {
        let Some(account) = self.validated(credentials.into()).await? else { return Ok(false) };
        let login = self.enter(&account.id, &account.hash).await?;
        keep(account, Some(login));
        Ok(true)
    }

    /// Whether somebody has these credentials; nobody is logged in.
    ///
    /// # Errors
    /// As [`attempt`](Self::attempt).
    pub async fn validate(&self, credentials: impl Into<Credentials>) -> Result<bool> {
        Ok(self.validated(credentials.into()).await?.is_some())
    }

    /// As [`attempt`](Self::attempt), for this request alone: the session is left as it is.
    ///
    /// # Errors
    /// As [`attempt`](Self::attempt).
    pub async fn once(&self, credentials: impl Into<Credentials>) -> Result<bool> {
        let Some(account) = self.validated(credentials.into()).await? else { return Ok(false) };
        keep(account, None);
        Ok(true)
    }

    /// Logs a user in, for this request alone; false when no user has this identifier.
    ///
    /// # Errors
    /// When the users cannot be read.
    pub async fn once_using_id(&self, id: impl Display) -> Result<bool> {
        let Some(account) = self.users()?.by_id(&id.to_string()).await? else { return Ok(false) };
        keep(account, None);
        Ok(true)
    }

    /// Logs a user in: one who has just registered, say.
    ///
    /// The session gets a new token, so that one that was planted before is worth nothing. What a guest had in it stays; what
    /// another user had in it does not.
    ///
    /// # Errors
    /// When the user provider finds users of another type.
    ///
    /// # Panics
    /// On a route without a session.
    pub async fn login<U: Authenticatable>(&self, user: &U) -> Result<()> {
        expect_type::<U>(&*self.users()?)?;
        self.enter(&user.auth_identifier(), user.auth_password()).await?;
        Ok(())
    }

    /// Logs a user in by the identifier; false when no user has it.
    ///
    /// # Errors
    /// When the users cannot be read.
    ///
    /// # Panics
    /// On a route without a session.
    pub async fn login_using_id(&self, id: impl Display) -> Result<bool> {
        let Some(account) = self.users()?.by_id(&id.to_string()).await? else { return Ok(false) };
        let login = self.enter(&account.id, &account.hash).await?;
        keep(account, Some(login));
        Ok(true)
    }

    /// Logs the visitor out: the session ends with everything in it, and a new one begins.
    ///
    /// # Errors
    /// When what belongs to the login elsewhere cannot be ended.
    ///
    /// # Panics
    /// On a route without a session.
    pub async fn logout(&self) -> Result<()> {
        let req = request();
        self.forget_device(&req).await?;
        req.share(Arc::new(None::<Known>));
        req.session().invalidate();
        Ok(())
    }

    /// The user who is logged in. The provider is asked once a request.
    ///
    /// A login ends when the user is not found any more, or has another password than at the login.
    ///
    /// # Errors
    /// When the users cannot be read, or are of another type.
    pub async fn user<U: Authenticatable>(&self) -> Result<Option<Arc<U>>> {
        self.account().await?.map(Account::downcast).transpose()
    }

    /// Whether the session says that somebody is logged in.
    ///
    /// The provider is not asked: behind the middleware `auth`, or after [`user`](Self::user), the answer is checked; elsewhere
    /// a password that was changed in another browser is not noticed.
    pub fn check(&self) -> bool {
        self.id().is_some()
    }

    /// Whether nobody is logged in.
    pub fn guest(&self) -> bool {
        !self.check()
    }

    /// The identifier of the user who is logged in, as [`check`](Self::check) finds out.
    pub fn id(&self) -> Option<String> {
        let req = try_request()?;
        match known(&req).as_deref() {
            Some(Some(Known { account, login: None })) => Some(account.id.clone()),
            _ => login_of(&req.try_session()?).map(|login| login.id),
        }
    }

    /// The user who is logged in, checked.
    pub(super) async fn account(&self) -> Result<Option<Account>> {
        let Some(req) = try_request() else { return Ok(None) };
        let known = known(&req);
        let known = known.as_deref().and_then(Option::as_ref);
        if let Some(Known { account, login: None }) = known {
            return Ok(Some(account.clone()));
        }
        let Some(session) = req.try_session() else { return Ok(None) };
        let Some(login) = login_of(&session) else { return self.recall(&req).await };
        if let Some(known) = known.filter(|known| known.login.as_ref() == Some(&login)) {
            return Ok(Some(known.account.clone()));
        }
        let found = self.users()?.by_id(&login.id).await?;
        match found.filter(|account| self.fingerprints.fits(&login, account)) {
            Some(account) => {
                keep(account.clone(), Some(login));
                Ok(Some(account))
            }
            None => {
                end_stale(&session, &login);
                Ok(None)
            }
        }
    }

    /// Whoever has these credentials.
    async fn validated(&self, credentials: Credentials) -> Result<Option<Account>> {
        let Some(password) = credentials.password() else {
            return Err(Error::with_source(500, "the credentials have no `password`"));
        };
        let users = self.users()?;
        let found = users.by_credentials(&credentials).await?;
        let hash = found.as_ref().map(|account| account.hash.as_str());
        if !self.hasher.verify_login(password, hash).await? {
            return Ok(None);
        }
        match found {
            Some(account) if self.hasher.needs_rehash(&account.hash) => {
                self.rehash(&*users, account, password).await.map(Some)
            }
            found => Ok(found),
        }
    }

    /// Replaces a hash that was made with other parameters. That it cannot be replaced keeps nobody out.
    async fn rehash(
        &self,
        users: &dyn ErasedUsers,
        account: Account,
        password: &str,
    ) -> Result<Account> {
        let hash = self.hasher.hash(password).await?;
        match users.update(&account, &hash).await {
            Ok(true) => Ok(users.by_id(&account.id).await?.unwrap_or(account)),
            // The password has just been changed: the login ends with its first request.
            Ok(false) => Ok(account),
            Err(error) => {
                tracing::warn!("the hash of a password could not be replaced: {error:?}");
                Ok(account)
            }
        }
    }

    /// Logs somebody in who has just said who they are.
    async fn enter(&self, id: &str, hash: &str) -> Result<Login> {
        let req = request();
        self.forget_device(&req).await?;
        let login = self.begin(id, hash).await?;
        self.tell_of_theft(&req, id).await?;
        Ok(login)
    }

    /// Notes with which password the user is logged in.
    pub(super) fn note(&self, session: &Session, id: &str, hash: &str) -> Login {
        let login = self.fingerprints.login(id, hash);
        session.put(RESERVED_LOGIN, &login);
        login
    }

    /// What the session of a user who is logged in holds.
    pub(crate) fn login_value(&self, user: &impl Authenticatable) -> Login {
        self.fingerprints.login(&user.auth_identifier(), user.auth_password())
    }

    /// Whether the user of a login is there, with the password that it was made with.
    pub(crate) async fn is_good(&self, login: &Login) -> Result<bool> {
        let found = self.users()?.by_id(&login.id).await?;
        Ok(found.is_some_and(|account| self.fingerprints.fits(login, &account)))
    }
}

pub(super) fn login_of(session: &Session) -> Option<Login> {
    session.get(RESERVED_LOGIN)
}

/// Empties the session of a login that has ended elsewhere.
///
/// It keeps its token, which leads to a guest's empty session from now on. Invalidating it would log out the browser in
/// which the password is being changed, if it asks for something else meanwhile.
fn end_stale(session: &Session, login: &Login) {
    if login_of(session).as_ref() == Some(login) {
        tracing::info!(session = %session.id(), "a login has ended: its user is gone, or has another password");
        session.flush();
    }
}

fn known(req: &HttpRequest) -> Option<Arc<Option<Known>>> {
    req.shared::<Option<Known>>()
}

pub(super) fn keep(account: Account, login: Option<Login>) {
    if let Some(req) = try_request() {
        req.share(Arc::new(Some(Known { account, login })));
    }
}

impl HttpRequest {
    /// The user who is logged in: see [`Auth::user`].
    ///
    /// # Errors
    /// As [`Auth::user`], and when `AuthServiceProvider` is not registered.
    pub async fn user<U: Authenticatable>(&self) -> Result<Option<Arc<U>>> {
        self.container().make::<Auth>()?.user().await
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").field("config", &self.config).finish_non_exhaustive()
    }
}
