//! What the checklist of `docs/security.md` asks of cookies and answers, where no other test is about it.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use lunox::web::Cookie;

async fn site() -> TestClient {
    let routes = |route: &mut Router| {
        route.get("/", async || "here");
        route.post("/put", async |req: HttpRequest| req.session().put("cart", "tea"));
        route.post("/logout", async |req: HttpRequest| {
            req.session().invalidate();
            no_content().header("clear-site-data", "\"cookies\", \"storage\"")
        });
        route.get("/cookie/{size}", async |_: HttpRequest, size: usize| {
            cookies().queue(Cookie::new("note", "x".repeat(size)));
            "sent"
        });
    };
    TestApp::new().session(|session| session.secure = true).routes(routes).client().await
}

#[tokio::test]
async fn the_sessions_cookie_has_every_attribute_and_no_domain() {
    let answer = site().await.https().post("/put", ()).await;
    let [cookie] = answer.set_cookies()[..] else { panic!("one cookie") };
    let (value, attributes) = cookie.split_once("; ").expect("attributes");
    assert!(value.starts_with("__Host-lunox_session="), "{value}");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=7200");
}

#[tokio::test]
async fn a_cookie_that_browsers_would_drop_is_an_error_that_names_it() {
    let client = site().await.https();
    let most = 4_096 - "note".len();
    client.get(&format!("/cookie/{most}")).await.assert_ok();
    let answer = client.get(&format!("/cookie/{}", most + 1)).await;
    answer.assert_status(500).assert_cookie_missing("note");
    let error = format!("{:?}", answer.error().expect("an error"));
    assert!(error.contains("the cookie `note` has 4097 bytes"), "{error}");

    // Encrypted it is longer.
    let routes = |route: &mut Router| {
        route.middleware("encrypt_cookies").get("/", async || {
            "sent".into_response().cookie(Cookie::new("note", "x".repeat(4_000)))
        });
    };
    let answer = TestApp::new().routes(routes).client().await.get("/").await;
    answer.assert_status(500).assert_cookie_missing("note");
}

#[tokio::test]
async fn a_logout_can_ask_the_browser_to_clear_what_it_keeps() {
    let client = site().await.https();
    client.post("/put", ()).await.assert_ok();
    let answer = client.post("/logout", ()).await;
    answer.assert_header("clear-site-data", "\"cookies\", \"storage\"");
    assert!(answer.set_cookies()[0].starts_with("__Host-lunox_session=;"));
}

#[tokio::test]
async fn a_websocket_handshake_is_a_plain_get() {
    let client = site().await;
    let request = client.request("GET", "/").header("connection", "upgrade");
    let request = request.header("upgrade", "websocket").header("sec-websocket-version", "13");
    let request = request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let answer = request.header("origin", "https://evil.test").send().await;
    answer.assert_ok().assert_header_missing("upgrade");
    answer.assert_header_missing("sec-websocket-accept");
}

#[tokio::test]
async fn no_other_origin_may_read_unless_a_layer_says_so() {
    let client = site().await;
    for method in ["GET", "OPTIONS"] {
        let request = client.request(method, "/").header("origin", "https://evil.test");
        let answer = request.header("access-control-request-method", "PUT").send().await;
        for name in answer.headers().keys() {
            assert!(!name.as_str().starts_with("access-control-"), "{name}");
        }
    }
}
