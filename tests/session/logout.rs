//! Logging out while requests of the same session are on their way.

use std::time::Duration;

use lunox::prelude::SessionManager;

use super::support::{Gate, app_on};

const COOKIE: &str = "lunox_session";

/// Every kind of slow request at once, twice; one logout overtakes them all.
async fn logs_out_under_load(driver: &str, renews: bool) {
    const SLOW: [&str; 6] = [
        "/slow-put/late",
        "/slow-read",
        "/slow-login",
        "/slow-put/later",
        "/slow-read",
        "/slow-login",
    ];
    let gate = Gate::new();
    let app = app_on(driver, &gate).session(|session| {
        session.renew_every = renews.then_some(Duration::from_secs(600));
    });
    let visitor = app.client().await;
    visitor.get("/login").await.assert_ok();
    // Old enough to be touched, and to be renewed if tokens are.
    visitor.travel(Duration::from_secs(20 * 60));
    let token = visitor.cookie(COOKIE).expect("a cookie");
    let slow = tokio::spawn({
        let visitor = visitor.clone();
        async move {
            visitor
                .together(SLOW.len(), |visitor, n| async move { visitor.get(SLOW[n]).await })
                .await
        }
    });
    gate.wait_for(SLOW.len() as u32).await;
    visitor.get("/logout").await.assert_ok().assert_cookie(COOKIE);
    assert_eq!(visitor.cookie(COOKIE), None, "the browser has dropped the cookie");
    gate.let_go(SLOW.len());
    for response in slow.await.expect("ends") {
        response.assert_ok().assert_cookie_missing(COOKIE);
    }
    assert_eq!(visitor.cookie(COOKIE), None, "no cookie came back");
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    let living = manager.list().await.expect("reads").expect("it can list");
    assert!(living.is_empty(), "{driver}, renews: {renews}: {living:?}");
    let thief = visitor.another();
    thief.set_cookie(COOKIE, &token);
    thief.get("/read/user").await.assert_text("null");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_7_a_logout_is_final_for_slow_requests_of_every_kind_in_memory() {
    for renews in [false, true] {
        logs_out_under_load("memory", renews).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_7_a_logout_is_final_for_slow_requests_of_every_kind_on_files() {
    for renews in [false, true] {
        logs_out_under_load("file", renews).await;
    }
}

/// The logout has begun; then a request of another tab gets the session another token.
async fn logs_out_what_was_rotated_meanwhile(driver: &str, renews: bool) {
    let gate = Gate::new();
    let app = app_on(driver, &gate).session(|session| {
        session.renew_every = renews.then_some(Duration::from_secs(600));
    });
    let visitor = app.client().await;
    visitor.get("/login").await.assert_ok();
    let leaving = visitor.another();
    leaving.set_cookie(COOKIE, &visitor.cookie(COOKIE).expect("a cookie"));
    let leaving = tokio::spawn(async move { leaving.get("/slow-logout").await });
    gate.wait_for(1).await;
    for _ in 0..3 {
        visitor.get("/rotate").await.assert_ok().assert_cookie(COOKIE);
    }
    gate.let_go(1);
    leaving.await.expect("ends").assert_ok();
    let answer = visitor.get("/read/user").await;
    answer.assert_text("null");
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    if let Some(living) = manager.list().await.expect("reads") {
        assert!(living.is_empty(), "{driver}, renews: {renews}: {living:?}");
    }
}

#[tokio::test]
async fn rule_7_asvs_s7_a_logout_ends_the_session_under_whatever_token_it_has_by_then() {
    for driver in ["memory", "file", "cookie"] {
        for renews in [false, true] {
            logs_out_what_was_rotated_meanwhile(driver, renews).await;
        }
    }
}

#[tokio::test]
async fn rule_7_a_logout_takes_place_even_where_the_request_stores_what_cannot_be_stored() {
    for driver in ["memory", "file", "cookie"] {
        let app = app_on(driver, &Gate::new()).routes(|route| {
            route.get("/logout-badly", async |req: lunox::prelude::HttpRequest| {
                req.session().invalidate();
                req.session().put("share", f64::NAN);
            });
        });
        let visitor = app.client().await;
        visitor.get("/login").await.assert_ok();
        visitor.get("/logout-badly").await.assert_status(500).assert_session_missing("share");
        visitor.get("/read/user").await.assert_text("null");
    }
}
