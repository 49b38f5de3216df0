//! Rule 16, the driver `cookie`: the session lies with the visitor, sealed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lunox::encryption::AppKey;
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use serde_json::json;

use super::log::Log;
use super::support::{Gate, Spy, app, app_on};

const COOKIE: &str = "lunox_session";

fn key() -> AppKey {
    AppKey::generate().expect("random bytes")
}

fn build(gate: &Gate, keys: &[&AppKey]) -> TestApp {
    let app = app_on("cookie", gate);
    let Some((current, previous)) = keys.split_first() else { return app };
    app.app(|app| {
        app.key = Some((*current).clone());
        app.previous_keys = previous.iter().map(|key| (*key).clone()).collect();
    })
}

async fn visitor() -> TestClient {
    build(&Gate::new(), &[]).client().await
}

fn cookie(visitor: &TestClient) -> String {
    visitor.cookie(COOKIE).expect("a cookie")
}

/// Another visitor, with a cookie that is not theirs.
fn with_cookie(visitor: &TestClient, value: &str) -> TestClient {
    let thief = visitor.another();
    thief.set_cookie(COOKIE, value);
    thief
}

#[tokio::test]
async fn rule_16_the_session_lies_in_the_cookie_and_nowhere_else() {
    let visitor = visitor().await;
    visitor.get("/nothing").await.assert_cookie_missing(COOKIE);
    let response = visitor.get("/put/name/Ada").await;
    response.assert_ok().assert_cookie(COOKIE).assert_header("cache-control", "no-store");
    let set = response.cookie(COOKIE).expect("a cookie");
    assert_eq!((set.http_only(), set.path()), (Some(true), Some("/")));
    visitor.get("/read/name").await.assert_text("\"Ada\"").assert_cookie_missing(COOKIE);
    visitor.get("/put/name/Ada").await.assert_ok().assert_cookie_missing(COOKIE);
    visitor.get("/increment/n").await.assert_text("1").assert_cookie(COOKIE);
    visitor.get("/increment/n").await.assert_text("2");
    visitor.another().get("/read/name").await.assert_text("null");
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    assert!(manager.list().await.expect("answers").is_none());
    assert_eq!(manager.sweep(100).await.expect("sweeps"), 0);
}

#[tokio::test]
async fn rule_16_the_cookie_is_sealed_and_of_cookie_octets() {
    let visitor = visitor().await;
    visitor.get("/put/diagnosis/secret").await.assert_ok();
    let value = cookie(&visitor);
    assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    let bytes = URL_SAFE_NO_PAD.decode(&value).expect("base64url");
    for text in ["diagnosis", "secret"] {
        assert!(!bytes.windows(text.len()).any(|part| part == text.as_bytes()), "{text}");
    }
    let other = visitor.another();
    other.get("/put/diagnosis/secret").await.assert_ok();
    assert_ne!(cookie(&other)[8..40], value[8..40], "the nonces differ");
}

#[tokio::test]
async fn rule_16_no_character_of_the_cookie_can_be_changed() {
    let visitor = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let value = cookie(&visitor);
    with_cookie(&visitor, &value).get("/read/name").await.assert_text("\"Ada\"");
    for index in 0..value.len() {
        let mut changed = value.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("ASCII");
        let response = with_cookie(&visitor, &changed).get("/read/name").await;
        response.assert_ok().assert_text("null").assert_cookie_missing(COOKIE);
        let cut = with_cookie(&visitor, &value[..index]).get("/read/name").await;
        cut.assert_ok().assert_text("null");
    }
    for longer in [format!("{value}A"), format!("{value}{value}"), value.repeat(20)] {
        let response = with_cookie(&visitor, &longer).get("/read/name").await;
        response.assert_ok().assert_text("null");
    }
}

