//! Remember me: devices that stay logged in when their session has ended.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::device::{State, Token, Verdict, has_expired, state_of, written};
use super::entry::RESERVED_PLACE;
use super::guard::{GUARD, keep, login_of};
use super::login::Login;
use super::remember_store::ErasedDevices;
use super::remembered::device_in;
use super::user::Account;
use super::{Auth, RememberStore, RememberedDevice};
use crate::error::Error;
use crate::http::{HttpRequest, Result, request, try_request};
use crate::session::{SameSite, Session, SessionManager, UserSessions};
use crate::support::Clock;
use crate::support::lock::{read, write};
use crate::web::Cookie;

/// Which device a session belongs to.
pub(super) const RESERVED_REMEMBERED: &str = "auth.remembered";
/// Flashed at a login after a theft.
const RESERVED_STOLEN: &str = "auth.stolen";
/// How often a use that others have overtaken looks again.
const TRIES: usize = 32;

/// What a session keeps of the device that it belongs to.
#[derive(Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) device: String,
    /// Whether the cookie began the session, and not a password.
    pub(super) recalled: bool,
}

/// The cookie of this request has been looked at, or is to count no more.
struct Settled;

/// What the cookie says.
struct Claim {
    device: String,
    token: Token,
}

impl Auth {
    /// Keeps devices in this store, in place of the one before. Call it in a provider's `boot`.
    pub fn remember_in(&self, devices: impl RememberStore) {
        *write(&self.devices) = Some(Arc::new(devices));
    }

    /// Remembers the visitor who has just logged in: when the session has ended, a cookie logs this device in again.
    ///
    /// ```
    /// use lunox::prelude::*;
    ///
    /// async fn store(req: HttpRequest) -> Result {
    ///     let credentials = [("email", req.string("email")), ("password", req.string("password"))];
    ///     if !auth().attempt(credentials).await? {
    ///         return Ok(back().with_input().into_response());
    ///     }
    ///     if req.boolean("remember") {
    ///         auth().remember().await?;
    ///     }
    ///     Ok(Redirect::intended("/").into_response())
    /// }
    /// ```
    ///
    /// The device is forgotten `remember_for` after its last use, at a logout or another login on it, and when the password
    /// changes.
    ///
    /// # Errors
    /// When nobody is logged in, when [`remember_in`](Self::remember_in) was not called, and when the store cannot be written.
    ///
    /// # Panics
    /// On a route without a session.
    pub async fn remember(&self) -> Result<()> {
        let req = request();
        if self.devices().is_none() {
            let what =
                "nobody can be remembered: call auth().remember_in(...) in a provider's boot()";
            return Err(Error::with_source(500, what));
        }
        let Some(login) = login_of(&req.session()) else {
            return Err(Error::with_source(500, "nobody is logged in who could be remembered"));
        };
        self.forget_device(&req).await?;
        self.remember_login(&req, login).await
    }

    /// Whether the visitor was logged in by the cookie of [`remember`](Self::remember), and not with a password.
    pub fn via_remember(&self) -> bool {
        let session = try_request().and_then(|req| req.try_session());
        session.and_then(|session| remembered(&session)).is_some_and(|of| of.recalled)
    }

    /// Whether this is the first login after the user's remember-me cookie was used by somebody else. It stays true for the
    /// next request as well. Warn the user and ask for a new password.
    ///
    /// A template reads `session('auth.stolen')`.
    pub fn was_stolen(&self) -> bool {
        let session = try_request().and_then(|req| req.try_session());
        session.is_some_and(|session| session.get(RESERVED_STOLEN) == Some(true))
    }

    pub(super) fn devices(&self) -> Option<Arc<dyn ErasedDevices>> {
        read(&self.devices).clone()
    }

    async fn remember_login(&self, req: &HttpRequest, login: Login) -> Result<()> {
        let Some(devices) = self.devices() else { return Ok(()) };
        let token = Token::mint().map_err(|error| Error::with_source(500, error))?;
        let (id, user) = (Uuid::new_v4().to_string(), login.id.clone());
        let place = req.session().get(RESERVED_PLACE);
        let state = written(&State::new(login, &token, place))?;
        let expires = self.forgotten_at(now(req)?);
        let device = RememberedDevice { id: id.clone(), user, version: 0, expires, state };
        devices.insert(device).await?;
        req.session().put(RESERVED_REMEMBERED, Remembered { device: id.clone(), recalled: false });
        self.send(req, &id, &token)
    }

