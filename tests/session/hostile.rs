//! Cookies that somebody planted, and clocks that were wrong.

use std::sync::Arc;
use std::time::Duration;

use lunox::encryption::{AppKey, Keyring};
use lunox::prelude::*;
use lunox::session::{SessionConfig, SessionDriver, SessionManager, commit_alone};
use lunox::support::{Clock, ManualClock};
use lunox::testing::{TestApp, TestClient, TestResponse};

use super::support::{Gate, Spy, app, client, key_of};

const COOKIE: &str = "lunox_session";
const DAY: u64 = 24 * 60 * 60;

/// A well-formed token that no session has.
fn dead(n: usize) -> String {
    let first = char::from(b'A' + u8::try_from(n).expect("a few"));
    format!("{first}{}", "A".repeat(42))
}

/// The manager of another server with the same store, whose clock is ahead by so many seconds.
fn manager_at(visitor: &TestClient, spy: &Spy, ahead: u64) -> SessionManager {
    let config = visitor.app().make::<SessionManager>().expect("bound").config().clone();
    let clock = ManualClock::at(visitor.app().clock().unix() + ahead);
    SessionManager::with_driver(config, Arc::new(clock), spy.clone())
}

/// The cookie of a session that such a server has made.
async fn made_ahead(visitor: &TestClient, spy: &Spy, ahead: u64) -> String {
    let manager = manager_at(visitor, spy, ahead);
    let session = manager.start(std::iter::empty()).await.expect("starts");
    session.put("name", "Ada");
    commit_alone(&manager, &session).await.expect("stores").expect("a cookie")
}

async fn read_behind(visitor: &TestClient, dead_ones: usize, own: &str) -> String {
    let mut cookies: Vec<String> =
        (0..dead_ones).map(|n| format!("{COOKIE}={}", dead(n))).collect();
    cookies.push(format!("{COOKIE}={own}"));
    let stranger = visitor.another();
    stranger.get("/read/name").header("cookie", &cookies.join("; ")).await.assert_ok().text()
}

#[tokio::test]
async fn dead_cookies_in_front_of_the_visitors_own_do_not_make_a_guest() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let own = visitor.cookie(COOKIE).expect("a cookie");
    for planted in [3, 7] {
        assert_eq!(read_behind(&visitor, planted, &own).await, "\"Ada\"", "{planted}");
    }
    // Nobody makes the store do more than this with one request.
    spy.calls();
    assert_eq!(read_behind(&visitor, 20, &own).await, "null");
    assert_eq!(spy.calls(), ["read"; 8]);
}

#[tokio::test]
async fn a_cookie_is_kept_no_longer_than_its_session_may_live() {
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    for driver in ["memory", "cookie"] {
        let visitor = TestApp::new()
            .session(|session| {
                session.driver = driver.to_owned();
                session.absolute_lifetime = hours(3);
            })
            .routes(|route| {
                route.get("/put", async |req: HttpRequest| {
                    req.session().increment("n", 1).to_string()
                });
                route.get("/rotate", async |req: HttpRequest| req.session().regenerate());
            })
            .client()
            .await;
        let age = async |path: &str| {
            let answer = visitor.get(path).await;
            answer
                .assert_ok()
                .cookie(COOKIE)
                .expect("a cookie")
                .max_age()
                .expect("an age")
                .whole_seconds()
        };
        assert_eq!(age("/put").await, 2 * 3600);
        visitor.travel_minutes(30);
        assert_eq!(age("/put").await, 2 * 3600);
        visitor.travel_minutes(80);
        // An hour and ten minutes remain of the three hours.
        assert_eq!(age("/put").await, 70 * 60, "{driver}");
        assert_eq!(age("/rotate").await, 70 * 60, "{driver}");
    }
}

#[tokio::test]
async fn a_session_from_a_clock_that_was_ahead_lives_no_longer_than_others() {
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.absolute_lifetime = Duration::from_secs(DAY))
        .client()
        .await;
    let right = visitor.app().clock().unix();
    let token = made_ahead(&visitor, &spy, 300 * DAY).await;
    let use_it = async || {
        visitor.set_cookie(COOKIE, &token);
        visitor.get("/read/name").await.assert_ok().text()
    };
    assert_eq!(use_it().await, "\"Ada\"");
    let stored = spy.read(&key_of(&token)).await.expect("reads").expect("is there");
    assert_eq!(stored.deadline, right + 2 * 3600);
    visitor.travel_minutes(119);
    assert_eq!(use_it().await, "\"Ada\"");
    visitor.travel_minutes(121);
    assert_eq!(use_it().await, "null", "idle for two hours");
}

#[tokio::test]
async fn a_busy_session_from_a_clock_that_was_ahead_ends_with_the_absolute_lifetime() {
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.absolute_lifetime = Duration::from_secs(5 * 3600))
        .client()
        .await;
    let token = made_ahead(&visitor, &spy, 300 * DAY).await;
    let use_it = async || {
        visitor.set_cookie(COOKIE, &token);
        visitor.get("/read/name").await.assert_ok().text()
    };
    for _ in 0..5 {
        assert_eq!(use_it().await, "\"Ada\"");
        visitor.travel_minutes(60);
    }
    assert_eq!(use_it().await, "null");
}

#[tokio::test]
async fn clocks_that_differ_by_minutes_cost_no_write_and_no_session() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    let token = made_ahead(&visitor, &spy, 4 * 60).await;
    spy.calls();
    visitor.set_cookie(COOKIE, &token);
    visitor.get("/read/name").await.assert_text("\"Ada\"");
    assert!(spy.calls().iter().all(|call| *call == "read"));
}