#[tokio::test]
async fn rule_16_a_cookie_in_the_clear_is_refused() {
    let visitor = visitor().await;
    let data = json!({"name": "Mallory"}).to_string();
    let mut record = vec![1u8, 0, 0, 0, 0];
    record.extend([7; 32]);
    record.extend(data.as_bytes());
    for forged in [
        data.clone(),
        URL_SAFE_NO_PAD.encode(&data),
        URL_SAFE_NO_PAD.encode(&record),
        URL_SAFE_NO_PAD.encode([&[0xE1; 40][..], &record].concat()),
        "A".repeat(43),
        String::new(),
    ] {
        let response = with_cookie(&visitor, &forged).get("/read/name").await;
        response.assert_ok().assert_text("null").assert_cookie_missing(COOKIE);
    }
}

#[tokio::test]
async fn rule_16_a_cookie_of_another_key_or_for_another_name_is_refused() {
    let key = key();
    let ours = build(&Gate::new(), &[&key]).client().await;
    ours.get("/put/name/Ada").await.assert_ok();
    let stranger = build(&Gate::new(), &[]).client().await;
    let (log, _guard) = Log::take();
    with_cookie(&stranger, &cookie(&ours)).get("/read/name").await.assert_ok().assert_text("null");
    assert!(log.text().contains("a session cookie does not open"), "{}", log.text());
    let renamed = build(&Gate::new(), &[&key])
        .session(|session| session.cookie = "admin_session".to_owned())
        .client()
        .await;
    renamed.set_cookie("admin_session", &cookie(&ours));
    renamed.get("/read/name").await.assert_ok().assert_text("null");
    // What `encrypt` seals is for another purpose.
    let spy = Spy::default();
    let stored = app(&spy, &Gate::new())
        .app(|app| app.key = Some(key.clone()))
        .session(|session| session.encrypt = true);
    stored.client().await.get("/put/name/Eve").await.assert_ok();
    let payload = &spy.records().await[0].stored.payload;
    with_cookie(&ours, &URL_SAFE_NO_PAD.encode(payload))
        .get("/read/name")
        .await
        .assert_text("null");
}

#[tokio::test]
async fn rule_16_previous_keys_open_cookies_until_they_are_removed() {
    let (old, new) = (key(), key());
    let before = build(&Gate::new(), &[&old]).client().await;
    before.get("/put/name/Ada").await.assert_ok();
    let during = build(&Gate::new(), &[&new, &old]).client().await;
    let writes = with_cookie(&during, &cookie(&before));
    writes.get("/read/name").await.assert_text("\"Ada\"");
    writes.get("/put/theme/dark").await.assert_ok();
    let after = build(&Gate::new(), &[&new]).client().await;
    with_cookie(&after, &cookie(&writes)).get("/read/name").await.assert_text("\"Ada\"");
    with_cookie(&after, &cookie(&before)).get("/read/name").await.assert_ok().assert_text("null");
}

#[tokio::test]
async fn a_copy_is_worth_nothing_past_the_idle_deadline() {
    let visitor = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let copy = cookie(&visitor);
    for _ in 0..3 {
        visitor.travel_minutes(60);
        visitor.get("/read/name").await.assert_text("\"Ada\"").assert_cookie(COOKIE);
    }
    with_cookie(&visitor, &copy).get("/read/name").await.assert_ok().assert_text("null");
    visitor.get("/read/name").await.assert_text("\"Ada\"");
    visitor.travel_minutes(120);
    with_cookie(&visitor, &copy).get("/read/name").await.assert_text("null");
}

#[tokio::test]
async fn reading_extends_the_deadline_at_most_once_per_share_of_the_lifetime() {
    let visitor = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    for _ in 0..11 {
        visitor.travel_minutes(1);
        visitor.get("/read/name").await.assert_cookie_missing(COOKIE);
    }
    visitor.travel_minutes(1);
    visitor.get("/nothing").await.assert_cookie(COOKIE).assert_session_has_value("name", "Ada");
}

#[tokio::test]
async fn the_absolute_deadline_stays_through_writes_and_rotations() {
    let visitor = build(&Gate::new(), &[])
        .session(|session| session.absolute_lifetime = Duration::from_secs(5 * 3600))
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    for path in ["/increment/n", "/rotate", "/increment/n", "/login"] {
        visitor.travel_minutes(60);
        visitor.get(path).await.assert_ok().assert_session_has_value("name", "Ada");
    }
    let copy = cookie(&visitor);
    visitor.travel_minutes(60);
    with_cookie(&visitor, &copy).get("/read/name").await.assert_text("null");
}

