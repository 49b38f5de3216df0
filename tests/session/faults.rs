//! Rule 10, and requests that end before their time.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use lunox::session::WhenUnavailable;

use super::support::{Gate, Spy, app, client};

const COOKIE: &str = "lunox_session";

#[tokio::test]
async fn rule_10_asvs_s21_a_store_that_is_down_answers_503_and_nothing_is_lost() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let before = visitor.cookie(COOKIE);
    spy.set_down(true);
    for path in ["/read/name", "/put/name/Eve", "/logout", "/login", "/flush-and-put"] {
        let response = visitor.get(path).await;
        response.assert_status(503).assert_cookie_missing(COOKIE).assert_dont_see("secret-host");
    }
    let calls = spy.calls();
    assert!(calls.iter().all(|call| matches!(*call, "read" | "create")), "{calls:?}");
    spy.set_down(false);
    assert_eq!(visitor.cookie(COOKIE), before);
    visitor.get("/read/name").await.assert_text("\"Ada\"");
}

#[tokio::test]
async fn rule_10_by_config_a_request_runs_without_a_session_and_stores_nothing() {
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.when_unavailable = WhenUnavailable::Degrade)
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    spy.set_down(true);
    visitor.get("/read/name").await.assert_ok().assert_text("null").assert_cookie_missing(COOKIE);
    visitor.get("/put/name/Eve").await.assert_ok().assert_cookie_missing(COOKIE);
    visitor.get("/logout").await.assert_ok().assert_cookie_missing(COOKIE);
    spy.set_down(false);
    visitor.get("/read/name").await.assert_text("\"Ada\"");
}

/// Polls a future at most `times`, then drops it.
fn poll_then_drop<F: Future>(future: F, times: usize) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if future.as_mut().poll(&mut context).is_ready() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[tokio::test]
async fn rule_9_a_request_dropped_at_any_await_leaves_the_store_as_before_or_as_after() {
    let before = serde_json::json!({"name": "Ada", "n": 1});
    for path in [
        "/increment/n",
        "/put/name/Eve",
        "/login",
        "/logout",
        "/logout-and-flash",
        "/flush-and-put",
    ] {
        let mut drops = 0;
        for polls in 0..16 {
            let spy = Spy::default();
            let visitor = client(&spy).await;
            visitor.get("/put/name/Ada").await.assert_ok();
            visitor.get("/increment/n").await.assert_ok();
            let old = visitor.cookie(COOKIE).expect("a cookie");
            let finished = poll_then_drop(visitor.get(path), polls);
            let witness = visitor.another();
            witness.set_cookie(COOKIE, &old);
            let seen = serde_json::Value::Object(witness.session().await);
            let count = spy.records().await.len();
            assert!(count <= 1, "{path} after {polls} polls left {count} records");
            let whole = match path {
                "/increment/n" => seen == before || seen["n"] == 2,
                "/put/name/Eve" => seen == before || seen["name"] == "Eve",
                "/flush-and-put" => seen == before || seen == serde_json::json!({"after": true}),
                _ => seen == before || seen == serde_json::json!({}),
            };
            assert!(whole, "{path} after {polls} polls: {seen}");
            assert!(!finished || seen != before, "{path} was answered and did nothing");
            drops += usize::from(!finished);
        }
        assert!(
            (3..16).contains(&drops),
            "{path} was dropped {drops} times: not at each of its awaits"
        );
    }
}
