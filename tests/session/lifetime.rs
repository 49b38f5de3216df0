//! Rules 12 to 14: lifetimes, sweeping, flash.

use std::time::Duration;

use lunox::session::{FlashAgeing, MemoryDriver, SessionManager};

use lunox::testing::{Fault, FaultyDriver, Operation, TestClient};

use super::support::{Gate, Spy, app, app_on, client};

const COOKIE: &str = "lunox_session";

/// Lets time pass. The visitor's browser drops a cookie whose `Max-Age` is over; whoever keeps it nevertheless must
/// not get the session back, so it is put back for the server to judge.
fn wait_keeping_the_cookie(visitor: &TestClient, minutes: u64) {
    let kept = visitor.cookie(COOKIE).expect("a cookie");
    visitor.travel_minutes(minutes);
    visitor.set_cookie(COOKIE, &kept);
}

#[tokio::test]
async fn rule_12_reading_keeps_a_session_alive_and_idleness_ends_it() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    for _ in 0..20 {
        visitor.travel_minutes(60);
        visitor.get("/read/name").await.assert_text("\"Ada\"");
    }
    wait_keeping_the_cookie(&visitor, 120);
    visitor.get("/read/name").await.assert_text("null");
}

#[tokio::test]
async fn rule_12_a_session_is_touched_at_most_once_per_share_of_its_lifetime() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    spy.calls();
    for _ in 0..11 {
        visitor.travel_minutes(1);
        visitor.get("/read/name").await.assert_cookie_missing(COOKIE);
    }
    assert!(!spy.calls().contains(&"touch"));
    visitor.travel_minutes(1);
    visitor.get("/read/name").await.assert_cookie(COOKIE);
    assert_eq!(spy.calls().iter().filter(|call| **call == "touch").count(), 1);
}

#[tokio::test]
async fn rule_12_a_visitor_whose_every_request_writes_keeps_the_cookie() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    for count in 1..=60 {
        visitor.get("/increment/n").await.assert_text(&count.to_string());
        visitor.travel_minutes(5);
    }
}

#[tokio::test]
async fn rule_12_the_absolute_lifetime_ends_a_busy_session_and_rotation_does_not_move_it() {
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.absolute_lifetime = Duration::from_secs(10 * 3600))
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    for hour in 1..10 {
        visitor.travel_minutes(60);
        visitor.get(if hour == 5 { "/rotate" } else { "/increment/n" }).await.assert_ok();
        visitor.get("/read/name").await.assert_text("\"Ada\"");
    }
    wait_keeping_the_cookie(&visitor, 60);
    visitor.get("/read/name").await.assert_text("null");
}

#[tokio::test]
async fn rule_12_a_late_touch_neither_prolongs_a_renewed_token_nor_sends_it_again() {
    let store = FaultyDriver::new(MemoryDriver::new());
    let visitor = app_on(store.clone(), &Gate::new())
        .session(|session| {
            session.renew_every = Some(Duration::from_secs(600));
            session.touch_after = 0.05;
        })
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let old = visitor.another();
    old.set_cookie(COOKIE, &visitor.cookie(COOKIE).expect("a cookie"));
    visitor.travel_minutes(8);
    // After the read, when the token is too young to be renewed and the deadline due to be moved.
    store.at(2, None, Fault::Late);
    let late = tokio::spawn({
        let old = old.clone();
        async move { old.get("/nothing").await }
    });
    store.wait_for_late(1).await;
    visitor.travel_minutes(3);
    visitor.get("/nothing").await.assert_cookie(COOKIE);
    store.release();
    late.await.expect("ends").assert_ok().assert_cookie_missing(COOKIE);
    // The visitor has got the new token; the old one is over after its grace.
    visitor.get("/read/name").await.assert_ok();
    visitor.travel(Duration::from_secs(11));
    old.get("/read/name").await.assert_text("null");
    visitor.get("/read/name").await.assert_text("\"Ada\"");
}

#[tokio::test]
async fn rule_12_an_expired_token_is_not_revived_by_a_write() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let old = visitor.cookie(COOKIE);
    wait_keeping_the_cookie(&visitor, 121);
    visitor
        .get("/put/other/1")
        .await
        .assert_ok()
        .assert_cookie(COOKIE)
        .assert_session_missing("name");
    assert_ne!(visitor.cookie(COOKIE), old);
}

#[tokio::test]
async fn rule_13_expired_records_are_swept_and_living_ones_stay() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    for _ in 0..5 {
        visitor.another().get("/put/name/Ada").await.assert_ok();
    }
    visitor.travel_minutes(60);
    visitor.get("/put/name/Eve").await.assert_ok();
    visitor.travel_minutes(66);
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    assert_eq!(manager.sweep(100).await.expect("sweeps"), 5);
    assert_eq!(spy.records().await.len(), 1);
    let listed = manager.list().await.expect("reads").expect("a memory driver lists");
    assert_eq!(listed.len(), 1);
    visitor.get("/read/name").await.assert_text("\"Eve\"");
}

#[tokio::test]
async fn rule_14_flash_lives_until_the_next_page() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/flash/status").await.assert_ok();
    let script = visitor.with_header("sec-fetch-mode", "cors");
    let image = visitor.with_header("sec-fetch-dest", "image");
    let ajax = visitor.with_header("x-requested-with", "XMLHttpRequest");
    let prefetch = visitor.with_header("sec-purpose", "prefetch;prerender");
    for client in [script, image, ajax, prefetch] {
        client.get("/nothing").await.assert_session_has_value("status", "flashed");
    }
    visitor.get("/read/status").await.assert_text("\"flashed\"").assert_session_missing("status");
    visitor.get("/read/status").await.assert_text("null");
}

#[tokio::test]
async fn rule_14_flash_of_a_script_is_seen_by_the_next_page_once() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/a/1").await.assert_ok();
    visitor.with_header("sec-fetch-mode", "cors").get("/flash/status").await.assert_ok();
    visitor.get("/read/status").await.assert_text("\"flashed\"");
    visitor.get("/read/status").await.assert_text("null");
    visitor.get("/nothing").await.assert_session_missing("_flash");
}

#[tokio::test]
async fn rule_14_every_request_can_age_flash_as_in_laravel() {
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.flash_ageing = FlashAgeing::EveryRequest)
        .client()
        .await;
    visitor.get("/flash/status").await.assert_ok();
    visitor
        .with_header("sec-fetch-mode", "cors")
        .get("/nothing")
        .await
        .assert_session_missing("status");
}

#[tokio::test]
async fn rule_12_a_write_that_comes_late_does_not_move_the_deadline_back() {
    let store = FaultyDriver::new(MemoryDriver::new());
    let visitor = app_on(store.clone(), &Gate::new()).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let other = visitor.another();
    other.set_cookie(COOKIE, &visitor.cookie(COOKIE).expect("a cookie"));
    // Both extend the session. The first is held up, and meets what the second has stored.
    visitor.travel_minutes(13);
    store.at(1, Operation::Replace, Fault::Late);
    let late = tokio::spawn({
        let other = other.clone();
        async move { other.get("/put/a/1").await }
    });
    store.wait_for_late(1).await;
    visitor.travel(Duration::from_secs(4));
    visitor.get("/put/b/1").await.assert_ok().assert_cookie(COOKIE);
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    let expires = async || manager.list().await.expect("reads").expect("lists")[0].expires;
    let before = expires().await;
    store.release();
    late.await.expect("ends").assert_ok();
    assert_eq!(expires().await, before);
}
