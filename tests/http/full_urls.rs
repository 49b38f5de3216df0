//! URLs with scheme and host.

use lunox::foundation::with_application;
use lunox::prelude::*;
use lunox::testing::TestApp;

use crate::visit;

fn routes(r: &mut Router) {
    r.get("/photos/{id}", async || "").name("photo");
    r.get("/", async |req: HttpRequest| req.full_url()).name("home");
    r.get("/urls", async || {
        [
            url("/a?b=c"),
            url("/"),
            route_url("photo", [("id", "1"), ("q", "2")]),
            route_url("home", ()),
        ]
        .join(" ")
    });
    r.get("/with", async |req: HttpRequest| {
        [
            req.full_url_with_query([("page", 2)]),
            req.full_url_without_query(["page", "filter"]),
            req.full_url_without_query(["page", "filter", "q"]),
        ]
        .join(" ")
    });
}

#[tokio::test]
async fn the_full_url_of_the_start_page_has_a_slash_before_its_query() {
    let client = visit(routes).await;
    client.get("/?a=b").await.assert_text("http://localhost/?a=b");
    client.get("/").await.assert_text("http://localhost");
}

#[tokio::test]
async fn a_query_is_changed_by_name() {
    let client = visit(routes).await;
    client.get("/with?q=a+b&page=1&filter[x]=1&filters=2").await.assert_text(
        "http://localhost/with?q=a+b&filter%5Bx%5D=1&filters=2&page=2 \
         http://localhost/with?q=a+b&filters=2 http://localhost/with?filters=2",
    );
    client
        .get("/with")
        .await
        .assert_text("http://localhost/with?page=2 http://localhost/with http://localhost/with");
}

#[tokio::test]
async fn in_a_request_urls_take_scheme_and_host_from_it() {
    let client = visit(routes).await.host("a.test:8080");
    client.get("/urls").await.assert_text(
        "http://a.test:8080/a?b=c http://a.test:8080 http://a.test:8080/photos/1?q=2 http://a.test:8080",
    );
    // Nobody trusts who wrote these.
    let client = client.with_header("x-forwarded-host", "evil.test");
    client.get("/urls").await.assert_dont_see("evil.test");
}

#[tokio::test]
async fn https_can_be_forced_for_all_urls() {
    let app = TestApp::new().routes(routes).http(|http| http.force_https = true);
    let client = app.client().await;
    client.get("/").await.assert_text("https://localhost");
    client.get("/urls").await.assert_see("https://localhost/photos/1").assert_dont_see("http:");
    let app = client.app().clone();
    assert_eq!(with_application(app, async { url("/a") }).await, "https://localhost:8000/a");
}

#[tokio::test]
async fn outside_a_request_urls_begin_with_the_applications() {
    let app = TestApp::new().app(|app| app.url = "https://shop.test/".to_owned()).routes(routes);
    let app = app.client().await.app().clone();
    let urls = with_application(app, async { [url("a"), route_url("photo", [("id", 5)])] }).await;
    assert_eq!(urls, ["https://shop.test/a", "https://shop.test/photos/5"]);
}

#[tokio::test]
async fn an_application_url_without_a_host_keeps_the_application_from_starting() {
    let app = TestApp::new().app(|app| app.url = "shop.test".to_owned());
    let error = app.try_client().await.err().expect("a problem").to_string();
    assert!(error.contains("`shop.test`") && error.contains("APP_URL"), "{error}");
}
