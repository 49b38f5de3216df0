//! Lists in pages.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use serde_json::json;

async fn visit() -> TestClient {
    TestApp::new()
        .routes(|route| {
            route.get("/posts", async |req: HttpRequest| {
                let page = req.page(2);
                let rows: Vec<i64> =
                    (1..=5).skip(page.offset() as usize).take(page.limit() as usize).collect();
                json(page.of(rows, 5))
            });
            route.get("/links", async |req: HttpRequest| html(req.page(2).of(vec![1], 5).html()));
            route.get("/one", async |req: HttpRequest| html(req.page(9).of(vec![1], 5).html()));
        })
        .client()
        .await
}

#[tokio::test]
async fn a_page_is_written_as_laravel_writes_it() {
    let client = visit().await;
    client.get("/posts?q=a%26b&page=2").await.assert_exact_json(json!({
        "current_page": 2,
        "data": [3, 4],
        "first_page_url": "http://localhost/posts?q=a%26b&page=1",
        "from": 3,
        "last_page": 3,
        "last_page_url": "http://localhost/posts?q=a%26b&page=3",
        "links": [
            {"url": "http://localhost/posts?q=a%26b&page=1", "label": "Previous", "page": null, "active": false},
            {"url": "http://localhost/posts?q=a%26b&page=1", "label": "1", "page": 1, "active": false},
            {"url": "http://localhost/posts?q=a%26b&page=2", "label": "2", "page": 2, "active": true},
            {"url": "http://localhost/posts?q=a%26b&page=3", "label": "3", "page": 3, "active": false},
            {"url": "http://localhost/posts?q=a%26b&page=3", "label": "Next", "page": null, "active": false},
        ],
        "next_page_url": "http://localhost/posts?q=a%26b&page=3",
        "path": "http://localhost/posts",
        "per_page": 2,
        "prev_page_url": "http://localhost/posts?q=a%26b&page=1",
        "to": 4,
        "total": 5,
    }));
}

#[tokio::test]
async fn a_number_that_is_none_is_the_first_page_and_one_beyond_the_end_is_empty() {
    let client = visit().await;
    for page in ["0", "-1", "x", "", "1.5", "99999999999999999999", "1000001"] {
        let answer = client.get(&format!("/posts?page={page}")).await;
        answer.assert_ok().assert_json_path("current_page", 1);
    }
    let beyond = client.get("/posts?page=9").await;
    beyond.assert_json_path("data", json!([])).assert_json_path("from", json!(null));
    beyond.assert_json_path("prev_page_url", "http://localhost/posts?page=3");
}

#[tokio::test]
async fn links_are_a_navigation_with_the_page_that_is_shown() {
    let client = visit().await;
    let page = client.get("/links?q=%22&page=2").await;
    page.assert_see(r#"<nav class="pagination" aria-label="Pages">"#);
    page.assert_see(r#"aria-current="page">2</a>"#).assert_see(r#"rel="next">Next</a>"#);
    page.assert_dont_see("q=\"\"");
    client.get("/one").await.assert_dont_see("nav");
}
