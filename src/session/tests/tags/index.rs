//! The driver's index from a user to sessions.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::site::{Site, only};
use crate::session::api::Session;
use crate::session::commit::{CookieChange, Ending};
use crate::testing::{Fault, Operation};

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
    let CookieChange::Set(cookie, _) = site.commit(&login).await.expect("stores") else {
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
    let CookieChange::Set(renewed, _) = site.commit(&first).await.expect("renews") else {
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
    let CookieChange::Set(cookie, _) = rotated else { panic!("no cookie") };
    assert_eq!((site.ids("7").await, site.entered("7").await), (vec![], HashSet::new()));

    let session = site.start(Some(&cookie)).await;
    site.log_in(&session, "7");
    session.put("odd", std::collections::HashMap::from([(vec![1], 2)]));
    assert!(site.commit(&session).await.is_err());
    assert_eq!((site.ids("7").await, site.entered("7").await), (vec![], HashSet::new()));
}
