//! The headers by which browsers keep visitors safe.

use lunox::prelude::*;
use lunox::testing::TestApp;

const CSP: &str = "content-security-policy";
const HSTS: &str = "strict-transport-security";
const DEFAULT: &str =
    "script-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

fn app(headers: SecureHeaders) -> TestApp {
    TestApp::new().middleware(|middleware| middleware.global(headers)).routes(|route| {
        route.get("/", async || "plain");
        route.get("/nonce", async || format!("{} {}", csp_nonce(), csp_nonce()));
        route.get("/fails", async || -> Result { abort(418) });
        route.get("/own", async || {
            let own = Response::new("own")
                .header(CSP, "sandbox")
                .header("referrer-policy", "no-referrer");
            own.header("x-content-type-options", "own").header(HSTS, "max-age=0")
        });
    })
}

#[tokio::test]
async fn every_answer_has_them_also_where_no_route_is() {
    let client = app(SecureHeaders::new()).client().await;
    for path in ["/", "/fails", "/nowhere"] {
        let page = client.get(path).await;
        page.assert_header("x-content-type-options", "nosniff");
        page.assert_header("referrer-policy", "strict-origin-when-cross-origin");
        page.assert_header("cross-origin-opener-policy", "same-origin-allow-popups");
        page.assert_header(CSP, DEFAULT);
        page.assert_header_missing(HSTS);
    }
    client.post("/", ()).await.assert_status(405).assert_header(CSP, DEFAULT);
}

#[tokio::test]
async fn what_the_action_has_set_is_kept() {
    let page = app(SecureHeaders::new()).client().await.get("/own").await;
    page.assert_header(CSP, "sandbox").assert_header("referrer-policy", "no-referrer");
    page.assert_header("x-content-type-options", "own").assert_header(HSTS, "max-age=0");
}

#[tokio::test]
async fn each_request_has_a_nonce_of_its_own() {
    let client = app(SecureHeaders::new()).client().await;
    let mut nonces = Vec::new();
    for _ in 0..3 {
        let page = client.get("/nonce").await;
        let text = page.text();
        let (nonce, again) = text.split_once(' ').expect("two");
        assert_eq!(nonce, again);
        assert_eq!(nonce.len(), 24, "16 bytes in base64");
        let allowed = format!("script-src 'self' 'nonce-{nonce}'; object-src");
        assert!(page.header(CSP).is_some_and(|policy| policy.starts_with(&allowed)), "{page:?}");
        nonces.push(nonce.to_owned());
    }
    nonces.dedup();
    assert_eq!(nonces.len(), 3);
}

#[tokio::test]
async fn they_are_changed_in_few_words() {
    let changed = SecureHeaders::new().policy("script-src {nonce} https://cdn.test");
    let changed = changed.frame_ancestors("'self'").hsts("max-age=600; includeSubDomains");
    let app = app(changed).app(|app| app.environment = Environment::Production);
    let client = app.client().await.https();
    let page = client.get("/").await;
    page.assert_header(CSP, "script-src https://cdn.test; frame-ancestors 'self'");
    page.assert_header(HSTS, "max-age=600; includeSubDomains");
}

#[tokio::test]
async fn hsts_is_sent_in_production_over_https_alone() {
    let production = |app: &mut AppConfig| app.environment = Environment::Production;
    let client = app(SecureHeaders::new()).app(production).client().await;
    client.https().get("/").await.assert_header(HSTS, "max-age=31536000");
    client.get("/").await.assert_header_missing(HSTS);
    let testing = app(SecureHeaders::new()).client().await.https();
    testing.get("/").await.assert_header_missing(HSTS);
}

#[tokio::test]
async fn a_text_that_is_no_header_keeps_the_application_from_starting() {
    let app = TestApp::new().middleware(|middleware| {
        middleware.global(SecureHeaders::new().policy("a\nb"));
    });
    let refused = app.try_client().await.err().expect("it is refused").to_string();
    assert!(refused.contains("secure_headers.rs") && refused.contains("a\\nb"), "{refused}");
}

#[tokio::test]
async fn a_template_asks_for_the_nonce() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("page.html"), "{{ csp_nonce() }}").expect("a view");
    let client = app(SecureHeaders::new())
        .views(folder.path())
        .routes(|route| _ = route.get("/view", async || view("page", ())))
        .client()
        .await;
    let page = client.get("/view").await;
    let nonce = page.text();
    let policy = page.header(CSP).expect("a policy").to_owned();
    assert!(
        !nonce.contains('&') && policy.contains(&format!("'nonce-{nonce}'")),
        "{policy} {nonce}"
    );
}
