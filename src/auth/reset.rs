//! Forgotten passwords: a link that is sent, and what it is good for.

use std::future::Future;
use std::sync::{Arc, RwLock};

use super::device::Token;
use super::login::Login;
use super::passwords::end_others;
use super::provider::expect_type;
use super::reset_store::ErasedResets;
use super::user::Account;
use super::{Auth, Authenticatable, Credentials, PasswordReset, ResetStore};
use crate::error::Error;
use crate::http::{Result, request, spawn, try_request};
use crate::routing::Urls;
use crate::support::lock::{read, write};
use crate::support::{BoxFuture, Clock, is_within};

/// How long a user has to wait for another link, in seconds.
const PAUSE: i64 = 60;

type Sender = Arc<dyn Fn(Account, String) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Where links are kept and how they are sent.
#[derive(Default)]
pub(super) struct Resets {
    store: RwLock<Option<Arc<dyn ErasedResets>>>,
    sender: RwLock<Option<Sender>>,
}

impl Auth {
    /// Keeps links for forgotten passwords in this store, in place of the one before. Call it in a provider's `boot`.
    pub fn reset_in(&self, store: impl ResetStore) {
        *write(&self.resets.store) = Some(Arc::new(store));
    }

    /// Sends links for forgotten passwords in this way. Call it in a provider's `boot`, after [`provider`](Self::provider).
    ///
    /// The token belongs into the link: APP_URL and `route("password.reset", [("token", token)])`. Do not use `route_url`, whose host is the
    /// one that the request names: an attacker who may name any host (TRUSTED_HOSTS) would be sent the token (OWASP Forgot Password Cheat
    /// Sheet). What fails is logged: the visitor's answer does not depend on it. Without this call the token is logged where `APP_ENV` is local.
    ///
    /// # Errors
    /// When the user provider finds users of another type.
    pub fn send_resets<U, F, Fut>(&self, send: F) -> Result<()>
    where
        U: Authenticatable,
        F: Fn(Arc<U>, String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        expect_type::<U>(&*self.users()?)?;
        let send = Arc::new(send);
        *write(&self.resets.sender) = Some(Arc::new(move |account, token| {
            let send = Arc::clone(&send);
            Box::pin(async move { send(account.downcast::<U>()?, token).await })
        }));
        Ok(())
    }

    /// Sends a link for a new password to whoever these credentials name, at most once a minute.
    ///
    /// ```
    /// use lunox::prelude::*;
    ///
    /// async fn forgot(req: HttpRequest) -> Result {
    ///     auth().send_reset_link([("email", req.string("email"))]).await?;
    ///     let sent = "If there is an account with this address, a link is on its way to it.";
    ///     Ok(back().with("status", sent).into_response())
    /// }
    /// ```
    ///
    /// Answer in the same words whether there is such an account. The user is looked up; everything else is done after the
    /// call has returned, so it takes as long for an account that does not exist.
    ///
    /// # Errors
    /// When the users cannot be read, and when no store or no way to send is set.
    pub async fn send_reset_link(&self, credentials: impl Into<Credentials>) -> Result<()> {
        let store = self.reset_store()?;
        let Some(sender) = read(&self.resets.sender).clone() else {
            let what = "no link can be sent: call auth().send_resets(...) in a provider's boot()";
            return Err(Error::with_source(500, what));
        };
        let found = self.users()?.by_credentials(&credentials.into()).await?;
        let req = request();
        let (auth, clock) = (req.container().make::<Self>()?, req.container().make::<dyn Clock>()?);
        spawn(async move {
            // Whatever is done for a known account alone is done here, behind the answer.
            let Some(account) = found else { return };
            let login = auth.fingerprints.login(&account.id, &account.hash);
            let id = account.id.clone();
            if let Err(error) = send(&*store, sender, account, &login, &*clock).await {
                tracing::error!(
                    user = id,
                    "a link for a new password could not be sent: {error:?}"
                );
            }
        });
        Ok(())
    }

    /// Stores a new password for whoever was sent this token; false if the token is of no use: it is unknown, was used, is
    /// older than `reset_for` (60 minutes), or the password has changed since.
    ///
    /// Every session of the user ends with its next request, and all remembered devices are forgotten. Nobody is logged in.
    /// Check the password first: a token is of use once.
    ///
    /// # Errors
    /// When users or links cannot be read or written, and 503 when too many passwords wait to be hashed.
    pub async fn reset_password(&self, token: &str, password: &str) -> Result<bool> {
        let store = self.reset_store()?;
        let Some(token) = Token::parse(token).map(|token| token.hash()) else { return Ok(false) };
        let Some(reset) = store.find(&token).await? else { return Ok(false) };
        let now = request().container().make::<dyn Clock>()?.unix();
        let created = u64::try_from(reset.created).unwrap_or_default();
        if !is_within(self.config.reset_for.as_secs(), created, now) {
            store.take(&token).await?;
            return Ok(false);
        }
        let login: Login =
            serde_json::from_str(&reset.state).map_err(|error| Error::with_source(500, error))?;
        let users = self.users()?;
        let found = users.by_id(&reset.user).await?;
        let Some(account) = found.filter(|account| self.fingerprints.fits(&login, account)) else {
            return Ok(false);
        };
        let hash = self.hasher.hash(password).await?;
        if !store.take(&token).await? || !users.update(&account, &hash).await? {
            return Ok(false);
        }
        self.forget_devices(&account.id, None).await?;
        end_others(&request(), &account.id).await;
        Ok(true)
    }

    /// Logs tokens until a way to send them is set, with the link where a route named `password.reset` makes one.
    pub(crate) fn log_resets(&self) {
        *write(&self.resets.sender) = Some(Arc::new(|account, token| {
            let urls = try_request().and_then(|req| req.container().make::<Urls>().ok());
            let link =
                urls.and_then(|urls| urls.route_url("password.reset", [("token", &token)]).ok());
            tracing::info!(
                user = account.id,
                token,
                link,
                "a link for a new password, logged where APP_ENV is local"
            );
            Box::pin(async { Ok(()) })
        }));
    }

    fn reset_store(&self) -> Result<Arc<dyn ErasedResets>> {
        read(&self.resets.store).clone().ok_or_else(|| {
            let what = "links for passwords are kept nowhere: call auth().reset_in(...) in a provider's boot()";
            Error::with_source(500, what)
        })
    }
}

async fn send(
    store: &dyn ErasedResets,
    sender: Sender,
    account: Account,
    login: &Login,
    clock: &dyn Clock,
) -> Result<()> {
    let failed = |error| Error::with_source(500, error);
    let token = Token::mint()?;
    let state = serde_json::to_string(login).map_err(failed)?;
    let (user, created) = (account.id.clone(), seconds(clock));
    let reset = PasswordReset { user, token: token.hash(), state, created };
    if !store.put(reset, created - PAUSE).await? {
        tracing::info!(
            user = account.id,
            "a link for a new password was sent less than a minute ago"
        );
        return Ok(());
    }
    sender(account, token.text()).await
}

fn seconds(clock: &dyn Clock) -> i64 {
    i64::try_from(clock.unix()).unwrap_or(i64::MAX)
}
