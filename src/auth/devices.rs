//! The devices on which a user is logged in.

use std::net::IpAddr;

use serde::Serialize;
use uuid::Uuid;

use super::Auth;
use super::entry::{Place, RESERVED_PLACE, unavailable};
use super::guard::{GUARD, login_of};
use super::login::{Login, RESERVED_LOGIN};
use super::remember::remembered;
use super::remembered::{Row, device_in};
use super::user::Account;
use crate::error::Error;
use crate::http::{HttpRequest, Result, request};
use crate::session::{Session, SessionManager, StoredSession, UserSessions};
use crate::support::dot;

/// A device on which a user is logged in: from [`Session::devices`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Device {
    /// Names it for [`Session::logout_device`]. Nobody can log in with it.
    pub id: Uuid,
    /// The browser at the login, such as `Firefox`.
    pub browser: Option<String>,
    /// The system at the login, such as `Windows`.
    pub system: Option<String>,
    /// The address from which the user logged in.
    pub ip: Option<IpAddr>,
    /// When the user logged in, in unix seconds.
    pub created: u64,
    /// When it was last seen, in unix seconds. It may have been used since: requests note it at most once per `touch_after`
    /// of `config/session.rs`, 12 minutes unless set.
    pub last_seen: u64,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A stored session in which a user is logged in.
pub(super) struct LoggedIn {
    id: Uuid,
    place: Place,
    last_seen: u64,
    remembered: Option<String>,
}

/// Sessions of one device: one, or those that its remember-me cookie has begun in the same browser.
pub(super) struct ByDevice {
    pub(super) place: Place,
    pub(super) newest: Uuid,
    pub(super) sessions: Vec<Uuid>,
    last_seen: u64,
    remembered: Option<String>,
}

/// For accounts, with `AuthServiceProvider`; on the session of the request that is being answered.
impl Session {
    /// The devices on which the user is logged in, this one first and then by when they were last seen.
    ///
    /// A device that is only remembered, because its session has ended, is among them.
    ///
    /// ```
    /// use lunox::prelude::*;
    ///
    /// async fn index(req: HttpRequest) -> Result {
    ///     let devices = req.session().devices().await?;
    ///     Ok(json(devices).into_response())
    /// }
    /// ```
    ///
    /// Nothing is written: browser, system and address are noted at the login.
    ///
    /// # Errors
    /// 401 for guests. When the sessions cannot be read, and when `devices` is false in `config/auth.rs`.
    ///
    /// # Panics
    /// Outside of a request.
    pub async fn devices(&self) -> Result<Vec<Device>> {
        let asked = Asked::new(self).await?;
        Ok(asked.devices().await?.into_iter().map(|(device, _)| device).collect())
    }

    /// Logs the user out on one device, and forgets it if it was remembered; false if the user has no such device.
    ///
    /// Its next request is a guest's. If it is this device, the call is [`Auth::logout`].
    ///
    /// ```
    /// use lunox::prelude::*;
    ///
    /// async fn destroy(req: HttpRequest, device: String) -> Result {
    ///     let Ok(id) = device.parse() else { return abort(404) };
    ///     if !req.session().logout_device(id).await? {
    ///         return abort(404);
    ///     }
    ///     Ok(back().into_response())
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`devices`](Self::devices), and when the sessions cannot be written.
    ///
    /// # Panics
    /// Outside of a request.
    pub async fn logout_device(&self, id: Uuid) -> Result<bool> {
        let asked = Asked::new(self).await?;
        let devices = asked.devices().await?;
        let is_it = |(device, of): &&(Device, ByDevice)| {
            device.id == id
                || of.sessions.contains(&id)
                || of.remembered.as_deref() == Some(&id.to_string())
        };
        let Some((device, of)) = devices.iter().find(is_it) else { return Ok(false) };
        if device.current {
            asked.auth.logout().await?;
        }
        // Before its sessions: from now on it begins none.
        if let Some(remembered) = &of.remembered {
            asked.auth.forget_remembered(remembered).await?;
        }
        for session in &of.sessions {
            asked.sessions()?.end(*session).await.map_err(unavailable)?;
        }
        Ok(true)
    }

    /// Logs the user out on all other devices, remembered ones included, and returns how many sessions ended.
    ///
    /// Their next requests are guests'. This session goes on under a new token, so that a copy of its cookie is worth nothing
    /// either. Anybody who knows the password can log in again: where it may be known, change it
    /// ([`Auth::password_changed`]).
    ///
    /// # Errors
    /// As [`devices`](Self::devices), and when the sessions cannot be written.
    ///
    /// # Panics
    /// Outside of a request.
    pub async fn logout_other_devices(&self) -> Result<u64> {
        let asked = Asked::new(self).await?;
        self.regenerate();
        // Before the sessions: from now on they begin none.
        asked.auth.forget_devices(&asked.account.id, login_of(self)).await?;
        asked.sessions()?.end_others(self.id()).await.map_err(unavailable)
    }
}

