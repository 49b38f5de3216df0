//! The sessions of a user: entered in the driver's index at login, under every key that they get, until they end.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::seed;
use crate::encryption::{AppKey, Keyring};
use crate::session::api::Session;
use crate::session::commit::{CookieChange, Ending, Failed};
use crate::session::drivers::SessionDriver;
use crate::session::record::{ClaimedToken, Key};
use crate::session::request::Shown;
use crate::session::{MemoryDriver, SessionConfig, SessionManager, UserSessions};
use crate::support::{Clock, ManualClock};
use crate::testing::{Fault, FaultyDriver, Operation};

/// A store, and one application that uses it.
struct Site {
    driver: FaultyDriver<MemoryDriver>,
    manager: SessionManager,
    clock: Arc<ManualClock>,
}

fn key() -> AppKey {
    AppKey::generate().expect("random bytes")
}

impl Site {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut SessionConfig)) -> Self {
        let (driver, clock) = (FaultyDriver::new(MemoryDriver::new()), Arc::default());
        let mut config = SessionConfig::default();
        change(&mut config);
        let manager = manager(config, &clock, &driver, Keyring::new(key(), []));
        Self { driver, manager, clock }
    }

    fn renewing() -> Self {
        Self::with(|config| config.renew_every = Some(Duration::from_secs(60)))
    }

    fn of<'m>(&'m self, user: &str) -> UserSessions<'m> {
        UserSessions::of(&self.manager, "web", user).expect("keys")
    }

    fn log_in(&self, session: &Session, user: &str) {
        session.regenerate();
        session.put("user", user);
        session.tag(self.of(user).tag());
    }

    async fn start(&self, cookie: Option<&str>) -> Session {
        self.manager.start(cookie.into_iter()).await.expect("reads")
    }

    async fn commit(&self, session: &Session) -> Result<CookieChange, Failed> {
        let ending = Ending::Response(Shown::Nothing);
        self.manager.backend().expect("a driver").commit(session, ending).await
    }

    /// A request that sends a cookie; the value of the cookie that it sets.
    async fn request(&self, cookie: Option<&str>, act: impl FnOnce(&Session)) -> Option<String> {
        seed(&self.manager, cookie, act).await.expect("stores")
    }

    /// The cookie of a new session in which a user is logged in.
    async fn logged_in(&self, user: &str) -> String {
        self.request(None, |session| self.log_in(session, user)).await.expect("a cookie")
    }

    /// The keys that are entered for a user.
    async fn entered(&self, user: &str) -> HashSet<Key> {
        let keys = self.driver.inner().tagged(&self.of(user).tag()).await.expect("reads");
        keys.expect("an index").into_iter().collect()
    }

    async fn ids(&self, user: &str) -> Vec<Uuid> {
        let sessions = self.of(user).list().await.expect("reads").expect("an index");
        sessions.into_iter().map(|session| session.summary.id).collect()
    }

    async fn is_alive(&self, cookie: &str) -> bool {
        !self.start(Some(cookie)).await.is_new()
    }
}

fn manager(
    config: SessionConfig,
    clock: &Arc<ManualClock>,
    driver: &FaultyDriver<MemoryDriver>,
    keys: Keyring,
) -> SessionManager {
    SessionManager::with_driver(config, Arc::clone(clock) as Arc<dyn Clock>, driver.clone())
        .with_keys(keys)
}

fn key_of(cookie: &str) -> Key {
    ClaimedToken::parse(cookie).expect("well formed").key()
}

fn only(cookie: &str) -> HashSet<Key> {
    HashSet::from([key_of(cookie)])
}

#[tokio::test]
async fn a_login_enters_its_key_before_the_record_is_made() {
    let site = Site::new();
    let cookie = site.logged_in("7").await;
    assert_eq!(site.driver.calls(), [Operation::Tag, Operation::Create]);
    assert_eq!(site.entered("7").await, only(&cookie));

    let guest = site.request(None, |session| session.put("cart", 1)).await;
    site.driver.calls();
    let cookie = site.request(guest.as_deref(), |session| site.log_in(session, "8")).await;
    assert_eq!(site.driver.calls(), [Operation::Read, Operation::Tag, Operation::Rotate]);
    assert_eq!(site.entered("8").await, only(&cookie.expect("a cookie")));
}

