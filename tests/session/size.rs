//! Rule 18: how large a session may become.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

use super::support::{Gate, Spy, app, app_on};

const COOKIE: &str = "lunox_session";
const MOST: usize = 2_000;

fn sized(spy: &Spy, most: usize) -> TestApp {
    with_form(app(spy, &Gate::new()), most)
}

fn with_form(app: TestApp, most: usize) -> TestApp {
    app.session(move |session| session.max_bytes = most).routes(|route| {
        route.get("/fill/{key}/{bytes}", async |req: HttpRequest, key: String, bytes: usize| {
            req.session().put(&key, "x".repeat(bytes));
        });
        route.get("/append/{bytes}", async |req: HttpRequest, bytes: usize| {
            req.session().push("list", "x".repeat(bytes));
        });
        route.get("/login-with/{bytes}", async |req: HttpRequest, bytes: usize| {
            req.session().regenerate();
            req.session().put("cart", "x".repeat(bytes));
        });
        route.get("/logout-with/{bytes}", async |req: HttpRequest, bytes: usize| {
            req.session().invalidate();
            req.session().put("cart", "x".repeat(bytes));
        });
        route.post("/form", async |req: HttpRequest| {
            req.session().put("seen", true);
            redirect("/form").with_input().with_errors([("title", "The title is too short.")])
        });
    })
}

async fn visitor(spy: &Spy) -> TestClient {
    sized(spy, MOST).client().await
}

#[tokio::test]
async fn rule_18_what_is_too_large_fails_the_request_by_name_and_the_store_keeps_what_it_had() {
    let spy = Spy::default();
    let visitor = visitor(&spy).await;
    visitor.get("/fill/name/10").await.assert_ok();
    let before = spy.all().await;
    let response = visitor.get("/fill/cart/5000").await;
    response.assert_status(500).assert_cookie_missing(COOKIE);
    let cause = format!("{:?}", response.error().expect("an error"));
    for text in ["`cart` (5002 bytes), `name` (12 bytes)", "may have 2000", "max_bytes"] {
        assert!(cause.contains(text), "{text} in {cause}");
    }
    assert_eq!(spy.all().await, before);

    let stranger = visitor.another();
    stranger.get("/fill/cart/5000").await.assert_status(500).assert_cookie_missing(COOKIE);
    assert_eq!(spy.all().await, before);
}

#[tokio::test]
async fn rule_18_the_limit_is_counted_in_bytes_of_json_and_used_to_the_last() {
    let spy = Spy::default();
    let visitor = visitor(&spy).await;
    let fits = MOST - r#"{"a":""}"#.len();
    visitor.get(&format!("/fill/a/{fits}")).await.assert_ok();
    visitor.another().get(&format!("/fill/a/{}", fits + 1)).await.assert_status(500);
    // The umlaut has two bytes.
    visitor.get(&format!("/fill/a/{}", fits - 8)).await.assert_ok();
    visitor.get("/put/b/%C3%BC").await.assert_status(500);
}

#[tokio::test]
async fn rule_18_parallel_requests_that_fit_one_by_one_stay_within_the_limit_together() {
    let spy = Spy::default();
    let visitor = visitor(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let answers = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = answers.clone();
    visitor
        .together(40, move |visitor, _| {
            let seen = seen.clone();
            async move {
                let status = visitor.get("/append/100").await.status();
                seen.lock().expect("not poisoned").push(status);
            }
        })
        .await;
    let stored = visitor.session().await["list"].as_array().expect("a list").len();
    let answers = answers.lock().expect("not poisoned");
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), stored);
    assert_eq!(answers.iter().filter(|status| **status == 500).count(), 40 - stored);
    // `{"name":"Ada","list":[]}` and 103 bytes for each.
    assert_eq!(stored, (MOST - 24) / 103);
}

#[tokio::test]
async fn rule_18_a_logout_takes_place_although_its_values_are_too_large() {
    let spy = Spy::default();
    let visitor = visitor(&spy).await;
    visitor.get("/put/user/7").await.assert_ok();
    let stolen = visitor.cookie(COOKIE).expect("a cookie");
    visitor.get("/logout-with/5000").await.assert_status(500).assert_cookie(COOKIE);
    assert!(spy.records().await.is_empty() && visitor.cookie(COOKIE).is_none());
    visitor.set_cookie(COOKIE, &stolen);
    visitor.get("/read/user").await.assert_text("null");
}