#[tokio::test]
async fn asvs_s8_a_cookie_that_was_copied_before_a_logout_is_refused_after_it() {
    let visitor = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let first = cookie(&visitor);
    visitor.get("/increment/n").await.assert_ok();
    let second = cookie(&visitor);
    visitor.get("/login").await.assert_ok();
    let third = cookie(&visitor);
    visitor.get("/logout").await.assert_ok().assert_cookie(COOKIE);
    assert_eq!(visitor.cookie(COOKIE), None, "the browser has dropped it");
    for copy in [first, second, third] {
        let thief = with_cookie(&visitor, &copy);
        thief.get("/read/name").await.assert_ok().assert_text("null").assert_cookie_missing(COOKIE);
        thief.get("/put/mine/1").await.assert_session_missing(["name", "user"]);
    }
    // Neither do they live again when the list has forgotten the session.
    visitor.get("/put/name/Eve").await.assert_ok();
    let last = cookie(&visitor);
    visitor.get("/logout").await.assert_ok();
    visitor.travel_minutes(121);
    visitor.another().get("/put/a/1").await.assert_ok();
    with_cookie(&visitor, &last).get("/read/name").await.assert_text("null");
}

#[tokio::test]
async fn asvs_s8_a_cookie_from_before_a_login_is_refused_after_it() {
    let attacker = visitor().await;
    attacker.get("/put/cart/full").await.assert_ok();
    let planted = cookie(&attacker);
    let victim = with_cookie(&attacker, &planted);
    victim.get("/login").await.assert_ok().assert_cookie(COOKIE);
    victim.get("/nothing").await.assert_session_has(["cart", "user"]);
    attacker.get("/read/cart").await.assert_text("null").assert_cookie_missing(COOKIE);
    // Nor can the attacker log in with it and take the session along.
    with_cookie(&attacker, &planted).get("/login").await.assert_session_missing("cart");
    victim.get("/nothing").await.assert_session_has(["cart", "user"]);
}

#[tokio::test]
async fn a_slow_request_that_ends_after_a_logout_or_a_login_sets_no_cookie() {
    for (ends, path) in [("/logout", "/slow-put/late"), ("/login", "/slow-put/late")] {
        let gate = Gate::new();
        let visitor = build(&gate, &[]).client().await;
        visitor.get("/put/name/Ada").await.assert_ok();
        let late = tokio::spawn({
            let other_tab = with_cookie(&visitor, &cookie(&visitor));
            async move { other_tab.get(path).await }
        });
        gate.wait_for(1).await;
        visitor.get(ends).await.assert_ok();
        gate.let_go(1);
        late.await.expect("ends").assert_ok().assert_cookie_missing(COOKIE);
    }
}

#[tokio::test]
async fn a_cookie_renewed_by_age_is_taken_for_its_successor_for_a_while() {
    let gate = Gate::new();
    let visitor = build(&gate, &[])
        .session(|session| session.renew_every = Some(Duration::from_secs(600)))
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let old = cookie(&visitor);
    visitor.travel_minutes(13);
    visitor.get("/nothing").await.assert_cookie(COOKIE);
    let renewed = cookie(&visitor);
    let reads = with_cookie(&visitor, &old);
    // The time is due to be extended, but this page is older than what the browser has by now.
    reads.get("/read/name").await.assert_text("\"Ada\"").assert_cookie_missing(COOKIE);
    let writes = with_cookie(&visitor, &old);
    writes.get("/put/late/yes").await.assert_cookie(COOKIE);
    let written = cookie(&writes);
    with_cookie(&visitor, &renewed).get("/nothing").await.assert_ok();
    visitor.travel(Duration::from_secs(11));
    with_cookie(&visitor, &old).get("/read/name").await.assert_text("null");
    with_cookie(&visitor, &renewed).get("/read/name").await.assert_text("\"Ada\"");
    with_cookie(&visitor, &written).get("/read/late").await.assert_text("\"yes\"");
    writes.get("/nothing").await.assert_cookie_missing(COOKIE);
}