#[tokio::test]
async fn a_session_that_is_tagged_always_gets_another_token() {
    let site = Site::new();
    let guest = site.request(None, |session| session.put("cart", 1)).await;
    let tag = site.of("7").tag();
    let cookie = site.request(guest.as_deref(), |session| session.tag(tag)).await;
    assert!(cookie.is_some_and(|cookie| Some(cookie) != guest));
    site.clock.advance(Duration::from_secs(60));
    assert!(!site.is_alive(&guest.expect("a cookie")).await);
}

#[tokio::test]
async fn every_rotation_enters_the_new_key_first_and_takes_the_old_one_out() {
    let site = Site::renewing();
    let cookie = site.logged_in("7").await;
    site.driver.calls();
    let rotated = site.request(Some(&cookie), Session::regenerate).await.expect("a cookie");
    let calls = [Operation::Read, Operation::Tag, Operation::Rotate, Operation::Untag];
    assert_eq!(site.driver.calls(), calls);
    assert_eq!(site.entered("7").await, only(&rotated));
    site.clock.advance(Duration::from_secs(120));
    let renewed = site.request(Some(&rotated), |_| {}).await.expect("a cookie");
    assert_eq!(site.driver.calls(), calls);
    assert_eq!(site.entered("7").await, only(&renewed));
    assert_eq!(site.ids("7").await.len(), 1);
}

#[tokio::test]
async fn a_session_without_a_user_makes_no_calls_for_the_index() {
    let site = Site::renewing();
    let mut cookie = site.request(None, |session| session.put("n", 1)).await;
    cookie = site.request(cookie.as_deref(), Session::regenerate).await;
    // Nothing to take out.
    assert_eq!(site.request(cookie.as_deref(), Session::untag).await, None);
    site.clock.advance(Duration::from_secs(120));
    cookie = site.request(cookie.as_deref(), |_| {}).await;
    site.request(cookie.as_deref(), |session| session.put("n", 2)).await;
    site.request(cookie.as_deref(), Session::invalidate).await;
    let of_index = [Operation::Tag, Operation::Untag, Operation::Tagged];
    let calls = site.driver.calls();
    assert!(calls.contains(&Operation::Rotate) && calls.contains(&Operation::Replace));
    assert!(!calls.iter().any(|call| of_index.contains(call)), "{calls:?}");
}

#[tokio::test]
async fn a_logout_takes_the_key_out_after_the_session_has_ended() {
    let site = Site::new();
    let cookie = site.logged_in("7").await;
    site.driver.calls();
    site.request(Some(&cookie), Session::invalidate).await;
    assert_eq!(site.driver.calls(), [Operation::Read, Operation::Replace, Operation::Untag]);
    assert_eq!(site.entered("7").await, HashSet::new());

    // With the values kept.
    let cookie = site.logged_in("7").await;
    let kept = site.request(Some(&cookie), Session::untag).await.expect("another token");
    assert_eq!(site.entered("7").await, HashSet::new());
    assert_eq!(site.ids("7").await, [] as [Uuid; 0]);
    assert_eq!(site.start(Some(&kept)).await.get::<String>("user").as_deref(), Some("7"));
}

#[tokio::test]
async fn a_logout_that_follows_a_renewal_takes_the_new_key_out() {
    let site = Site::renewing();
    let cookie = site.logged_in("7").await;
    site.clock.advance(Duration::from_secs(120));
    let [leaving, renewing] = [site.start(Some(&cookie)).await, site.start(Some(&cookie)).await];
    site.commit(&renewing).await.expect("renews");
    leaving.invalidate();
    site.commit(&leaving).await.expect("ends");
    assert_eq!(site.entered("7").await, HashSet::new());
    assert_eq!(site.ids("7").await, [] as [Uuid; 0]);
}

