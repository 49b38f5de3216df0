//! An application that a proxy has below a path: `X-Forwarded-Prefix`.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

async fn client(proxies: &str) -> TestClient {
    let proxies = vec![proxies.to_owned()];
    TestApp::new()
        .http(|http| http.trusted_proxies = proxies)
        .session(|session| session.path = "/".into())
        .routes(|route| {
            route.get("/urls", async |req: HttpRequest| {
                json([req.full_url(), route_of_photo(), req.path().to_owned()])
            });
            route.get("/photos/{id}", async || "a photo").name("photo");
            route.get("/apple", async || "a fruit");
            route.get("/to", async |req: HttpRequest| {
                redirect(req.query::<String>("url").unwrap_or_default())
            });
            route.get("/to-route", async || to_route("photo", [("id", 5)]));
            route.get("/back", async || back());
            route.get("/guest", async || Redirect::guest("/login"));
            route.get("/login", async || Redirect::intended("/"));
            route.redirect("/old", "/apple");
            route.get("/cookie", async |req: HttpRequest| req.session().put("name", "Ada"));
        })
        .client()
        .await
}

fn route_of_photo() -> String {
    lunox::routing::route("photo", [("id", 5)])
}

async fn location(client: &TestClient, path: &str) -> String {
    let response = client.get(path).header("x-forwarded-prefix", "/app").await;
    response.headers()["location"].to_str().expect("ASCII").to_owned()
}

#[tokio::test]
async fn urls_and_redirects_have_the_prefix_of_a_trusted_proxy_once() {
    let client = client("*").await;
    let urls = client.get("/urls?a=b").header("x-forwarded-prefix", "/app").await;
    urls.assert_exact_json(json_of(["http://localhost/app/urls?a=b", "/app/photos/5", "/urls"]));
    for (path, leads_to) in [
        ("/to?url=/apple", "/app/apple"),
        ("/to?url=/app/apple", "/app/apple"),
        ("/to?url=/app?x=1", "/app?x=1"),
        ("/to?url=https://example.com/", "https://example.com/"),
        ("/to-route", "/app/photos/5"),
        ("/back", "/app/"),
        ("/old", "/app/apple"),
        ("/guest", "/app/login"),
        ("/login", "/app/guest"),
    ] {
        assert_eq!(location(&client, path).await, leads_to, "{path}");
    }
    let stored = client.get("/cookie").header("x-forwarded-prefix", "/app").await;
    assert!(stored.set_cookies().iter().all(|cookie| cookie.contains("; Path=/;")));
}

#[tokio::test]
async fn a_prefix_from_anybody_else_is_ignored() {
    let client = client("192.0.2.1").await;
    assert_eq!(location(&client, "/to-route").await, "/photos/5");
    assert_eq!(location(&client, "/to?url=/apple").await, "/apple");
}

fn json_of(texts: [&str; 3]) -> serde_json::Value {
    serde_json::json!(texts)
}