/// A question about the devices of the user who is logged in.
struct Asked<'s> {
    session: &'s Session,
    req: HttpRequest,
    auth: std::sync::Arc<Auth>,
    manager: std::sync::Arc<SessionManager>,
    account: Account,
}

impl<'s> Asked<'s> {
    async fn new(session: &'s Session) -> Result<Self> {
        let req = request();
        let auth = req.container().make::<Auth>()?;
        if !auth.config.devices {
            let what = "`devices` is false in config/auth.rs, so that logins do not note from where they come; set it to true";
            return Err(Error::with_source(500, what));
        }
        let manager = req.container().make::<SessionManager>()?;
        let Some(account) = auth.account().await? else {
            return Err(Error::new(401, "Unauthenticated."));
        };
        Ok(Self { session, req, auth, manager, account })
    }

    fn sessions(&self) -> Result<UserSessions<'_>> {
        UserSessions::of(&self.manager, GUARD, &self.account.id)
            .ok_or_else(|| Error::with_source(500, "sessions have no key to name users by"))
    }

    /// The user's devices, with what they consist of.
    async fn devices(&self) -> Result<Vec<(Device, ByDevice)>> {
        let now = self.manager.rules.now();
        let mut stored =
            self.auth.sessions_of(&self.manager, &self.sessions()?, &self.account).await?;
        // What this session says now counts, stored or not.
        stored.retain(|session| session.id != self.session.id());
        stored.push(LoggedIn {
            id: self.session.id(),
            place: self.place(now),
            last_seen: now,
            remembered: remembered(self.session).map(|of| of.device),
        });
        let mut devices = by_device(stored);
        for row in self.auth.remembered_of(&self.req, &self.account).await? {
            let Row { id, place, last_seen } = row;
            if !devices.iter().any(|device| device.remembered.as_deref() == Some(&id)) {
                let newest = id.parse().unwrap_or_default();
                let (sessions, remembered) = (Vec::new(), Some(id));
                devices.push(ByDevice { place, newest, sessions, last_seen, remembered });
            }
        }
        let mut devices: Vec<_> = devices.into_iter().map(|of| (self.shown(&of), of)).collect();
        devices.sort_by_key(|(device, _)| {
            (!device.current, std::cmp::Reverse(device.last_seen), device.id)
        });
        Ok(devices)
    }

    fn place(&self, now: u64) -> Place {
        let unknown = || Place::of(&self.req, &self.auth.config, now, now);
        self.session.get(RESERVED_PLACE).unwrap_or_else(unknown)
    }

    fn shown(&self, of: &ByDevice) -> Device {
        let current = of.sessions.contains(&self.session.id());
        let Place { at, ip, browser, system, .. } = of.place.clone();
        Device {
            id: if current { self.session.id() } else { of.newest },
            browser,
            system,
            ip,
            created: at,
            last_seen: of.last_seen,
            current,
        }
    }
}

impl Auth {
    /// The stored sessions in which a user is logged in, with the password of now.
    pub(super) async fn sessions_of(
        &self,
        manager: &SessionManager,
        sessions: &UserSessions<'_>,
        account: &Account,
    ) -> Result<Vec<LoggedIn>> {
        let stored = sessions.list().await.map_err(unavailable)?.unwrap_or_default();
        let lifetime = manager.config().lifetime.as_secs();
        Ok(stored.iter().filter_map(|session| self.logged_in(session, account, lifetime)).collect())
    }

    fn logged_in(
        &self,
        session: &StoredSession,
        account: &Account,
        lifetime: u64,
    ) -> Option<LoggedIn> {
        let data = session.data().ok()?;
        let login: Login = serde_json::from_value(dot::get(&data, RESERVED_LOGIN)?.clone()).ok()?;
        let summary = &session.summary;
        self.fingerprints.fits(&login, account).then(|| LoggedIn {
            id: summary.id,
            place: Place::of_stored(session),
            // Where nothing extends a session any more, it was seen at least as late as that.
            last_seen: summary
                .extended
                .unwrap_or(summary.expires.saturating_sub(lifetime))
                .max(summary.created),
            remembered: device_in(&data),
        })
    }
}

/// Puts sessions together that one browser has: tabs that are restored at once begin a session each.
pub(super) fn by_device(mut sessions: Vec<LoggedIn>) -> Vec<ByDevice> {
    sessions.sort_by_key(|session| std::cmp::Reverse((session.place.order, session.id)));
    let mut devices: Vec<ByDevice> = Vec::new();
    for LoggedIn { id, place, last_seen, remembered } in sessions {
        let same = devices.iter_mut().find(|device| {
            remembered.is_some()
                && device.remembered == remembered
                && device.place.resembles(&place)
        });
        match same {
            Some(device) => {
                device.sessions.push(id);
                device.last_seen = device.last_seen.max(last_seen);
            }
            None => devices.push(ByDevice {
                place,
                newest: id,
                sessions: vec![id],
                last_seen,
                remembered,
            }),
        }
    }
    devices
}
