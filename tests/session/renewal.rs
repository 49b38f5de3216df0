//! Rule 8: a token that is renewed for its age, and answers that are lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lunox::session::{MemoryDriver, SessionEvent, SessionManager};
use lunox::testing::{Fault, FaultyDriver, Operation, TestApp, TestClient};

use super::support::{Gate, Spy, app, app_on};

const COOKIE: &str = "lunox_session";
const DRIVERS: [&str; 3] = ["file", "memory", "cookie"];

fn renewing(app: TestApp) -> TestApp {
    app.session(|session| session.renew_every = Some(Duration::from_secs(300)))
}

async fn visitor(driver: &str) -> (TestClient, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().to_owned();
    let app = app_on(driver, &Gate::new()).session(move |session| session.files = files);
    let visitor = renewing(app).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    (visitor, folder)
}

fn cookie(visitor: &TestClient) -> String {
    visitor.cookie(COOKIE).expect("a cookie")
}

/// Another browser with this cookie.
fn with(visitor: &TestClient, cookie: &str) -> TestClient {
    let other = visitor.another();
    other.set_cookie(COOKIE, cookie);
    other
}

fn events(visitor: &TestClient) -> Arc<Mutex<Vec<SessionEvent>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    let into = heard.clone();
    manager.listen(move |event| into.lock().expect("not poisoned").push(*event));
    heard
}

#[tokio::test]
async fn rule_8_answers_that_are_lost_at_every_renewal_in_a_row_end_no_session() {
    for driver in DRIVERS {
        let (visitor, _folder) = visitor(driver).await;
        let old = cookie(&visitor);
        let mut lost = Vec::new();
        // The pauses are longer than the age at which tokens are renewed, and some are nearly as long as sessions live.
        for minutes in [6, 1, 119, 119, 7, 119, 60, 6, 119] {
            visitor.travel_minutes(minutes);
            let answer = visitor.get("/read/name").await;
            answer.assert_ok().assert_text("\"Ada\"");
            assert!(answer.cookie(COOKIE).is_some(), "{driver}: another token is sent");
            lost.push(cookie(&visitor));
            visitor.set_cookie(COOKIE, &old);
            if driver == "cookie" && lost.len() == 2 {
                // The cookie is the store: what it holds expires, whatever became of its successors.
                break;
            }
        }
        // An answer that comes after all: every token that was sent works until the newest is seen.
        for token in &lost {
            with(&visitor, token).get("/read/name").await.assert_text("\"Ada\"");
        }
    }
}

#[tokio::test]
async fn rule_8_a_lost_token_is_followed_by_another_at_most_once_in_its_grace() {
    for driver in DRIVERS {
        let (visitor, _folder) = visitor(driver).await;
        let old = cookie(&visitor);
        visitor.travel_minutes(6);
        visitor.get("/read/name").await.assert_cookie(COOKIE);
        for (seconds, sent) in [(9, false), (1, true), (9, false), (1, true)] {
            visitor.set_cookie(COOKIE, &old);
            visitor.travel(Duration::from_secs(seconds));
            let answer = visitor.get("/read/name").await;
            answer.assert_text("\"Ada\"");
            assert_eq!(answer.cookie(COOKIE).is_some(), sent, "{driver}, after {seconds} s");
        }
    }
}

#[tokio::test]
async fn rule_8_a_stolen_old_token_is_reused_once_the_visitor_has_the_new_one() {
    for driver in DRIVERS {
        let (visitor, _folder) = visitor(driver).await;
        let old = cookie(&visitor);
        visitor.travel_minutes(6);
        visitor.get("/read/name").await.assert_cookie(COOKIE);
        visitor.get("/read/name").await.assert_text("\"Ada\"").assert_cookie_missing(COOKIE);
        // Requests that were on their way, which store and read.
        visitor.travel(Duration::from_secs(9));
        with(&visitor, &old).get("/read/name").await.assert_text("\"Ada\"");
        visitor.travel(Duration::from_secs(1));
        with(&visitor, &old).get("/put/late/yes").await.assert_ok().assert_cookie_missing(COOKIE);
        visitor.travel(Duration::from_secs(20));
        let heard = events(&visitor);
        with(&visitor, &old).get("/read/name").await.assert_text("null");
        visitor.get("/read/late").await.assert_text("null");
        let heard = heard.lock().expect("not poisoned").clone();
        assert!(matches!(heard[..], [SessionEvent::Reused { .. }]), "{driver}: {heard:?}");
        // The next renewal does not bring it back.
        visitor.travel_minutes(6);
        visitor.get("/read/name").await.assert_text("\"Ada\"").assert_cookie(COOKIE);
        with(&visitor, &old).get("/read/name").await.assert_text("null");
    }
}