    /// Logs the visitor in whom the cookie names, where the session has no login.
    pub(super) async fn recall(&self, req: &HttpRequest) -> Result<Option<Account>> {
        let Some(devices) = self.devices() else { return Ok(None) };
        if req.has_shared::<Settled>() || req.try_session().is_none() {
            return Ok(None);
        }
        let Some(claim) = claim(req)? else { return Ok(None) };
        req.share(Arc::new(Settled));
        let recalled = self.present(req, &*devices, &claim).await?;
        if recalled.is_none() {
            forget_cookie(req)?;
        }
        Ok(recalled)
    }

    async fn present(
        &self,
        req: &HttpRequest,
        devices: &dyn ErasedDevices,
        claim: &Claim,
    ) -> Result<Option<Account>> {
        for _ in 0..TRIES {
            let Some((device, mut state)) = self.living(req, devices, claim).await? else {
                return Ok(None);
            };
            let found = self.users()?.by_id(&device.user).await?;
            let Some(account) =
                found.filter(|account| self.fingerprints.fits(&state.login, account))
            else {
                devices.remove(&device.id).await?;
                return Ok(None);
            };
            let (now, grace) = (now(req)?, grace(req)?);
            let Verdict::Good { send, changed } =
                state.present(&claim.token, &self.successors, now, grace)
            else {
                self.stolen(req, devices, device, state).await?;
                return Ok(None);
            };
            if changed && !devices.replace(self.next(device, &state, now)?).await? {
                continue;
            }
            let login = self.begin(&account.id, &account.hash).await?;
            let remembered = Remembered { device: claim.device.clone(), recalled: true };
            req.session().put(RESERVED_REMEMBERED, remembered);
            if let Some(token) = send {
                self.send(req, &claim.device, &token)?;
            }
            keep(account.clone(), Some(login));
            return Ok(Some(account));
        }
        Err(Error::with_source(503, "a remembered device was used too often at once"))
    }

    /// The device that a cookie names, unless it has ended.
    async fn living(
        &self,
        req: &HttpRequest,
        devices: &dyn ErasedDevices,
        claim: &Claim,
    ) -> Result<Option<(RememberedDevice, State)>> {
        let Some(device) = devices.find(&claim.device).await? else { return Ok(None) };
        let state = state_of(&device)?;
        if state.stolen {
            return Ok(None);
        }
        if has_expired(&device, now(req)?) {
            devices.remove(&device.id).await?;
            return Ok(None);
        }
        Ok(Some((device, state)))
    }