#[tokio::test]
async fn parallel_requests_that_meet_the_age_renew_the_cookie_once() {
    let gate = Gate::new();
    let visitor = build(&gate, &[])
        .session(|session| session.renew_every = Some(Duration::from_secs(600)))
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor.travel_minutes(13);
    let old = cookie(&visitor);
    let late: Vec<_> = ["/slow-read", "/slow-put/late"]
        .into_iter()
        .map(|path| {
            let tab = with_cookie(&visitor, &old);
            tokio::spawn(async move { (tab.get(path).await, tab) })
        })
        .collect();
    gate.wait_for(2).await;
    visitor.get("/nothing").await.assert_cookie(COOKIE);
    gate.let_go(2);
    let mut ended = Vec::new();
    for task in late {
        ended.push(task.await.expect("ends"));
    }
    ended[0].0.assert_ok().assert_cookie_missing(COOKIE);
    ended[1].0.assert_ok().assert_cookie(COOKIE);
    // Whichever of the two cookies the browser keeps, it is of the session that lives.
    visitor.travel(Duration::from_secs(11));
    visitor.get("/read/name").await.assert_text("\"Ada\"");
    ended[1].1.get("/nothing").await.assert_session_has(["name", "late"]);
}

#[tokio::test]
async fn of_parallel_requests_the_last_one_wins() {
    let gate = Gate::new();
    let visitor = build(&gate, &[]).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let both = tokio::spawn({
        let visitor = visitor.clone();
        async move {
            let put = |visitor: TestClient, n| async move {
                visitor.get(&format!("/slow-put/k{n}")).await
            };
            visitor.together(2, put).await
        }
    });
    gate.wait_for(2).await;
    gate.let_go(2);
    for response in both.await.expect("ends") {
        response.assert_ok();
    }
    let session = visitor.session().await;
    assert!(session.contains_key("name"));
    assert_ne!(session.contains_key("k0"), session.contains_key("k1"), "{session:?}");
}

#[tokio::test]
async fn rule_16_what_does_not_fit_is_an_error_that_names_the_largest_keys_and_stores_nothing() {
    for length in [3_900, 4_100, 6_000] {
        let visitor = app_on("cookie", &Gate::new())
            .debug()
            .routes(move |route| {
                route.get("/large", move |req: HttpRequest| async move {
                    req.session().put("small", "x");
                    req.session().put("cart", "x".repeat(length));
                    req.session().put("wishes", "y".repeat(50));
                });
                route.get("/login-large", move |req: HttpRequest| async move {
                    req.session().regenerate();
                    req.session().put("cart", "x".repeat(length));
                });
            })
            .client()
            .await;
        visitor.get("/put/name/Ada").await.assert_ok();
        let before = cookie(&visitor);
        visitor.get("/large").await.assert_status(500).assert_cookie_missing(COOKIE);
        assert_eq!(cookie(&visitor), before);
        // The rotation takes place without the values.
        visitor.get("/login-large").await.assert_status(500).assert_cookie(COOKIE);
        with_cookie(&visitor, &before).get("/read/name").await.assert_text("null");
        visitor.get("/nothing").await.assert_session_has_value("name", "Ada");
        visitor.get("/nothing").await.assert_session_missing(["cart", "small"]);
        let error = visitor.get("/large").await;
        let cause = format!("{:?}", error.error().expect("an error"));
        let cart = format!("`cart` ({} bytes), `wishes` (52 bytes), `name` (5 bytes)", length + 2);
        for text in [cart.as_str(), "above 4096", "SESSION_DRIVER", "nothing of this request"] {
            assert!(cause.contains(text), "{text} in {cause}");
        }
    }
}

#[tokio::test]
async fn a_set_cookie_header_has_4096_bytes_at_most_and_uses_them() {
    let visitor = visitor().await;
    let mut longest = 0;
    for length in 2_800..4_000 {
        let one = visitor.another();
        let response = one.get(&format!("/put/a/{}", "x".repeat(length))).await;
        let ours = |header: &&str| header.starts_with("lunox_session=");
        let Some(header) = response.set_cookies().into_iter().find(ours).map(str::len) else {
            response.assert_status(500);
            break;
        };
        assert!(header <= 4_096, "{header} bytes for {length}");
        one.get("/nothing").await.assert_session_has("a");
        longest = longest.max(header);
    }
    assert!((4_093..=4_096).contains(&longest), "{longest}");
}

