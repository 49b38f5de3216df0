//! Signed URLs and the middleware `signed`.

use std::time::Duration;

use lunox::prelude::*;
use lunox::routing::UrlSigner;
use lunox::testing::{TestApp, TestClient};

const HOUR: Duration = Duration::from_secs(3600);

fn routes(route: &mut Router) {
    route.get("/leave/{user}", async || "left").name("leave").middleware("signed");
    route.get("/files/{*path}", async || "file").name("file").middleware("signed");
    let tracked = "signed:utm_source,utm_medium,expires";
    route.get("/news/{id}", async || "news").name("news").middleware(tracked);
    route.get("/near/{id}", async || "near").name("near").middleware("signed:relative");
    route.get("/asks", async |req: HttpRequest| req.has_valid_signature().to_string()).name("asks");
    route
        .get("/forever", async || signed_route("leave", [("user", "5"), ("b", "ü &"), ("a", "1")]));
    route.get("/hour", async || temporary_signed_route("leave", HOUR, [("user", 5)]));
    route.get("/hour-of-news", async || temporary_signed_route("news", HOUR, [("id", 5)]));
    route.get("/link-asks", async || signed_route("asks", ()));
    route.get("/file", async || signed_route("file", [("path", "a/b")]));
    route.get("/link-near", async |req: HttpRequest| -> Result {
        let signer = req.container().make::<UrlSigner>()?;
        Ok(signer.sign(&route_path(&req))?.into_response())
    });
    route.get("/reserved", async || signed_route("leave", [("user", "5"), ("expires", "9")]));
}

fn route_path(req: &HttpRequest) -> String {
    format!("{}/near/5?b=2&a=1#top", req.prefix())
}

async fn client() -> TestClient {
    TestApp::new()
        .debug()
        .http(|http| http.trusted_hosts = vec!["*".to_owned()])
        .plain_routes(routes)
        .client()
        .await
}

async fn link(client: &TestClient, path: &str) -> String {
    client.get(path).await.assert_ok().text()
}

fn path(link: &str) -> &str {
    link.strip_prefix("http://localhost").expect("of this host")
}

async fn status(client: &TestClient, path: &str) -> u16 {
    client.get(path).await.status()
}

#[tokio::test]
async fn a_signed_url_is_taken_as_it_was_made_and_no_part_of_it_can_be_changed() {
    let client = client().await;
    let link = link(&client, "/forever").await;
    let link = path(&link);
    assert!(link.starts_with("/leave/5?b=%C3%BC+%26&a=1&signature="), "{link}");
    client.get(link).await.assert_text("left");
    assert_eq!(status(&client, &link.replace("/leave/5?", "/leave/5/?")).await, 200);
    let signature = link.split("signature=").nth(1).expect("a signature");
    for same in [
        format!("/leave/5?signature={signature}&a=1&b=%C3%BC+%26"),
        format!("/leave/5?a=1&b=%c3%bc%20%26&signature={signature}"),
        format!("/leave/5?&a=1&&b=%C3%BC+%26&signature={signature}&"),
    ] {
        assert_eq!(status(&client, &same).await, 200, "{same}");
    }
    for changed in [
        link.replace("/5", "/6"),
        link.replace("a=1", "a=2"),
        link.replace("a=1&", ""),
        link.replace("a=1", "a=1&a=1"),
        format!("{link}&c=1"),
        format!("{link}&signature={signature}"),
        format!("{link}&expires=99999999999"),
        link.replace(signature, ""),
        link.replace(signature, &signature[1..]),
        link.replace(signature, &"A".repeat(43)),
        "/leave/5".to_owned(),
        "/leave/5?signature=".to_owned(),
        format!("/news/5?b=%C3%BC+%26&a=1&signature={signature}"),
    ] {
        assert_eq!(status(&client, &changed).await, 403, "{changed}");
    }
    // The signature is of another host's URL.
    assert_eq!(status(&client.host("evil.test"), link).await, 403);
    assert_eq!(status(&client.host("LOCALHOST:80"), link).await, 200);
    // A proxy that ended TLS may have told nobody.
    assert_eq!(status(&client.https(), link).await, 200);
}

#[tokio::test]
async fn an_encoded_slash_is_not_the_slash_of_another_route() {
    let client = client().await;
    let link = link(&client, "/file").await;
    assert_eq!(status(&client, path(&link)).await, 200);
    assert_eq!(status(&client, &path(&link).replace("a/b", "a%2Fb")).await, 403);
}