#[tokio::test]
async fn a_session_that_an_operator_ends_leaves_the_index() {
    let site = Site::new();
    for _ in 0..2 {
        site.logged_in("7").await;
    }
    let ids = site.ids("7").await;
    assert!(site.manager.destroy(ids[0]).await.expect("ends"));
    assert_eq!(site.ids("7").await, [ids[1]]);
    assert_eq!(site.entered("7").await.len(), 1);
    assert_eq!(site.manager.destroy_all().await.expect("ends"), 1);
    assert_eq!(site.entered("7").await, HashSet::new());
}

#[tokio::test]
async fn a_login_that_meets_a_parallel_renewal_enters_the_key_that_it_gets() {
    let site = Site::renewing();
    let guest = site.request(None, |session| session.put("cart", 1)).await;
    site.clock.advance(Duration::from_secs(120));
    let [login, renewal] = [site.start(guest.as_deref()).await, site.start(guest.as_deref()).await];
    site.commit(&renewal).await.expect("renews");
    site.log_in(&login, "7");
    let CookieChange::Set(cookie) = site.commit(&login).await.expect("stores") else {
        panic!("no cookie")
    };
    assert_eq!(site.entered("7").await, only(&cookie));
    assert_eq!(site.ids("7").await, [login.id()]);
}

#[tokio::test]
async fn a_renewal_that_meets_another_leaves_one_key_in_the_index() {
    let site = Site::renewing();
    let cookie = site.logged_in("7").await;
    site.clock.advance(Duration::from_secs(120));
    let [first, second] = [site.start(Some(&cookie)).await, site.start(Some(&cookie)).await];
    let CookieChange::Set(renewed) = site.commit(&first).await.expect("renews") else {
        panic!("no cookie")
    };
    second.put("n", 1);
    assert_eq!(site.commit(&second).await.expect("stores"), CookieChange::None);
    assert_eq!(site.entered("7").await, only(&renewed));
}

#[tokio::test]
async fn of_two_logins_in_one_session_the_one_that_lost_leaves_no_entry() {
    let site = Site::new();
    let guest = site.request(None, |session| session.put("cart", 1)).await;
    let [first, second] = [site.start(guest.as_deref()).await, site.start(guest.as_deref()).await];
    site.log_in(&first, "7");
    site.log_in(&second, "8");
    site.commit(&first).await.expect("stores");
    assert_eq!(site.commit(&second).await.expect("is gone"), CookieChange::None);
    assert_eq!((site.entered("7").await.len(), site.entered("8").await.len()), (1, 0));
}

#[tokio::test]
async fn a_crash_between_the_entry_and_the_record_leaves_an_entry_that_leads_nowhere() {
    for fault in [Fault::Fails, Fault::LosesAnswer] {
        let site = Site::new();
        site.driver.at(1, Operation::Create, fault);
        let session = site.start(None).await;
        site.log_in(&session, "7");
        assert!(site.commit(&session).await.is_err());
        assert_eq!(site.entered("7").await.len(), 1);
        let made = usize::from(fault == Fault::LosesAnswer);
        assert_eq!(site.ids("7").await.len(), made, "{fault:?}");
        site.logged_in("7").await;
        assert_eq!(site.ids("7").await.len(), made + 1);
        assert_eq!(site.of("7").end_others(Uuid::nil()).await.expect("ends"), made as u64 + 1);
    }
}

#[tokio::test]
async fn a_login_whose_entry_cannot_be_made_stores_nothing() {
    let site = Site::new();
    let guest = site.request(None, |session| session.put("cart", 1)).await;
    site.driver.always(Operation::Tag, Fault::Fails);
    let session = site.start(guest.as_deref()).await;
    site.log_in(&session, "7");
    assert!(site.commit(&session).await.is_err());
    let found = site.start(guest.as_deref()).await;
    assert_eq!(json!(found.all()), json!({"cart": 1}));
}