    /// Ends a device of which two have a token, and the sessions that were begun with it.
    async fn stolen(
        &self,
        req: &HttpRequest,
        devices: &dyn ErasedDevices,
        device: RememberedDevice,
        state: State,
    ) -> Result<()> {
        let (id, user) = (device.id.clone(), device.user.clone());
        let mut next = Some((device, state));
        for _ in 0..TRIES {
            // A device that is gone has been logged out meanwhile, or its password was changed.
            let Some((mut device, mut state)) = next.take() else { break };
            state.stolen = true;
            device.state = written(&state)?;
            device.version += 1;
            if devices.replace(device).await? {
                break;
            }
            if let Some(device) = devices.find(&id).await? {
                let state = state_of(&device)?;
                next = (!state.stolen).then_some((device, state));
            }
        }
        tracing::warn!(
            user,
            device = id,
            "a remember-me cookie came that had been replaced: a copy of it is in use"
        );
        let manager = req.container().make::<SessionManager>()?;
        let failed = |error| Error::with_source(503, error);
        let Some(sessions) = UserSessions::of(&manager, GUARD, &user) else { return Ok(()) };
        for session in sessions.list().await.map_err(failed)?.unwrap_or_default() {
            if device_in(&session.data().map_err(failed)?).as_deref() == Some(&id) {
                sessions.end(session.summary.id).await.map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Ends the device of this browser: at a logout, and before another login.
    pub(super) async fn forget_device(&self, req: &HttpRequest) -> Result<()> {
        let Some(devices) = self.devices() else { return Ok(()) };
        if let Some(of) = remembered(&req.session()) {
            devices.remove(&of.device).await?;
        }
        let settled = req.has_shared::<Settled>();
        req.share(Arc::new(Settled));
        let Some(claim) = claim(req)? else { return Ok(()) };
        forget_cookie(req)?;
        if settled {
            return Ok(());
        }
        let Some((device, mut state)) = self.living(req, &*devices, &claim).await? else {
            return Ok(());
        };
        match state.present(&claim.token, &self.successors, now(req)?, grace(req)?) {
            Verdict::Good { .. } => devices.remove(&device.id).await,
            Verdict::Stolen => self.stolen(req, &*devices, device, state).await,
        }
    }

    /// Ends all devices of a user whose password has changed; this session's goes on with another cookie.
    pub(super) async fn forget_devices(&self, user: &str, here: Option<Login>) -> Result<()> {
        let Some(devices) = self.devices() else { return Ok(()) };
        for device in devices.of_user(user).await? {
            // What was stolen stays to be told.
            if !state_of(&device)?.stolen {
                devices.remove(&device.id).await?;
            }
        }
        match (here, try_request()) {
            (Some(login), Some(req)) if remembered(&req.session()).is_some() => {
                self.remember_login(&req, login).await
            }
            _ => Ok(()),
        }
    }

    /// Says at a login that a cookie of the user was stolen, and sweeps the user's devices.
    pub(super) async fn tell_of_theft(&self, req: &HttpRequest, user: &str) -> Result<()> {
        let Some(devices) = self.devices() else { return Ok(()) };
        for device in devices.of_user(user).await? {
            let stolen = state_of(&device)?.stolen;
            if stolen {
                req.session().flash(RESERVED_STOLEN, true);
            }
            if stolen || has_expired(&device, now(req)?) {
                devices.remove(&device.id).await?;
            }
        }
        Ok(())
    }

    fn next(&self, device: RememberedDevice, state: &State, now: u64) -> Result<RememberedDevice> {
        Ok(RememberedDevice {
            version: device.version + 1,
            expires: self.forgotten_at(now),
            state: written(state)?,
            ..device
        })
    }

    fn forgotten_at(&self, now: u64) -> i64 {
        i64::try_from(now.saturating_add(self.config.remember_for.as_secs())).unwrap_or(i64::MAX)
    }

    fn send(&self, req: &HttpRequest, device: &str, token: &Token) -> Result<()> {
        let value = format!("{device}.{}", token.text());
        let cookie = Cookie::new(cookie_name(req)?, value)
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(self.config.remember_for);
        req.cookies().queue(cookie);
        Ok(())
    }
}

pub(super) fn remembered(session: &Session) -> Option<Remembered> {
    session.get(RESERVED_REMEMBERED)
}

/// What this request's cookie says.
fn claim(req: &HttpRequest) -> Result<Option<Claim>> {
    let value = req.cookie(&cookie_name(req)?);
    Ok(value.as_deref().and_then(|value| {
        let (device, token) = value.split_once('.')?;
        Uuid::try_parse(device).ok()?;
        Some(Claim { device: device.to_owned(), token: Token::parse(token)? })
    }))
}

fn forget_cookie(req: &HttpRequest) -> Result<()> {
    req.cookies().forget(&cookie_name(req)?);
    Ok(())
}

/// `blog_remember` beside `blog_session`, with the same prefix.
fn cookie_name(req: &HttpRequest) -> Result<String> {
    let manager = req.container().make::<SessionManager>()?;
    let name = manager.cookie_name();
    Ok(format!("{}_remember", name.strip_suffix("_session").unwrap_or(name)))
}

fn grace(req: &HttpRequest) -> Result<u64> {
    Ok(req.container().make::<SessionManager>()?.config().renew_grace.as_secs())
}

pub(super) fn now(req: &HttpRequest) -> Result<u64> {
    Ok(req.container().make::<dyn Clock>()?.unix())
}
