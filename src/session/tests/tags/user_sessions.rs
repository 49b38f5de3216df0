//! Finding and ending the sessions of a user.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::super::seed;
use super::site::{Site, key, manager, only};
use crate::encryption::Keyring;
use crate::session::api::Session;
use crate::session::{MemoryDriver, SessionConfig, SessionManager, UserSessions};
use crate::support::ManualClock;
use crate::testing::{Fault, Operation};

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
    // What has expired is kept for five minutes more.
    site.clock.advance(Duration::from_secs(300));
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