#[tokio::test]
async fn rule_18_a_rotation_takes_place_although_its_values_are_too_large() {
    let spy = Spy::default();
    let visitor = visitor(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let old = visitor.cookie(COOKIE).expect("a cookie");
    visitor.get("/login-with/5000").await.assert_status(500).assert_cookie(COOKIE);
    visitor.get("/read/cart").await.assert_text("null");
    visitor.get("/read/name").await.assert_text("\"Ada\"");
    visitor.set_cookie(COOKIE, &old);
    visitor.get("/read/name").await.assert_text("null");
}

#[tokio::test]
async fn rule_18_a_record_from_before_the_limit_is_read_touched_rotated_and_emptied_but_not_filled()
{
    let spy = Spy::default();
    let before = sized(&spy, 100_000).client().await;
    before.get("/fill/large/4000").await.assert_ok();
    before.get("/fill/other/500").await.assert_ok();
    let visitor = visitor(&spy).await;
    visitor.set_cookie(COOKIE, &before.cookie(COOKIE).expect("a cookie"));

    visitor.get("/read/other").await.assert_ok();
    visitor.travel_minutes(60);
    visitor.get("/nothing").await.assert_ok().assert_cookie(COOKIE);
    visitor.get("/rotate").await.assert_ok().assert_cookie(COOKIE);
    visitor.get("/put/more/x").await.assert_status(500);
    visitor.get("/fill/other/400").await.assert_ok();
    visitor.get("/forget/large").await.assert_ok();
    visitor.get("/put/more/x").await.assert_ok().assert_session_has("more");
}

#[tokio::test]
async fn rule_18_old_input_and_errors_are_trimmed_before_a_form_fails() {
    for driver in ["memory", "cookie"] {
        let app = with_form(app_on(driver, &Gate::new()), MOST * 5);
        let visitor = app.client().await;
        let (large, larger) = ("x".repeat(6_000), "y".repeat(9_000));
        let form = [("title", "Hello"), ("body", &large), ("notes", &larger)];
        let response = visitor.post("/form", form).await;
        response.assert_redirect("/form").assert_session_has_errors("title");
        let session = visitor.session().await;
        assert_eq!(session["seen"], true);
        assert_eq!(session["_old_input"]["title"], "Hello", "{driver}");
        let fits = driver == "memory";
        assert_eq!(session["_old_input"].get("body").is_some(), fits, "{driver}");
        assert_eq!(session["_old_input"].get("notes"), None, "{driver}");
    }
}

#[tokio::test]
async fn rule_18_errors_give_way_after_old_input_and_nothing_is_trimmed_in_vain() {
    let visitor = sized(&Spy::default(), MOST)
        .routes(|route| {
            route.post("/wordy", async || {
                redirect("/")
                    .with_input()
                    .with_errors([("title", "short".to_owned()), ("body", "x".repeat(3_000))])
            });
            route.post("/vain", async |req: HttpRequest| {
                req.session().put("cart", "x".repeat(3_000));
                redirect("/").with_input()
            });
        })
        .client()
        .await;
    visitor.post("/wordy", [("title", "Hello")]).await.assert_redirect("/");
    let session = visitor.session().await;
    assert_eq!(session["errors"]["default"]["title"], serde_json::json!(["short"]));
    assert_eq!(session["errors"]["default"].get("body"), None);
    let response = visitor.post("/vain", [("title", "Hello")]).await;
    response.assert_status(500);
    assert!(format!("{:?}", response.error().expect("an error")).contains("`cart` (3002 bytes)"));
}

#[tokio::test]
async fn rule_18_old_input_of_thousands_of_small_fields_is_trimmed_too() {
    let visitor = sized(&Spy::default(), 20_000).client().await;
    visitor.get("/fill/cart/19800").await.assert_ok();
    let many: serde_json::Map<String, serde_json::Value> =
        (0..900).map(|number| (format!("k{number}"), 0.into())).collect();
    visitor.post_json("/form", many).await.assert_redirect("/form");
    let session = visitor.session().await;
    assert!(session.contains_key("cart") && session["seen"] == true);
    // Nothing is left of the room for a field of input.
    visitor.get("/fill/cart/19900").await.assert_ok();
    visitor.post("/form", [("a", "1")]).await.assert_redirect("/form");
}
