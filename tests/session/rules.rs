//! Rules 1 to 8, 11 and 15 of the design, from a visitor's side.

use std::time::Duration;

use lunox::testing::TestResponse;

use super::support::{Gate, Spy, app, client};

const COOKIE: &str = "lunox_session";

#[tokio::test]
async fn rule_1_asvs_s16_the_store_holds_neither_the_token_nor_its_text() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let token = visitor.cookie(COOKIE).expect("a cookie");
    assert_eq!(token.len(), 43, "32 bytes in base64url");
    for record in spy.records().await {
        assert_ne!(record.key.to_hex(), token);
        let payload = String::from_utf8_lossy(&record.stored.payload).into_owned();
        assert!(!payload.contains(&token));
    }
}

#[tokio::test]
async fn rule_2_asvs_s3_a_token_that_was_never_issued_is_never_adopted() {
    let spy = Spy::default();
    for path in [
        "/put/a/1",
        "/increment/n",
        "/push/1",
        "/flash/x",
        "/login",
        "/flush-and-put",
        "/logout-and-flash",
    ] {
        let attacker = client(&spy).await;
        let planted = "A".repeat(43);
        attacker.set_cookie(COOKIE, &planted);
        attacker.get(path).await.assert_ok().assert_cookie(COOKIE);
        assert_ne!(attacker.cookie(COOKIE).as_deref(), Some(planted.as_str()), "{path}");
        let victim = attacker.another();
        victim.set_cookie(COOKIE, &planted);
        assert_eq!(victim.session().await.len(), 0, "{path}");
    }
}

#[tokio::test]
async fn rule_3_a_visitor_who_stores_nothing_costs_nothing() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    for path in ["/nothing", "/read/name", "/forget/name", "/logout", "/rotate"] {
        visitor.get(path).await.assert_ok().assert_cookie_missing(COOKIE);
    }
    visitor.get("/nothing").await.assert_header_missing("cache-control");
    assert_eq!(spy.calls(), Vec::<&str>::new());
}

#[tokio::test]
async fn rule_4_asvs_s4_a_malformed_cookie_never_reaches_the_driver() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    for cookie in
        ["", "x", "../../etc/passwd", &"A".repeat(44), &"A".repeat(10_000), "%00", &"é".repeat(20)]
    {
        visitor.set_cookie(COOKIE, cookie);
        visitor.get("/read/name").await.assert_ok().assert_text("null");
    }
    let request = visitor
        .request(http::Method::GET, "/read/name")
        .header("cookie", "lunox_session=..%2f..%2fetc");
    request.send().await.assert_ok();
    assert_eq!(spy.calls(), Vec::<&str>::new());
}

#[tokio::test]
async fn rule_5_a_put_of_an_equal_value_is_no_change() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    spy.calls();
    visitor.get("/put/name/Ada").await.assert_ok().assert_cookie_missing(COOKIE);
    assert!(!spy.calls().contains(&"replace"));
}

#[tokio::test]
async fn rule_6_two_requests_that_set_different_keys_both_win() {
    let spy = Spy::default();
    let gate = Gate::new();
    let visitor = app(&spy, &gate).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let both = tokio::spawn({
        let visitor = visitor.clone();
        async move {
            visitor
                .together(
                    2,
                    |visitor, n| async move { visitor.get(&format!("/slow-put/k{n}")).await },
                )
                .await
        }
    });
    gate.wait_for(2).await;
    gate.let_go(2);
    for response in both.await.expect("ends") {
        response.assert_ok();
    }
    let session = visitor.session().await;
    assert!(
        session.contains_key("k0") && session.contains_key("k1") && session.contains_key("name"),
        "{session:?}"
    );
}

#[tokio::test]
async fn rule_7_asvs_s7_a_slow_request_that_ends_after_a_logout_writes_nothing_and_sets_no_cookie()
{
    for slow in ["/slow-put/late", "/slow-read"] {
        let spy = Spy::default();
        let gate = Gate::new();
        let visitor = app(&spy, &gate).client().await;
        visitor.get("/login").await.assert_ok();
        let token = visitor.cookie(COOKIE).expect("a cookie");
        let late = tokio::spawn({
            let visitor = visitor.clone();
            async move { visitor.get(slow).await }
        });
        gate.wait_for(1).await;
        visitor.get("/logout").await.assert_ok().assert_cookie(COOKIE);
        assert_eq!(visitor.cookie(COOKIE), None, "the browser has dropped the cookie");
        gate.let_go(1);
        late.await.expect("ends").assert_ok().assert_cookie_missing(COOKIE);
        assert_eq!(spy.records().await.len(), 0, "{slow}");
        let thief = visitor.another();
        thief.set_cookie(COOKIE, &token);
        thief.get("/read/user").await.assert_text("null");
    }
}

