//! Cookies that actions queue: `cookies().queue(...)`.

use std::time::Duration;

use lunox::prelude::*;
use lunox::session::SessionConfig;
use lunox::testing::TestApp;
use lunox::web::{Cookie, CookieJar};

/// The `Set-Cookie` lines of a response whose action queues cookies.
async fn sent(config: impl FnOnce(&mut SessionConfig), queue: fn(&CookieJar)) -> Vec<String> {
    let app = TestApp::new().session(config);
    let app = app.routes(move |route| {
        route.get("/", move || async move { queue(&cookies()) });
    });
    let client = app.client().await;
    let response = client.get("/").await;
    response.assert_ok();
    response.set_cookies().into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn what_a_cookie_does_not_say_comes_from_the_configuration() {
    let config = |session: &mut SessionConfig| {
        session.domain = Some(".example.com".into());
        session.path = "/shop".into();
        session.secure = true;
        session.same_site = SameSite::Strict;
    };
    assert_eq!(
        sent(config, |cookies| cookies.queue(("a", "1"))).await,
        ["a=1; HttpOnly; SameSite=Strict; Secure; Path=/shop; Domain=example.com"]
    );
    let own = |cookies: &CookieJar| {
        let cookie = Cookie::new("a", "1").path("/").domain("").secure(false).http_only(false);
        cookies.queue(cookie.same_site(SameSite::Lax));
    };
    assert_eq!(sent(config, own).await, ["a=1; SameSite=Lax; Path=/"]);
    // Removed with the attributes that it was sent with.
    assert_eq!(
        sent(config, |cookies| cookies.forget("a")).await,
        ["a=; HttpOnly; SameSite=Strict; Secure; Path=/shop; Domain=example.com; Max-Age=0; \
          Expires=Thu, 01 Jan 1970 00:00:00 GMT"]
    );
}

#[tokio::test]
async fn prefixed_names_get_what_browsers_ask_of_them_when_sent_and_when_forgotten() {
    let config = |session: &mut SessionConfig| {
        session.domain = Some("example.com".into());
        session.path = "/shop".into();
    };
    let queue = |cookies: &CookieJar| {
        cookies.queue(("__Host-a", "1"));
        cookies.queue(("__SECURE-b", "1"));
        cookies.forget("__Host-c");
        cookies.forget("__Secure-d");
    };
    let gone = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    assert_eq!(
        sent(config, queue).await,
        [
            "__Host-a=1; HttpOnly; SameSite=Lax; Secure; Path=/".to_owned(),
            "__SECURE-b=1; HttpOnly; SameSite=Lax; Secure; Path=/shop; Domain=example.com"
                .to_owned(),
            format!("__Host-c=; HttpOnly; SameSite=Lax; Secure; Path=/{gone}"),
            format!(
                "__Secure-d=; HttpOnly; SameSite=Lax; Secure; Path=/shop; Domain=example.com{gone}"
            ),
        ]
    );
}

#[tokio::test]
async fn cookies_are_the_same_by_name_path_and_domain() {
    let queue = |cookies: &CookieJar| {
        cookies.queue(("a", "replaced"));
        cookies.queue(Cookie::new("a", "1").path("/"));
        cookies.expire(Cookie::build("a").domain("Example.com"));
        cookies.queue(Cookie::new("a", "2").domain(".example.com"));
        cookies.expire(Cookie::build("a").domain("shop.example.com").path("/cart"));
    };
    assert_eq!(
        sent(|_| {}, queue).await,
        [
            "a=1; HttpOnly; SameSite=Lax; Path=/",
            "a=2; HttpOnly; SameSite=Lax; Path=/; Domain=example.com",
            "a=; HttpOnly; SameSite=Lax; Path=/cart; Domain=shop.example.com; Max-Age=0; \
          Expires=Thu, 01 Jan 1970 00:00:00 GMT"
        ]
    );
}

#[tokio::test]
async fn cookies_last_for_a_time_or_for_as_long_as_browsers_allow() {
    let queue = |cookies: &CookieJar| {
        cookies.queue(Cookie::new("hour", "1").max_age(Duration::from_secs(3600)));
        cookies.forever(("long", "1"));
    };
    assert_eq!(
        sent(|_| {}, queue).await,
        [
            "hour=1; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600",
            "long=1; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000"
        ]
    );
}

#[tokio::test]
async fn queued_cookies_can_be_asked_for_and_taken_back() {
    let queue = |cookies: &CookieJar| {
        cookies.queue(("a", "1"));
        cookies.queue(("b", "1"));
        assert!(cookies.has_queued("a") && !cookies.has_queued("c"));
        cookies.unqueue("a");
        assert!(!cookies.has_queued("a") && cookies.has_queued("b"));
    };
    assert_eq!(sent(|_| {}, queue).await, ["b=1; HttpOnly; SameSite=Lax; Path=/"]);
}

#[tokio::test]
async fn a_cookie_needs_a_name() {
    let app = TestApp::new().debug().routes(|route| {
        route.get("/queue", async || cookies().queue(("", "1")));
        route.get("/forget", async || cookies().forget(""));
        route.get("/response", async || no_content().cookie(Cookie::new("", "1")));
    });
    let client = app.client().await;
    for path in ["/queue", "/forget"] {
        client.get(path).await.assert_status(500).assert_see("a cookie without a name");
    }
    let response = client.get("/response").await;
    response.assert_status(500).assert_see("a cookie has no name");
    assert_eq!(response.set_cookies(), Vec::<&str>::new());
}