#[tokio::test]
async fn rule_8_a_login_or_a_logout_ends_every_token_that_was_sent() {
    for (driver, path) in DRIVERS.into_iter().flat_map(|it| [(it, "/login"), (it, "/logout")]) {
        let (visitor, _folder) = visitor(driver).await;
        let old = cookie(&visitor);
        let mut sent = vec![old.clone()];
        for _ in 0..3 {
            visitor.travel_minutes(6);
            visitor.set_cookie(COOKIE, &old);
            visitor.get("/read/name").await.assert_cookie(COOKIE);
            sent.push(cookie(&visitor));
        }
        visitor.set_cookie(COOKIE, &old);
        visitor.get(path).await.assert_ok();
        for token in &sent {
            with(&visitor, token).get("/read/name").await.assert_text("null");
        }
        visitor.travel_minutes(1);
        for token in &sent {
            with(&visitor, token).get("/read/name").await.assert_text("null");
        }
    }
}

#[tokio::test]
async fn rule_8_parallel_requests_at_a_renewal_lose_nothing_whichever_answer_is_lost() {
    let spy = Spy::default();
    let visitor = renewing(app(&spy, &Gate::new())).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let old = cookie(&visitor);
    for round in 1..=4_u64 {
        visitor.travel_minutes(6);
        visitor.set_cookie(COOKIE, &old);
        let answers = visitor
            .together(8, |visitor, _| async move { visitor.get("/increment/n").await })
            .await;
        let sent = answers.iter().filter(|answer| answer.cookie(COOKIE).is_some()).count();
        assert!(sent <= 2, "round {round}: {sent} tokens, one of them for the deadline");
        assert_eq!(spy.records().await.len(), 1);
        with(&visitor, &old).get("/read/n").await.assert_text(&(8 * round).to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn rule_8_a_renewal_that_the_driver_answers_late_or_never_ends_no_session() {
    for fault in [Fault::Fails, Fault::LosesAnswer, Fault::Hangs, Fault::Late] {
        let store = FaultyDriver::new(MemoryDriver::new());
        let visitor = renewing(app_on(store.clone(), &Gate::new())).client().await;
        visitor.get("/put/name/Ada").await.assert_ok();
        let old = cookie(&visitor);
        visitor.travel_minutes(6);
        store.at(1, Operation::Rotate, fault);
        visitor.get("/read/name").await.assert_status(503).assert_cookie_missing(COOKIE);
        if fault == Fault::Late {
            store.wait_for_late(1).await;
            store.release();
            store.wait_for_late(0).await;
        }
        visitor.get("/read/name").await.assert_text("\"Ada\"");
        visitor.travel_minutes(20);
        visitor.get("/read/name").await.assert_text("\"Ada\"").assert_cookie(COOKIE);
        assert_ne!(cookie(&visitor), old, "{fault:?}");
        visitor.get("/put/on/yes").await.assert_ok().assert_session_has(["name", "on"]);
    }
}

/// Between any two of the steps of a renewal: made, sent, seen, noted.
#[tokio::test]
async fn rule_8_a_crash_between_the_steps_of_a_renewal_ends_no_session() {
    for call in ["rotate", "replace"] {
        let spy = Spy::default();
        let visitor = renewing(app(&spy, &Gate::new())).client().await;
        visitor.get("/put/name/Ada").await.assert_ok();
        let old = cookie(&visitor);
        visitor.travel_minutes(6);
        spy.fail_from(call);
        // The second request notes that the new token has come; here it cannot.
        let _ = visitor.get("/read/name").await;
        let _ = visitor.get("/read/name").await;
        spy.fail_all(&[]);
        for token in [old, cookie(&visitor)] {
            with(&visitor, &token).get("/read/name").await.assert_text("\"Ada\"");
        }
    }
}

#[tokio::test]
async fn a_pointer_that_was_passed_by_leads_straight_to_the_session() {
    let spy = Spy::default();
    let visitor = renewing(app(&spy, &Gate::new())).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let old = cookie(&visitor);
    for _ in 0..5 {
        visitor.travel_minutes(6);
        visitor.get("/read/name").await.assert_cookie(COOKIE);
        visitor.set_cookie(COOKIE, &old);
    }
    visitor.get("/read/name").await.assert_text("\"Ada\"");
    spy.calls();
    visitor.get("/read/name").await.assert_text("\"Ada\"");
    // The client looks at the session after each response, as a request would.
    assert_eq!(spy.calls(), ["read"; 4], "the pointer and the session, twice");
    let pointers = spy.all().await.len() - 1;
    assert_eq!(pointers, 5);
    assert_eq!(spy.records().await.len(), 1);
}