#[tokio::test]
async fn flash_panics_and_failures_are_met_as_with_any_driver() {
    let visitor = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor.get("/flash/status").await.assert_ok();
    let script = visitor.with_header("sec-fetch-mode", "cors");
    script.get("/nothing").await.assert_session_has_value("status", "flashed");
    visitor.get("/read/status").await.assert_text("\"flashed\"").assert_session_missing("status");
    visitor.get("/fail").await.assert_status(500).assert_session_has_value("failed", true);
    visitor.get("/panic").await.assert_status(500).assert_session_missing("panicked");
    let before = cookie(&visitor);
    visitor.get("/rotate-and-panic").await.assert_status(500).assert_cookie(COOKIE);
    visitor.get("/nothing").await.assert_session_missing("panicked");
    with_cookie(&visitor, &before).get("/read/name").await.assert_text("null");
    visitor.get("/read/name").await.assert_text("\"Ada\"");
    visitor.get("/unstorable").await.assert_status(500).assert_cookie_missing(COOKIE);
    visitor.get("/nothing").await.assert_session_missing("fine");
    visitor.get("/flush-and-put").await.assert_session_has("after").assert_session_missing("name");
    visitor.get("/logout-and-flash").await.assert_cookie(COOKIE).assert_session_has("bye");
    visitor.get("/nothing").await.assert_session_missing("after");
}

#[tokio::test]
async fn the_csrf_token_stays_with_the_cookie_until_it_is_replaced() {
    let visitor = TestApp::new()
        .driver("cookie")
        .routes(|route| {
            route.get("/token", async |req: HttpRequest| req.session().token());
            route.get("/put", async |req: HttpRequest| req.session().put("name", "Ada"));
            route.get("/new", async |req: HttpRequest| req.session().regenerate_token());
            route.get("/login", async |req: HttpRequest| req.session().regenerate());
        })
        .client()
        .await;
    visitor.get("/put").await.assert_ok();
    let mut tokens = Vec::new();
    for change in ["/put", "/new", "/login"] {
        let before = visitor.get("/token").await.text();
        assert_eq!(visitor.get("/token").await.text(), before);
        visitor.get(change).await.assert_ok();
        tokens.push((before, visitor.get("/token").await.text()));
    }
    let stayed: Vec<bool> = tokens.iter().map(|(before, after)| before == after).collect();
    assert_eq!(stayed, [true, false, false]);
}

#[tokio::test]
async fn the_test_client_reads_and_writes_sessions_that_lie_in_cookies() {
    let visitor = visitor().await;
    visitor.with_session([("name", "Ada"), ("theme", "dark")]).await;
    visitor.with_session([("theme", "light")]).await;
    assert_eq!(json!(visitor.session().await), json!({"name": "Ada", "theme": "light"}));
    visitor.get("/read/name").await.assert_text("\"Ada\"");
    assert!(visitor.another().session().await.is_empty());
}

#[tokio::test]
async fn a_planted_cookie_does_not_hide_the_session() {
    let visitor = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let planted = "lunox_session=x; ".repeat(20);
    let response = visitor
        .another()
        .request(http::Method::GET, "/read/name")
        .header("cookie", &format!("{planted}{COOKIE}={}", cookie(&visitor)))
        .send()
        .await;
    response.assert_text("\"Ada\"");
}

#[tokio::test]
async fn asvs_s8_in_production_the_log_says_what_a_logout_cannot_do() {
    let started = async |driver: &'static str, environment: Environment| {
        let (log, _guard) = Log::take();
        build(&Gate::new(), &[])
            .driver(driver)
            .app(|app| app.environment = environment)
            .client()
            .await;
        log.text()
    };
    let text = started("cookie", Environment::Production).await;
    assert!(text.contains("WARN") && text.contains("a logout binds this process"), "{text}");
    assert!(!started("cookie", Environment::Local).await.contains("a logout binds"));
    assert!(!started("memory", Environment::Production).await.contains("a logout binds"));
}
