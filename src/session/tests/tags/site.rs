//! A store and an application that uses it, whose sessions have users.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::super::seed;
use crate::encryption::{AppKey, Keyring};
use crate::session::api::Session;
use crate::session::commit::{CookieChange, Ending, Failed};
use crate::session::drivers::SessionDriver;
use crate::session::record::{ClaimedToken, Key};
use crate::session::request::Shown;
use crate::session::{MemoryDriver, SessionConfig, SessionManager, UserSessions};
use crate::support::{Clock, ManualClock};
use crate::testing::FaultyDriver;

/// A store, and one application that uses it.
pub(super) struct Site {
    pub(super) driver: FaultyDriver<MemoryDriver>,
    pub(super) manager: SessionManager,
    pub(super) clock: Arc<ManualClock>,
}

pub(super) fn key() -> AppKey {
    AppKey::generate().expect("random bytes")
}

impl Site {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut SessionConfig)) -> Self {
        let (driver, clock) = (FaultyDriver::new(MemoryDriver::new()), Arc::default());
        let mut config = SessionConfig::default();
        change(&mut config);
        let manager = manager(config, &clock, &driver, Keyring::new(key(), []));
        Self { driver, manager, clock }
    }

    pub(super) fn renewing() -> Self {
        Self::with(|config| config.renew_every = Some(Duration::from_secs(60)))
    }

    pub(super) fn of<'m>(&'m self, user: &str) -> UserSessions<'m> {
        UserSessions::of(&self.manager, "web", user).expect("keys")
    }

    pub(super) fn log_in(&self, session: &Session, user: &str) {
        session.regenerate();
        session.put("user", user);
        session.tag(self.of(user).tag());
    }

    pub(super) async fn start(&self, cookie: Option<&str>) -> Session {
        self.manager.start(cookie.into_iter()).await.expect("reads")
    }

    pub(super) async fn commit(&self, session: &Session) -> Result<CookieChange, Failed> {
        let ending = Ending::Response(Shown::Nothing);
        self.manager.backend().expect("a driver").commit(session, ending).await
    }

    /// A request that sends a cookie; the value of the cookie that it sets.
    pub(super) async fn request(
        &self,
        cookie: Option<&str>,
        act: impl FnOnce(&Session),
    ) -> Option<String> {
        seed(&self.manager, cookie, act).await.expect("stores")
    }

    /// The cookie of a new session in which a user is logged in.
    pub(super) async fn logged_in(&self, user: &str) -> String {
        self.request(None, |session| self.log_in(session, user)).await.expect("a cookie")
    }

    /// The keys that are entered for a user.
    pub(super) async fn entered(&self, user: &str) -> HashSet<Key> {
        let keys = self.driver.inner().tagged(&self.of(user).tag()).await.expect("reads");
        keys.expect("an index").into_iter().collect()
    }

    pub(super) async fn ids(&self, user: &str) -> Vec<Uuid> {
        let sessions = self.of(user).list().await.expect("reads").expect("an index");
        sessions.into_iter().map(|session| session.summary.id).collect()
    }

    pub(super) async fn is_alive(&self, cookie: &str) -> bool {
        !self.start(Some(cookie)).await.is_new()
    }
}

pub(super) fn manager(
    config: SessionConfig,
    clock: &Arc<ManualClock>,
    driver: &FaultyDriver<MemoryDriver>,
    keys: Keyring,
) -> SessionManager {
    SessionManager::with_driver(config, Arc::clone(clock) as Arc<dyn Clock>, driver.clone())
        .with_keys(keys)
}

pub(super) fn key_of(cookie: &str) -> Key {
    ClaimedToken::parse(cookie).expect("well formed").key()
}

pub(super) fn only(cookie: &str) -> HashSet<Key> {
    HashSet::from([key_of(cookie)])
}
