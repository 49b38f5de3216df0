//! Rule 10: each call of the driver, failing in each way.

use std::time::Duration;

use lunox::session::{MemoryDriver, SessionDriver, WhenUnavailable};
use lunox::testing::{Fault, FaultyDriver, Operation, TestClient};
use serde_json::Value;

use super::support::{Gate, app_on};

const COOKIE: &str = "lunox_session";

type Store = FaultyDriver<MemoryDriver>;

/// A request that makes a call which is going to fail.
#[derive(Clone, Copy, Debug)]
struct Case {
    path: &'static str,
    fails: Operation,
    /// Whether tokens are renewed by age.
    renews: bool,
    /// What the visitor's session holds once the call has taken effect; `None` is the same as before.
    after: Option<&'static str>,
}

const fn case(path: &'static str, fails: Operation, after: Option<&'static str>) -> Case {
    Case { path, fails, renews: false, after }
}

const BEFORE: &str = r#"{"name":"Ada"}"#;

const CASES: [Case; 7] = [
    case("/read/name", Operation::Read, None),
    case("/put/name/Eve", Operation::Read, None),
    case("/logout", Operation::Read, None),
    case("/put/name/Eve", Operation::Replace, Some(r#"{"name":"Eve"}"#)),
    case("/flush-and-put", Operation::Replace, Some(r#"{"after":true}"#)),
    case("/read/name", Operation::Touch, None),
    // The answer with the new token is lost: the visitor has to log in again, and no one else is in.
    case("/login", Operation::Rotate, Some("{}")),
];

async fn visitor(store: &Store, case: Case, when: WhenUnavailable) -> TestClient {
    let app = app_on(store.clone(), &Gate::new()).session(|session| {
        session.when_unavailable = when;
        session.renew_every = case.renews.then_some(Duration::from_secs(24 * 3600));
    });
    let visitor = app.client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor.travel_minutes(30);
    visitor
}

/// What the session holds after the request was made again.
fn at_last(path: &str) -> &'static str {
    match path {
        "/put/name/Eve" => r#"{"name":"Eve"}"#,
        "/flush-and-put" => r#"{"after":true}"#,
        "/login" => r#"{"name":"Ada","user":7}"#,
        "/logout" => "{}",
        "/logout-and-flash" => r#"{"_flash":{"new":[],"old":["bye"]},"bye":true}"#,
        _ => BEFORE,
    }
}

async fn session(visitor: &TestClient) -> String {
    Value::Object(visitor.session().await).to_string()
}

/// What is stored, whoever may see it.
async fn stored(store: &Store) -> Vec<lunox::session::Listed> {
    store.inner().list(None, 100).await.expect("lists").expect("can list").records
}

#[tokio::test(start_paused = true)]
async fn rule_10_a_call_that_fails_or_hangs_answers_503_and_leaves_everything_as_it_was() {
    for case in CASES {
        for fault in [Fault::Fails, Fault::Hangs] {
            let store = FaultyDriver::new(MemoryDriver::new());
            let visitor = visitor(&store, case, WhenUnavailable::Fail).await;
            let (cookie, before) = (visitor.cookie(COOKIE), stored(&store).await);
            store.calls();
            store.at(1, case.fails, fault);
            let response = visitor.get(case.path).await;
            let what = format!("{case:?} {fault:?}");
            assert_eq!(response.status(), 503, "{what}");
            response.assert_cookie_missing(COOKIE).assert_dont_see("planned");
            assert!(store.calls().contains(&case.fails), "{what}");
            if case.fails == Operation::Destroy {
                // The first step has ended the session already: the logout is never taken back.
                assert_eq!(session(&visitor).await, "{}", "{what}");
            } else {
                assert_eq!(stored(&store).await, before, "{what}");
                assert_eq!(visitor.cookie(COOKIE), cookie, "{what}");
                assert_eq!(session(&visitor).await, BEFORE, "{what}");
            }
            // It recovers by itself: the same request again does what it is for.
            visitor.get(case.path).await.assert_ok();
            assert_eq!(session(&visitor).await, at_last(case.path), "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rule_10_a_call_whose_answer_is_lost_has_happened_once_and_the_cookie_stays() {
    for case in CASES {
        let store = FaultyDriver::new(MemoryDriver::new());
        let visitor = visitor(&store, case, WhenUnavailable::Fail).await;
        let cookie = visitor.cookie(COOKIE);
        store.at(1, case.fails, Fault::LosesAnswer);
        let response = visitor.get(case.path).await;
        response.assert_status(503).assert_cookie_missing(COOKIE);
        assert_eq!(visitor.cookie(COOKIE), cookie, "{case:?}");
        assert_eq!(session(&visitor).await, case.after.unwrap_or(BEFORE), "{case:?}");
        // Until then, a token that a login has replaced belongs to requests that were on their way.
        visitor.travel_minutes(1);
        visitor.get("/put/back/again").await.assert_ok().assert_session_has_value("back", "again");
    }
}

#[tokio::test(start_paused = true)]
async fn rule_10_a_call_that_takes_effect_after_its_request_was_given_up_harms_nothing() {
    for case in CASES {
        let store = FaultyDriver::new(MemoryDriver::new());
        let visitor = visitor(&store, case, WhenUnavailable::Fail).await;
        store.at(1, case.fails, Fault::Late);
        visitor.get(case.path).await.assert_status(503).assert_cookie_missing(COOKIE);
        store.wait_for_late(1).await;
        assert_eq!(stored(&store).await.len(), 1, "{case:?}");
        // Meanwhile the visitor goes on: what comes late must not overwrite this.
        visitor.get("/put/newer/yes").await.assert_ok();
        store.release();
        store.wait_for_late(0).await;
        let session = visitor.session().await;
        assert!(session.contains_key("newer"), "{case:?}: {session:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rule_10_a_call_that_is_late_but_in_time_is_as_good_as_any() {
    for case in CASES {
        let store = FaultyDriver::new(MemoryDriver::new());
        let visitor = visitor(&store, case, WhenUnavailable::Fail).await;
        store.at(1, case.fails, Fault::Late);
        let request = tokio::spawn({
            let visitor = visitor.clone();
            async move { visitor.get(case.path).await }
        });
        store.wait_for_late(1).await;
        store.release();
        request.await.expect("ends").assert_ok();
    }
}

#[tokio::test(start_paused = true)]
async fn rule_10_by_config_a_store_that_cannot_be_read_degrades_and_one_that_cannot_write_fails() {
    for case in CASES {
        for fault in [Fault::Fails, Fault::Hangs, Fault::LosesAnswer, Fault::Late] {
            let store = FaultyDriver::new(MemoryDriver::new());
            let visitor = visitor(&store, case, WhenUnavailable::Degrade).await;
            let (cookie, before) = (visitor.cookie(COOKIE), stored(&store).await);
            store.at(1, case.fails, fault);
            let response = visitor.get(case.path).await;
            response.assert_cookie_missing(COOKIE);
            let reads = case.fails == Operation::Read;
            assert_eq!(response.status(), if reads { 200 } else { 503 }, "{case:?} {fault:?}");
            assert_eq!(visitor.cookie(COOKIE), cookie, "{case:?} {fault:?}");
            if reads {
                assert_eq!(stored(&store).await, before, "{case:?} {fault:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rule_10_a_session_that_cannot_be_created_is_answered_503_and_gets_no_cookie() {
    for (fault, left) in [(Fault::Fails, 0), (Fault::Hangs, 0), (Fault::LosesAnswer, 1)] {
        let store = FaultyDriver::new(MemoryDriver::new());
        let visitor = app_on(store.clone(), &Gate::new()).client().await;
        store.at(1, Operation::Create, fault);
        visitor.get("/put/name/Ada").await.assert_status(503).assert_cookie_missing(COOKIE);
        assert_eq!(visitor.cookie(COOKIE), None);
        // A record whose token nobody has is out of reach, and the sweep takes it in its time.
        assert_eq!(stored(&store).await.len(), left, "{fault:?}");
        visitor.get("/put/name/Ada").await.assert_ok().assert_session_has("name");
    }
}

#[tokio::test(start_paused = true)]
async fn rule_10_whatever_call_of_a_burst_fails_no_increment_is_lost_or_doubled() {
    for fault in [Fault::Fails, Fault::LosesAnswer, Fault::Hangs] {
        for nth in 1..=40 {
            let store = FaultyDriver::new(MemoryDriver::new());
            let visitor = app_on(store.clone(), &Gate::new()).client().await;
            visitor.get("/put/name/Ada").await.assert_ok();
            store.calls();
            store.at(nth, None, fault);
            let answers = visitor.together(8, |visitor, _| async move {
                visitor.get("/increment/n").await.status()
            });
            let answers = answers.await;
            store.heal();
            let counted = answers.iter().filter(|status| **status == 200).count() as u64;
            let (n, failed) = (visitor.session().await["n"].as_u64(), 8 - counted);
            let most = if fault == Fault::LosesAnswer { counted + failed } else { counted };
            assert!(failed <= 1, "{fault:?} at call {nth}: {answers:?}");
            assert!((counted..=most).contains(&n.unwrap_or_default()), "{fault:?} {nth}: {n:?}");
        }
    }
}

#[tokio::test]
async fn rule_10_sessions_whose_folder_is_away_are_back_when_it_is() {
    for when in [WhenUnavailable::Fail, WhenUnavailable::Degrade] {
        let parent = tempfile::tempdir().expect("a folder");
        let (dir, aside) = (parent.path().join("sessions"), parent.path().join("aside"));
        let client = async || {
            let files = dir.clone();
            let configured = move |session: &mut lunox::session::SessionConfig| {
                session.files = files;
                session.when_unavailable = when;
            };
            app_on("file", &Gate::new()).session(configured).client().await
        };
        // Only who has not had the file open in the last second looks for it at once.
        let (before, visitor) = (client().await, client().await);
        before.get("/put/name/Ada").await.assert_ok();
        let cookie = before.cookie(COOKIE);
        visitor.set_cookie(COOKIE, cookie.as_deref().expect("a cookie"));
        std::fs::rename(&dir, &aside).expect("moved");
        let status = if when == WhenUnavailable::Fail { 503 } else { 200 };
        for path in ["/read/name", "/put/name/Eve", "/logout"] {
            let response = visitor.get(path).await;
            response.assert_cookie_missing(COOKIE);
            assert_eq!(response.status(), status, "{path} {when:?}");
        }
        let newcomer = visitor.another();
        newcomer.get("/put/name/Bob").await.assert_status(503).assert_cookie_missing(COOKIE);
        let manager = visitor.app().make::<lunox::prelude::SessionManager>().expect("bound");
        assert!(manager.sweep(10).await.is_err());
        assert!(!dir.exists() && visitor.cookie(COOKIE) == cookie);
        std::fs::rename(&aside, &dir).expect("moved");
        assert_eq!(session(&visitor).await, BEFORE);
        newcomer.get("/put/name/Bob").await.assert_ok();
    }
}

#[tokio::test(start_paused = true)]
async fn rule_13_the_sweep_survives_a_store_that_fails() {
    let store = FaultyDriver::new(MemoryDriver::new());
    let visitor = app_on(store.clone(), &Gate::new()).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor.travel_minutes(126);
    let manager = visitor.app().make::<lunox::prelude::SessionManager>().expect("bound");
    for fault in [Fault::Fails, Fault::Hangs] {
        store.at(1, Operation::Sweep, fault);
        assert!(manager.sweep(10).await.is_err(), "{fault:?}");
        assert_eq!(stored(&store).await.len(), 1);
    }
    assert_eq!(manager.sweep(10).await.expect("sweeps"), 1);
}

#[tokio::test(start_paused = true)]
async fn rule_10_a_logout_that_cannot_be_marked_takes_place_nevertheless() {
    for fault in [Fault::Fails, Fault::Hangs, Fault::LosesAnswer] {
        let store = FaultyDriver::new(MemoryDriver::new());
        let logout = case("/logout", Operation::Replace, Some("{}"));
        let visitor = visitor(&store, logout, WhenUnavailable::Fail).await;
        store.at(1, Operation::Replace, fault);
        visitor.get("/logout").await.assert_ok();
        assert_eq!(session(&visitor).await, "{}", "{fault:?}");
        assert_eq!(stored(&store).await.len(), 0, "{fault:?}");
    }
}
