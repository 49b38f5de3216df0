//! A Secure cookie over plain HTTP, which browsers never send back.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

use super::log::Log;

async fn client(secure: bool) -> TestClient {
    TestApp::new()
        .session(|session| session.secure = secure)
        .http(|http| http.trusted_proxies = vec!["*".into()])
        .routes(|route| {
            route.get("/put", async |req: HttpRequest| req.session().put("name", "Ada"));
            route.get("/nothing", async || ());
        })
        .client()
        .await
}

fn warnings(log: &Log) -> usize {
    log.text().matches("came over plain HTTP").count()
}

#[tokio::test]
async fn a_secure_cookie_over_plain_http_is_one_warning_that_names_the_cures() {
    let visitor = client(true).await;
    let (log, _guard) = Log::take();
    visitor.get("/nothing").await.assert_ok();
    assert_eq!(warnings(&log), 0, "no cookie was lost yet");
    for _ in 0..3 {
        visitor.another().get("/put").await.assert_ok();
    }
    let text = log.text();
    assert_eq!(warnings(&log), 1, "{text}");
    for part in ["WARN", "HTTPS", "TRUSTED_PROXIES", "SESSION_SECURE_COOKIE=false"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn https_and_cookies_that_are_not_secure_are_no_reason_to_warn() {
    let (log, _guard) = Log::take();
    client(true).await.https().get("/put").await.assert_ok();
    client(false).await.get("/put").await.assert_ok();
    assert_eq!(warnings(&log), 0, "{}", log.text());
}