#[tokio::test]
async fn a_temporary_url_ends_with_its_time_and_its_end_cannot_be_moved() {
    let client = client().await;
    let link = link(&client, "/hour").await;
    let link = path(&link);
    assert_eq!(status(&client, link).await, 200);
    client.travel(HOUR);
    assert_eq!(status(&client, link).await, 200);
    client.travel(Duration::from_secs(1));
    client.get(link).await.assert_status(403).assert_see("this link has expired");
    let expires = link.split(['=', '&']).nth(1).expect("a time");
    for changed in [
        link.replace(expires, "99999999999"),
        link.replace(&format!("expires={expires}&"), ""),
        link.replace(
            &format!("expires={expires}"),
            &format!("expires={expires}&expires=99999999999"),
        ),
    ] {
        let answer = client.get(&changed).await;
        answer.assert_status(403).assert_see("this link is not valid");
    }
}

#[tokio::test]
async fn named_parameters_may_be_added_by_others_but_never_the_end() {
    let client = client().await;
    let link = link(&client, "/hour-of-news").await;
    let link = path(&link);
    assert_eq!(status(&client, &format!("{link}&utm_source=mail&utm_medium=x")).await, 200);
    assert_eq!(status(&client, &format!("{link}&utm_campaign=x")).await, 403);
    assert_eq!(status(&client, &format!("{link}&expires=99999999999")).await, 403);
    client.travel(HOUR * 2);
    assert_eq!(status(&client, link).await, 403);
}

#[tokio::test]
async fn a_relative_signature_is_of_any_host_and_of_the_prefix() {
    let app = TestApp::new().http(|http| http.trusted_proxies = vec!["127.0.0.1".to_owned()]);
    let client = app.plain_routes(routes).client().await;
    let link = self::link(&client, "/link-near").await;
    assert!(link.ends_with("#top"), "{link}");
    assert_eq!(status(&client, &link).await, 200);
    assert_eq!(status(&client.host("other.test"), &link).await, 200);
    assert_eq!(status(&client, &link.replace("a=1", "a=2")).await, 403);
    assert_eq!(status(&client, &link.replace("/near/", "/leave/")).await, 403);

    // Behind a proxy, links have its host and its prefix.
    let proxied = client.with_header("x-forwarded-host", "shop.test:443");
    let proxied = proxied.with_header("x-forwarded-proto", "https");
    let proxied = proxied.with_header("x-forwarded-prefix", "/app");
    let link = self::link(&proxied, "/hour").await;
    let path = link.strip_prefix("https://shop.test:443/app").expect("of the proxy");
    assert_eq!(status(&proxied, path).await, 200);
    assert_eq!(status(&client, path).await, 403);
    let link = self::link(&proxied, "/link-near").await;
    let path = link.strip_prefix("/app").expect("of the proxy");
    assert_eq!(status(&proxied, path).await, 200);
    assert_eq!(status(&client, path).await, 403);
}

#[tokio::test]
async fn an_action_can_ask_itself() {
    let client = client().await;
    let link = link(&client, "/link-asks").await;
    client.get(path(&link)).await.assert_text("true");
    client.get("/asks").await.assert_text("false");
    client.get("/reserved").await.assert_status(500).assert_see("parameter `expires`");
    let keyless = TestApp::new()
        .debug()
        .http(|http| http.trusted_hosts = vec!["*".to_owned()])
        .app(|app| app.key = None)
        .plain_routes(routes);
    let keyless = keyless.client().await;
    keyless.get("/hour").await.assert_status(500).assert_see("APP_KEY is not set");
    keyless.get("/leave/5").await.assert_status(500).assert_see("APP_KEY is not set");
}

#[tokio::test]
async fn outside_a_request_a_url_is_signed_for_the_applications_own_host() {
    let app = TestApp::new().app(|app| app.url = "http://localhost".to_owned());
    let client = app.plain_routes(routes).client().await;
    let signer = client.app().make::<UrlSigner>().expect("it is bound");
    let link = signer.sign_for("http://localhost/leave/5", HOUR).expect("a URL");
    assert_eq!(status(&client, path(&link)).await, 200);
    let signed = signer.sign("http://localhost/leave/5").expect("a URL");
    assert_eq!(signer.sign("http://localhost/leave/5"), Ok(signed.clone()));
    assert!(signer.sign(&signed).is_err());
}

#[tokio::test]
async fn signatures_of_a_previous_key_count_until_it_is_removed() {
    let key = |text: &str| format!("base64:{text}{}=", "QA".repeat(21)).parse().expect("a key");
    let with = async |current: &'static str, previous: &'static [&'static str]| {
        let app = TestApp::new().plain_routes(routes).app(move |app| {
            app.key = Some(key(current));
            app.previous_keys = previous.iter().map(|text| key(text)).collect();
        });
        app.client().await
    };
    let link = link(&with("A", &[]).await, "/forever").await;
    assert_eq!(status(&with("E", &["A"]).await, path(&link)).await, 200);
    assert_eq!(status(&with("E", &[]).await, path(&link)).await, 403);
}