#[tokio::test]
async fn an_entry_that_cannot_be_removed_keeps_nobody_from_logging_out() {
    let site = Site::new();
    let cookie = site.logged_in("7").await;
    site.driver.always(Operation::Untag, Fault::Fails);
    let rotated = site.request(Some(&cookie), Session::regenerate).await.expect("a cookie");
    assert_eq!(site.ids("7").await.len(), 1, "found by two keys, and listed once");
    site.request(Some(&rotated), Session::invalidate).await;
    assert!(!site.is_alive(&rotated).await);
    assert_eq!((site.ids("7").await, site.entered("7").await.len()), (vec![], 2));
}

#[tokio::test]
async fn a_panic_and_a_value_that_cannot_be_stored_undo_the_tag_with_the_login() {
    let site = Site::new();
    let guest = site.request(None, |session| session.put("cart", 1)).await;
    let session = site.start(guest.as_deref()).await;
    site.log_in(&session, "7");
    let backend = site.manager.backend().expect("a driver");
    let rotated = backend.commit(&session, Ending::Panic).await.expect("rotates");
    let CookieChange::Set(cookie) = rotated else { panic!("no cookie") };
    assert_eq!((site.ids("7").await, site.entered("7").await), (vec![], HashSet::new()));

    let session = site.start(Some(&cookie)).await;
    site.log_in(&session, "7");
    session.put("odd", std::collections::HashMap::from([(vec![1], 2)]));
    assert!(site.commit(&session).await.is_err());
    assert_eq!((site.ids("7").await, site.entered("7").await), (vec![], HashSet::new()));
}

#[tokio::test]
async fn a_user_finds_and_ends_their_own_sessions_alone() {
    let site = Site::new();
    let [here, there, foreign] =
        [site.logged_in("7").await, site.logged_in("7").await, site.logged_in("8").await];
    let guest = site.request(None, |session| session.put("cart", 1)).await.expect("a cookie");
    let id = async |cookie: &str| site.start(Some(cookie)).await.id();
    let mine = site.of("7");
    let listed: HashSet<Uuid> = site.ids("7").await.into_iter().collect();
    assert_eq!(listed, HashSet::from([id(&here).await, id(&there).await]));
    for other in [&foreign, &guest] {
        assert!(!mine.end(id(other).await).await.expect("looks"), "it is not found");
        assert!(site.is_alive(other).await);
    }
    assert_eq!(site.of("admin").list().await.expect("reads").map(|list| list.len()), Some(0));
    let other_guard = UserSessions::of(&site.manager, "admin", "7").expect("keys");
    assert!(!other_guard.end(id(&here).await).await.expect("looks"));

    assert!(mine.end(id(&there).await).await.expect("ends"));
    assert!(!site.is_alive(&there).await && site.is_alive(&here).await);
    let again = site.logged_in("7").await;
    assert_eq!(mine.end_others(id(&here).await).await.expect("ends"), 1);
    assert!(!site.is_alive(&again).await && site.is_alive(&here).await);
    assert!(site.is_alive(&foreign).await && site.is_alive(&guest).await);
    assert_eq!(site.entered("7").await, only(&here));
}

#[tokio::test]
async fn sessions_are_judged_by_their_records_and_not_by_the_index() {
    let site = Site::new();
    let cookie = site.logged_in("7").await;
    // The entry of the first user stays.
    site.driver.always(Operation::Untag, Fault::Fails);
    let cookie = site.request(Some(&cookie), |session| site.log_in(session, "8")).await;
    let cookie = cookie.expect("a cookie");
    let id = site.start(Some(&cookie)).await.id();
    assert_eq!(site.entered("7").await.len(), 1);
    assert_eq!((site.ids("7").await, site.ids("8").await), (vec![], vec![id]));
    assert!(!site.of("7").end(id).await.expect("looks"));
    assert_eq!(site.of("7").end_others(Uuid::nil()).await.expect("looks"), 0);
    assert!(site.is_alive(&cookie).await);
}

