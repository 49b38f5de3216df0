//! CSRF tokens of visitors who have no session.

use lunox::prelude::*;
use lunox::session::MemoryDriver;
use lunox::testing::{FaultyDriver, TestApp, TestClient};

struct CountedServiceProvider(FaultyDriver<MemoryDriver>);

impl ServiceProvider for CountedServiceProvider {
    async fn boot(&self, app: &Application) -> Result<()> {
        let driver = self.0.clone();
        app.make::<SessionManager>()?.extend("counted", move |_| Ok(driver.clone()));
        Ok(())
    }
}

async fn visitor(driver: &FaultyDriver<MemoryDriver>) -> TestClient {
    TestApp::new()
        .provider(CountedServiceProvider(driver.clone()))
        .session(|session| session.driver = "counted".to_owned())
        .plain_routes(|route| {
            route.get("/sessionless", async || csrf_token());
        })
        .routes(|route| {
            route.get("/form", async || format!("{} {}", csrf_token(), csrf_token()));
            route.get("/token", async |req: HttpRequest| req.session().token());
            route.get("/form-and-put", async |req: HttpRequest| {
                req.session().put("seen", true);
                csrf_token()
            });
            route.get("/put", async |req: HttpRequest| req.session().put("name", "Ada"));
            route.get("/login", async |req: HttpRequest| {
                let before = csrf_token();
                req.session().regenerate();
                req.session().put("user", 7);
                format!("{before} {}", csrf_token())
            });
            route.get("/matches/{token}", async |req: HttpRequest, token: String| {
                req.session().token_matches(&token).to_string()
            });
        })
        .client()
        .await
}

async fn text(visitor: &TestClient, path: &str) -> String {
    visitor.get(path).await.assert_ok().text()
}

async fn matches(visitor: &TestClient, token: &str) -> bool {
    text(visitor, &format!("/matches/{token}")).await == "true"
}

#[tokio::test]
async fn ten_thousand_crawlers_that_read_a_form_leave_nothing_and_are_sent_nothing() {
    let driver = FaultyDriver::new(MemoryDriver::new());
    let visitor = visitor(&driver).await;
    for _ in 0..10_000 {
        let page = visitor.get("/form").await;
        assert_eq!(page.set_cookies(), Vec::<&str>::new());
    }
    assert!(driver.calls().is_empty());
    let manager = visitor.app().make::<SessionManager>().expect("it is bound");
    let records = manager.list().await.expect("the store answers").expect("it can list");
    assert!(records.is_empty());
}

#[tokio::test]
async fn a_guests_token_counts_for_two_hours_and_for_any_guest() {
    let visitor = visitor(&FaultyDriver::new(MemoryDriver::new())).await;
    for path in ["/token", "/sessionless"] {
        let token = text(&visitor, path).await;
        assert!(matches(&visitor, &token).await);
        assert!(matches(&visitor.another(), &token).await);
        assert!(!matches(&visitor, &token[1..]).await);
        visitor.travel_minutes(120);
        assert!(matches(&visitor, &token).await);
        visitor.travel_minutes(1);
        assert!(!matches(&visitor, &token).await);
    }
}

#[tokio::test]
async fn no_guests_token_counts_beside_a_sessions_cookie() {
    let visitor = visitor(&FaultyDriver::new(MemoryDriver::new())).await;
    let token = text(&visitor, "/token").await;
    let member = visitor.another();
    member.get("/put").await.assert_ok();
    assert!(!matches(&member, &token).await);
    // Nor beside one that leads to no session.
    let stranger = visitor.another();
    stranger.set_cookie("lunox_session", "guess");
    assert!(!matches(&stranger, &token).await);
    // Such a visitor is given a session's token.
    let own = text(&stranger, "/token").await;
    assert!(own.len() == 22 && matches(&stranger, &own).await);
    assert!(!matches(&visitor, &own).await);
}

#[tokio::test]
async fn a_form_counts_as_well_in_the_session_that_its_own_request_makes() {
    let visitor = visitor(&FaultyDriver::new(MemoryDriver::new())).await;
    let token = text(&visitor, "/form-and-put").await;
    assert!(matches(&visitor, &token).await);
    visitor.travel_minutes(100);
    assert!(matches(&visitor, &token).await);
    visitor.travel_minutes(100);
    assert!(matches(&visitor, &token).await, "it is the session's now");
    let other = text(&visitor.another(), "/form-and-put").await;
    assert!(!matches(&visitor, &other).await, "of another session");
    // A login ends what was given before it.
    let guest = visitor.another();
    let answer = text(&guest, "/login").await;
    let (before, after) = answer.split_once(' ').expect("two tokens");
    assert!(!matches(&guest, before).await);
    assert!(matches(&guest, after).await);
}

#[tokio::test]
async fn in_a_session_the_token_is_masked_anew_with_each_call() {
    let visitor = visitor(&FaultyDriver::new(MemoryDriver::new())).await;
    visitor.get("/put").await.assert_ok();
    let plain = text(&visitor, "/token").await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..50 {
        for token in text(&visitor, "/form").await.split(' ') {
            assert!(matches(&visitor, token).await);
            assert!(!matches(&visitor.another(), token).await);
            assert!(seen.insert(token.to_owned()), "the same twice");
        }
    }
    assert!(matches(&visitor, &plain).await);
    assert_eq!(text(&visitor, "/token").await, plain);
    assert!(!seen.contains(&plain));
}

#[tokio::test]
async fn the_keys_that_were_used_before_still_count() {
    let key = |text: &str| format!("base64:{text}{}=", "QA".repeat(21)).parse().expect("a key");
    let app = move |current: &'static str, previous: &'static [&'static str]| {
        TestApp::new()
            .app(move |app| {
                app.key = Some(key(current));
                app.previous_keys = previous.iter().map(|text| key(text)).collect();
            })
            .routes(|route| {
                route.get("/token", async |req: HttpRequest| req.session().token());
                route.get("/matches/{token}", async |req: HttpRequest, token: String| {
                    req.session().token_matches(&token).to_string()
                });
            })
            .client()
    };
    let token = text(&app("A", &[]).await, "/token").await;
    assert!(matches(&app("E", &["A"]).await, &token).await);
    assert!(!matches(&app("E", &[]).await, &token).await);
}
