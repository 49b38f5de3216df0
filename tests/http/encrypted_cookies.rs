//! Cookies behind the middleware `encrypt_cookies`.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use lunox::web::{Cookie, EncryptCookies};

fn routes(route: &mut Router) {
    route.get("/set/{name}/{value}", async |_: HttpRequest, name: String, value: String| {
        cookies().queue((name, value));
    });
    route.get("/own", async || no_content().cookie(Cookie::new("own", "a; b=ü").path("/")));
    route.get("/forget", async || cookies().forget("theme"));
    route.get("/put", async |req: HttpRequest| req.session().put("name", "Ada"));
    route.get("/read/{name}", async |req: HttpRequest, name: String| {
        req.cookie(&name).unwrap_or_else(|| "none".to_owned())
    });
    route.get("/session", async |req: HttpRequest| req.session().get::<String>("name"));
}

fn app(encrypt: EncryptCookies) -> TestApp {
    TestApp::new().routes(routes).middleware(|middleware| {
        middleware.alias("encrypt_cookies", encrypt);
        middleware.group("web", ["encrypt_cookies", "cookies", "session", "csrf"]);
    })
}

async fn read(client: &TestClient, name: &str) -> String {
    client.get(&format!("/read/{name}")).await.assert_ok().text()
}

#[tokio::test]
async fn what_is_in_a_cookie_can_be_neither_read_nor_changed_nor_moved_to_another() {
    let client = app(EncryptCookies::new()).client().await;
    for (path, name, value) in [
        ("/set/theme/dark", "theme", "dark"),
        ("/set/empty/%20", "empty", " "),
        ("/own", "own", "a; b=ü"),
    ] {
        let response = client.get(path).await;
        response.assert_cookie_value(name, value);
        let sent = response.set_cookies()[0];
        assert!(!sent.contains(value.trim()) || value == " ", "{sent}");
        assert_eq!(read(&client, name).await, value);
        assert_eq!(client.cookie(name).as_deref(), Some(value));
    }
    let again = client.get("/set/theme/dark").await;
    let sent = again.set_cookies()[0].to_owned();
    assert!(sent.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{sent}");
    assert_ne!(client.get("/set/theme/dark").await.set_cookies()[0], sent, "another nonce");
    let sealed = sent.split(['=', ';']).nth(1).expect("a value");

    let other = client.another();
    for (name, value) in [
        ("theme", "dark"),
        ("theme", ""),
        ("theme", &sealed[1..]),
        ("theme", &sealed[..sealed.len() - 2]),
        ("other", sealed),
    ] {
        other.set_cookie(name, value);
        assert_eq!(read(&other, name).await, "none", "{name}={value}");
    }
    // One that somebody has planted does not hide the one that we sent.
    let planted = other.get("/read/theme").header("cookie", &format!("theme=x; theme={sealed}"));
    planted.await.assert_text("dark");
    other.set_encrypted_cookie("theme", "a b");
    assert_eq!(read(&other, "theme").await, "a b");
    client.get("/forget").await.assert_ok();
    assert_eq!(client.cookie("theme"), None);
}

#[tokio::test]
async fn the_sessions_cookie_and_the_excepted_ones_stay_as_they_are() {
    let client = app(EncryptCookies::new().except(["theme"])).client().await;
    let response = client.get("/set/theme/dark").await;
    assert!(response.set_cookies()[0].starts_with("theme=dark; "));
    assert_eq!(read(&client, "theme").await, "dark");
    client.get("/put").await.assert_ok();
    client.get("/session").await.assert_text("Ada");
    assert_eq!(client.cookie("lunox_session").expect("a session").len(), 43);
    let token = client.get("/put").header("cookie", "").await;
    let xsrf = token.set_cookies().into_iter().find(|cookie| cookie.starts_with("XSRF-TOKEN="));
    assert_eq!(xsrf.expect("it is made").split(['=', ';']).nth(1).map(str::len), Some(90));
}

#[tokio::test]
async fn cookies_of_a_previous_key_are_read_until_it_is_removed() {
    let key = |text: &str| format!("base64:{text}{}=", "QA".repeat(21)).parse().expect("a key");
    let with = async |current: &'static str, previous: &'static [&'static str]| {
        let app = app(EncryptCookies::new()).app(move |app| {
            app.key = Some(key(current));
            app.previous_keys = previous.iter().map(|text| key(text)).collect();
        });
        app.client().await
    };
    let old = with("A", &[]).await;
    let set = old.get("/set/theme/dark").await;
    let pair = set.set_cookies()[0].split(';').next().expect("a pair").to_owned();
    let read = async |client: TestClient| {
        client.get("/read/theme").header("cookie", &pair).await.assert_ok().text()
    };
    assert_eq!(read(with("E", &["A"]).await).await, "dark");
    assert_eq!(read(with("E", &[]).await).await, "none");
}

#[tokio::test]
async fn without_a_key_an_application_that_encrypts_cookies_does_not_start() {
    let app = TestApp::new().app(|app| app.key = None).routes(routes).middleware(|middleware| {
        middleware.group("web", ["encrypt_cookies", "cookies", "session"]);
    });
    let error = app.try_client().await.err().expect("it does not start").to_string();
    let expected = "  1. the middleware group `web`: the middleware `encrypt_cookies` cannot be made: APP_KEY is not set\n     \
                    cure: run `cargo artisan key:generate`";
    assert!(error.contains(expected) && !error.contains("  2. "), "{error}");
}

#[tokio::test]
async fn without_the_middleware_cookies_are_sent_as_they_are() {
    let client = TestApp::new().routes(routes).client().await;
    let response = client.get("/set/theme/dark").await;
    assert!(response.set_cookies()[0].starts_with("theme=dark; "));
    assert_eq!(read(&client, "theme").await, "dark");
}