#[tokio::test]
async fn rule_8_at_login_the_old_token_is_dead_at_once_and_the_data_stays() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/cart/full").await.assert_ok();
    let before = visitor.cookie(COOKIE).expect("a cookie");
    spy.calls();
    visitor
        .get("/login")
        .await
        .assert_ok()
        .assert_cookie(COOKIE)
        .assert_header("cache-control", "no-store");
    assert_eq!(spy.calls().iter().filter(|call| **call == "rotate").count(), 1);
    let after = visitor.cookie(COOKIE).expect("a cookie");
    assert_ne!(before, after);
    visitor
        .get("/nothing")
        .await
        .assert_session_has_value("user", 7)
        .assert_session_has_value("cart", "full");
    let thief = visitor.another();
    thief.set_cookie(COOKIE, &before);
    thief.get("/read/cart").await.assert_text("null").assert_cookie_missing(COOKIE);
    assert_eq!(spy.records().await.len(), 1);
}

#[tokio::test]
async fn rule_8_a_token_renewed_by_age_still_finds_its_session_for_a_while() {
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.renew_every = Some(Duration::from_secs(600)))
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let old = visitor.cookie(COOKIE).expect("a cookie");
    visitor.travel(Duration::from_secs(601));
    visitor.get("/nothing").await.assert_ok().assert_cookie(COOKIE);
    assert_ne!(visitor.cookie(COOKIE).as_deref(), Some(old.as_str()));
    let parallel = visitor.another();
    parallel.set_cookie(COOKIE, &old);
    parallel.get("/put/late/yes").await.assert_ok().assert_cookie_missing(COOKIE);
    visitor.get("/nothing").await.assert_session_has_value("late", "yes");
    visitor.travel(Duration::from_secs(11));
    parallel.get("/read/name").await.assert_text("null");
    visitor.get("/read/name").await.assert_text("\"Ada\"");
}

#[tokio::test]
async fn rule_8_requests_that_meet_a_renewal_do_not_renew_again_and_keep_what_they_stored() {
    let spy = Spy::default();
    let gate = Gate::new();
    let visitor = app(&spy, &gate)
        .session(|session| session.renew_every = Some(Duration::from_secs(600)))
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor.travel(Duration::from_secs(601));
    let all = tokio::spawn({
        let visitor = visitor.clone();
        async move {
            let slow = |visitor: lunox::testing::TestClient, n: usize| async move {
                let path = if n < 8 { "/slow-read".to_owned() } else { format!("/slow-put/k{n}") };
                visitor.get(&path).await.assert_ok().set_cookies().len()
            };
            visitor.together(16, slow).await
        }
    });
    // Every one of them has read the record before the first one renews it.
    gate.wait_for(16).await;
    gate.let_go(16);
    assert_eq!(all.await.expect("ends").iter().sum::<usize>(), 1);
    assert_eq!(spy.calls().iter().filter(|call| **call == "rotate").count(), 16);
    let session = visitor.session().await;
    assert!((8..16).all(|n| session.contains_key(&format!("k{n}"))), "{session:?}");
    assert_eq!(spy.records().await.len(), 1);
}

#[tokio::test]
async fn rule_8_a_logout_ends_a_session_that_a_parallel_request_renewed_meanwhile() {
    let spy = Spy::default();
    let gate = Gate::new();
    let visitor = app(&spy, &gate)
        .session(|session| session.renew_every = Some(Duration::from_secs(600)))
        .client()
        .await;
    visitor.get("/login").await.assert_ok();
    visitor.travel(Duration::from_secs(601));
    let leaving = tokio::spawn({
        let other_tab = visitor.another();
        other_tab.set_cookie(COOKIE, &visitor.cookie(COOKIE).expect("a cookie"));
        async move { other_tab.get("/slow-logout").await }
    });
    gate.wait_for(1).await;
    visitor.get("/nothing").await.assert_ok().assert_cookie(COOKIE);
    gate.let_go(1);
    leaving.await.expect("ends").assert_ok();
    visitor.get("/read/user").await.assert_text("null");
    assert_eq!(spy.records().await.len(), 0);
}

