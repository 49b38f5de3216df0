//! What a login does to its session, and to the user's other sessions once it is stored.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::devices::by_device;
use super::guard::{GUARD, login_of};
use super::login::{Login, RESERVED_AUTH};
use super::user_agent;
use super::{Auth, AuthConfig};
use crate::error::{BootProblem, Error};
use crate::http::{HttpRequest, Result, request};
use crate::session::{DriverError, Session, SessionManager, StoredSession, UserSessions};
use crate::support::{BoxFuture, dot};
use crate::web::AfterCommit;

/// Where the user of a session has logged in.
pub(super) const RESERVED_PLACE: &str = "auth.place";

/// Where somebody has logged in, noted at the login and never later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// When, unix seconds.
    pub(super) at: u64,
    /// Greater than that of every login that the user had when this one began, whatever the clocks say.
    pub(super) order: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ip: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) browser: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) system: Option<String>,
}

impl Place {
    /// That of the request.
    pub(super) fn of(req: &HttpRequest, config: &AuthConfig, now: u64, order: u64) -> Self {
        if !config.devices {
            return Self { at: now, order, ..Self::default() };
        }
        let (browser, system) = user_agent::parse(req.user_agent().unwrap_or_default());
        let [browser, system] = [browser, system].map(|name| name.map(str::to_owned));
        Self { at: now, order, ip: req.ip(), browser, system }
    }

    /// That of a stored session; of one from before places were noted, when it was made.
    pub(super) fn of_stored(session: &StoredSession) -> Self {
        let place = session
            .data()
            .ok()
            .and_then(|data| serde_json::from_value(dot::get(&data, RESERVED_PLACE)?.clone()).ok());
        let at = session.summary.created;
        place.unwrap_or(Self { at, order: at, ..Self::default() })
    }

    /// Whether the same browser may have logged in at both.
    pub(super) fn resembles(&self, other: &Self) -> bool {
        (self.ip, &self.browser, &self.system) == (other.ip, &other.browser, &other.system)
    }
}

impl Auth {
    /// Notes a login in the session, under a new token.
    pub(super) async fn begin(&self, id: &str, hash: &str) -> Result<Login> {
        let req = request();
        let session = req.session();
        match login_of(&session) {
            Some(before) if before.id != id => session.invalidate(),
            _ => session.regenerate(),
        }
        // A confirmed password is one of the login before.
        session.forget(RESERVED_AUTH);
        if let Ok(manager) = req.container().make::<SessionManager>()
            && let Some(sessions) = tag(&session, &manager, id)
            && (self.config.devices || self.config.max_sessions.is_some())
        {
            let now = manager.rules.now();
            let order = self.order(&sessions, now).await?;
            session.put(RESERVED_PLACE, Place::of(&req, &self.config, now, order));
        }
        req.share(Arc::new(AfterCommit(settled)));
        Ok(self.note(&session, id, hash))
    }

    /// The place of a login that begins now among the user's logins.
    async fn order(&self, sessions: &UserSessions<'_>, now: u64) -> Result<u64> {
        if self.config.max_sessions.is_none() {
            return Ok(now);
        }
        let sessions = sessions.list().await.map_err(unavailable)?.unwrap_or_default();
        let newest = sessions.iter().map(|session| Place::of_stored(session).order).max();
        Ok(newest.map_or(now, |newest| now.max(newest.saturating_add(1))))
    }

    /// Ends the devices of a user beyond the newest `max_sessions`.
    ///
    /// A login lists the others after it was stored, so of two that run in parallel the one that lists last sees both, and both
    /// judge alike which is the later. Only then can the login that lists be one of those that end.
    async fn end_surplus(&self, req: &HttpRequest, most: usize) -> Result<()> {
        let manager = req.container().make::<SessionManager>()?;
        let Some(account) = self.account().await? else { return Ok(()) };
        let Some(sessions) = UserSessions::of(&manager, GUARD, &account.id) else { return Ok(()) };
        let mut devices = by_device(self.sessions_of(&manager, &sessions, &account).await?);
        devices.sort_by_key(|device| std::cmp::Reverse((device.place.order, device.newest)));
        for session in devices.iter().skip(most).flat_map(|device| &device.sessions) {
            sessions.end(*session).await.map_err(unavailable)?;
        }
        Ok(())
    }
}

impl Auth {
    /// What the configuration asks of the session driver and does not get.
    pub(crate) async fn index_problem(&self, manager: &SessionManager) -> Option<BootProblem> {
        let (what, without) = match (self.config.max_sessions, self.config.devices) {
            (Some(_), _) => ("max_sessions", "max_sessions: None and devices: false"),
            (None, true) => ("devices", "devices: false"),
            (None, false) => return None,
        };
        // A driver that could not be made, or that does not answer, is a problem of its own.
        manager.backend().ok()?;
        let sessions = UserSessions::of(manager, GUARD, "")?;
        let Ok(None) = sessions.list().await else { return None };
        let driver = &manager.config().driver;
        let problem = format!(
            "`{what}` needs to find the sessions of a user, of which the session driver `{driver}` keeps no index"
        );
        let cure = format!(
            "set SESSION_DRIVER to a driver that keeps sessions on the server, such as file, or write {without}"
        );
        Some(BootProblem::new("config/auth.rs", problem).cure(cure))
    }
}

/// Enters the session into the driver's index of the user's sessions, where it keeps one.
pub(crate) fn tag<'m>(
    session: &Session,
    manager: &'m SessionManager,
    user: &str,
) -> Option<UserSessions<'m>> {
    let sessions = UserSessions::of(manager, GUARD, user)?;
    session.tag(sessions.tag());
    Some(sessions)
}

fn settled() -> BoxFuture<'static, Result<()>> {
    Box::pin(settle())
}

/// What remains to be done when the session of a login was stored.
async fn settle() -> Result<()> {
    let req = request();
    let auth = req.container().make::<Auth>()?;
    let session: Session = req.session();
    let Some(login) = login_of(&session) else { return Ok(()) };
    if auth.is_recalled_in_vain(&session).await? {
        // The device was ended while its cookie logged it in, by somebody who did not find this session yet.
        let manager = req.container().make::<SessionManager>()?;
        if let Some(sessions) = UserSessions::of(&manager, GUARD, &login.id) {
            sessions.end(session.id()).await.map_err(unavailable)?;
        }
        return Ok(());
    }
    match auth.config.max_sessions {
        Some(most) => auth.end_surplus(&req, most).await,
        None => Ok(()),
    }
}

pub(super) fn unavailable(error: DriverError) -> Error {
    Error::with_source(503, error)
}