#[tokio::test]
async fn a_shorter_lifetime_binds_the_sessions_that_there_are() {
    let spy = Spy::default();
    let before = app(&spy, &Gate::new())
        .session(|session| session.lifetime = Duration::from_secs(20 * DAY))
        .client()
        .await;
    before.get("/put/name/Ada").await.assert_ok();
    let token = before.cookie(COOKIE).expect("a cookie");
    let after = client(&spy).await;
    let use_it = async || {
        after.set_cookie(COOKIE, &token);
        after.get("/read/name").await.assert_ok().text()
    };
    assert_eq!(use_it().await, "\"Ada\"");
    after.travel_minutes(121);
    assert_eq!(use_it().await, "null");
}

#[tokio::test]
async fn a_cookie_that_holds_a_session_from_a_clock_that_was_ahead_is_refused() {
    let key = AppKey::generate().expect("random bytes");
    let keys = || Keyring::new(key.clone(), []);
    let config = || SessionConfig { driver: "cookie".to_owned(), ..SessionConfig::default() };
    let at = |unix: u64| {
        SessionManager::new(config(), Arc::new(ManualClock::at(unix)), "").with_keys(keys())
    };
    let right = 1_800_000_000;
    for (ahead, expected) in [(4 * 60, Some("Ada")), (300 * DAY, None)] {
        let wrong = at(right + ahead);
        let session = wrong.start(std::iter::empty()).await.expect("starts");
        session.put("name", "Ada");
        let cookie = commit_alone(&wrong, &session).await.expect("stores").expect("a cookie");
        let found = at(right).start([&*cookie].into_iter()).await.expect("starts");
        assert_eq!(found.get::<String>("name").as_deref(), expected, "{ahead}");
    }
}

#[tokio::test]
async fn a_server_whose_clock_is_minutes_ahead_sweeps_no_living_session() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor.travel_minutes(119);
    let ahead = manager_at(&visitor, &spy, 4 * 60);
    assert_eq!(ahead.sweep(100).await.expect("sweeps"), 0);
    assert_eq!(spy.records().await.len(), 1);
    visitor.travel_minutes(6);
    assert_eq!(
        visitor.app().make::<SessionManager>().expect("bound").sweep(100).await.expect("sweeps"),
        1
    );
}

#[tokio::test]
async fn a_password_that_was_confirmed_ahead_of_the_clock_is_not_confirmed() {
    let session = lunox::testing::session();
    let now = ManualClock::default().unix();
    session.put("auth.password_confirmed_at", now + 60);
    assert!(session.password_confirmed_within(Duration::from_secs(900)));
    session.put("auth.password_confirmed_at", now + DAY);
    assert!(!session.password_confirmed_within(Duration::from_secs(900)));
}

/// An application whose outermost middleware makes another response of each, as `x-instead` asks.
async fn replacing() -> TestClient {
    async fn replace(req: HttpRequest, next: Next) -> Result {
        let instead = req.header("x-instead").map(str::to_owned);
        let response = next.run(req).await;
        match instead.as_deref() {
            Some("response") => Ok("something else".into_response()),
            Some("error") => abort(500),
            Some("panic") => panic!("on purpose"),
            _ => Ok(response),
        }
    }
    TestApp::new()
        .middleware(|registry| registry.global(replace))
        .routes(|route| {
            route.get("/put", async |req: HttpRequest| req.session().put("name", "Ada"));
            route.get("/read", async |req: HttpRequest| {
                req.session().get::<String>("name").unwrap_or_default()
            });
            route.get("/rotate", async |req: HttpRequest| req.session().regenerate());
            route.get("/logout", async |req: HttpRequest| req.session().invalidate());
        })
        .client()
        .await
}

fn session_cookies(answer: &TestResponse) -> usize {
    answer.set_cookies().iter().filter(|cookie| cookie.contains(COOKIE)).count()
}

#[tokio::test]
async fn the_cookie_of_a_session_that_was_stored_is_sent_whatever_becomes_of_the_response() {
    for instead in ["response", "error", "panic"] {
        let visitor = replacing().await;
        let replaced = visitor.with_header("x-instead", instead);
        let answer = replaced.get("/put").await;
        answer.assert_cookie(COOKIE).assert_header("cache-control", "no-store");
        assert_eq!(session_cookies(&answer), 1);
        visitor.get("/read").await.assert_text("Ada");
        replaced.get("/rotate").await.assert_cookie(COOKIE);
        visitor.get("/read").await.assert_text("Ada");
        replaced.get("/read").await.assert_cookie_missing(COOKIE);
        replaced.get("/logout").await;
        assert_eq!(visitor.cookie(COOKIE), None, "the browser has dropped it");
    }
    let visitor = replacing().await;
    assert_eq!(session_cookies(&visitor.get("/put").await), 1, "not twice");
}

#[tokio::test]
async fn with_the_driver_cookie_an_older_cookie_counts_again_until_the_token_is_new() {
    let visitor = TestApp::new()
        .session(|session| {
            session.driver = "cookie".to_owned();
            session.late_grace = Duration::ZERO;
        })
        .routes(|route| {
            route.get("/add", async |req: HttpRequest| req.session().increment("n", 1).to_string());
            route.get("/rotate", async |req: HttpRequest| req.session().regenerate());
        })
        .client()
        .await;
    visitor.get("/add").await.assert_text("1");
    let older = visitor.cookie(COOKIE).expect("a cookie");
    visitor.get("/add").await.assert_text("2");
    let copy = visitor.another();
    copy.set_cookie(COOKIE, &older);
    copy.get("/add").await.assert_text("2");
    visitor.get("/rotate").await.assert_ok();
    copy.set_cookie(COOKIE, &older);
    copy.get("/add").await.assert_text("1");
}