#[tokio::test]
async fn sessions_from_before_the_keys_were_changed_are_found() {
    let (old, new) = (key(), key());
    let before = Site::new();
    let (driver, clock) = (before.driver.clone(), before.clock.clone());
    let at = |keys| Site {
        manager: manager(SessionConfig::default(), &clock, &driver, keys),
        driver: driver.clone(),
        clock: clock.clone(),
    };
    let before = at(Keyring::new(old.clone(), []));
    let cookie = before.logged_in("7").await;
    let after = at(Keyring::new(new, [old]));
    let fresh = after.logged_in("7").await;
    assert_ne!(before.of("7").tag(), after.of("7").tag());
    assert_eq!(after.ids("7").await.len(), 2);
    let rotated = after.request(Some(&cookie), Session::regenerate).await.expect("a cookie");
    assert_eq!(before.entered("7").await, only(&rotated), "it keeps its tag");
    let current = after.start(Some(&fresh)).await.id();
    assert_eq!(after.of("7").end_others(current).await.expect("ends"), 1);
    assert!(!after.is_alive(&rotated).await && after.is_alive(&fresh).await);
}

#[tokio::test]
async fn entries_stay_until_the_absolute_lifetime_ends_and_expired_sessions_are_not_listed() {
    let site = Site::new();
    let config = SessionConfig::default();
    site.logged_in("7").await;
    site.clock.advance(config.lifetime);
    assert_eq!(site.ids("7").await, [] as [Uuid; 0]);
    let sweep = async || site.manager.prune().await.expect("sweeps");
    assert_eq!((sweep().await, site.entered("7").await.len()), (1, 1));
    site.clock.advance(config.absolute_lifetime - config.lifetime - Duration::from_secs(1));
    sweep().await;
    assert_eq!(site.entered("7").await.len(), 1);
    // The memory driver looks through its index once a minute.
    site.clock.advance(Duration::from_secs(61));
    sweep().await;
    assert_eq!(site.entered("7").await.len(), 0);
}

#[tokio::test]
async fn a_list_has_the_newest_first_with_their_values() {
    let site = Site::new();
    let mut ids = Vec::new();
    for at in 0..3 {
        let cookie = site.request(None, |session| {
            site.log_in(session, "7");
            session.put("at", at);
        });
        let cookie = cookie.await.expect("a cookie");
        ids.insert(0, site.start(Some(&cookie)).await.id());
        site.clock.advance(Duration::from_secs(60));
    }
    assert_eq!(site.ids("7").await, ids);
    let sessions = site.of("7").list().await.expect("reads").expect("an index");
    let at = sessions.iter().map(|session| session.data().expect("JSON")["at"].clone());
    assert_eq!(at.collect::<Vec<_>>(), [2, 1, 0]);
    let stored = site.manager.list().await.expect("reads").expect("can list");
    let one = stored.iter().find(|summary| summary.id == ids[0]);
    assert_eq!(one, Some(&sessions[0].summary), "the same size and times");
}

#[tokio::test]
async fn without_an_index_there_is_no_list_and_a_cookie_is_as_long_as_without_a_tag() {
    let config = SessionConfig { driver: "cookie".to_owned(), ..SessionConfig::default() };
    let keys = Keyring::new(key(), []);
    let manager = SessionManager::new(config, Arc::<ManualClock>::default(), "").with_keys(keys);
    let mine = UserSessions::of(&manager, "web", "7").expect("keys");
    let cookie = async |act: &dyn Fn(&Session)| {
        seed(&manager, None, |session| act(session)).await.expect("stores").expect("a cookie")
    };
    let tagged = async {
        let act = |session: &Session| {
            session.put("user", "7");
            session.tag(mine.tag());
        };
        cookie(&act).await
    };
    let plain = cookie(&|session| session.put("user", "7")).await;
    assert_eq!(tagged.await.len(), plain.len());
    assert!(mine.list().await.expect("looks").is_none());
    assert!(!mine.end(Uuid::nil()).await.expect("looks"));

    let (clock, driver) = (Arc::<ManualClock>::default(), MemoryDriver::new());
    let keyless = SessionManager::with_driver(SessionConfig::default(), clock, driver);
    assert!(UserSessions::of(&keyless, "web", "7").is_none());
}