#[tokio::test]
async fn rule_9_a_panic_makes_no_session_where_there_was_none_to_rotate() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/token-rotate-and-panic").await.assert_status(500).assert_cookie_missing(COOKIE);
    assert_eq!(spy.records().await.len(), 0);
}

#[tokio::test]
async fn rule_9_a_failed_request_commits_and_a_panic_does_not() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor.get("/fail").await.assert_status(500).assert_session_has_value("failed", true);
    visitor
        .get("/panic")
        .await
        .assert_status(500)
        .assert_session_missing("panicked")
        .assert_session_has("name");
    let before = visitor.cookie(COOKIE);
    visitor
        .get("/rotate-and-panic")
        .await
        .assert_status(500)
        .assert_session_missing("panicked")
        .assert_cookie(COOKIE);
    assert_ne!(visitor.cookie(COOKIE), before, "a rotation already asked for takes place");
    visitor.get("/nothing").await.assert_session_has("name");
}

fn session_cookie(response: &TestResponse) -> &str {
    let cookies = response.set_cookies();
    cookies
        .into_iter()
        .find(|cookie| cookie.contains("lunox_session="))
        .expect("a session's cookie")
}

#[tokio::test]
async fn rule_11_the_cookie_is_set_only_when_the_token_or_its_time_changes() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    let response = visitor.get("/put/name/Ada").await;
    let cookie = session_cookie(&response);
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=7200"), "{cookie}");
    response.assert_header("cache-control", "no-store");
    visitor.get("/read/name").await.assert_cookie_missing(COOKIE);
    visitor.get("/put/name/Eve").await.assert_cookie_missing(COOKIE);
    let removal = visitor.get("/logout").await;
    let cookie = session_cookie(&removal);
    assert!(
        cookie.starts_with(
            "lunox_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970"
        ),
        "{cookie}"
    );
}

#[tokio::test]
async fn rule_11_a_secure_cookie_gets_the_host_prefix_and_is_read_under_it() {
    let spy = Spy::default();
    let app = app(&spy, &Gate::new()).session(|session| session.secure = true);
    let visitor = app.client().await.https();
    let response = visitor.get("/put/name/Ada").await;
    let cookie = session_cookie(&response);
    assert!(cookie.starts_with("__Host-lunox_session=") && cookie.contains("; Secure"));
    visitor.get("/read/name").await.assert_text("\"Ada\"");
    visitor.get("/logout").await.assert_cookie("__Host-lunox_session");
    assert_eq!(visitor.cookie("__Host-lunox_session"), None);
}

#[tokio::test]
async fn rule_15_a_value_that_cannot_be_stored_fails_the_request_and_stores_nothing_of_it() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor
        .get("/unstorable")
        .await
        .assert_status(500)
        .assert_dont_see("odd")
        .assert_session_missing("fine");
    visitor.get("/put/list/text").await.assert_ok();
    visitor.get("/push/1").await.assert_status(500).assert_session_has_value("list", "text");
}

#[tokio::test]
async fn a_logout_that_stores_something_after_it_starts_another_session() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/login").await.assert_ok();
    let before = visitor.cookie(COOKIE);
    spy.calls();
    visitor
        .get("/logout-and-flash")
        .await
        .assert_ok()
        .assert_cookie(COOKIE)
        .assert_session_has("bye");
    let calls: Vec<&str> = spy.calls().into_iter().filter(|call| *call != "read").collect();
    // Marked as ended: no parallel rotation can carry it on, and what was on its way is recognized.
    assert_eq!(calls, ["replace", "create"]);
    assert_ne!(visitor.cookie(COOKIE), before);
    visitor.get("/nothing").await.assert_session_missing("user");
}

#[tokio::test]
async fn a_planted_cookie_of_the_same_name_does_not_hide_the_session() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let token = visitor.cookie(COOKIE).expect("a cookie");
    let cookies = format!("{COOKIE}={}; {COOKIE}=x; {COOKIE}={token}", "A".repeat(43));
    let request =
        visitor.another().request(http::Method::GET, "/read/name").header("cookie", &cookies);
    request.send().await.assert_text("\"Ada\"");
}
