//! What the middleware `csrf` lets pass, and what the cookie `XSRF-TOKEN` does.

use std::pin::Pin;
use std::task::{Context, Poll};

use lunox::http::{Body, Method};
use lunox::prelude::*;
use lunox::testing::{Multipart, TestApp, TestClient, TestResponse};
use lunox::web::PreventRequestForgery;
use serde_json::json;

use super::log::Log;
use super::visit;

fn routes(route: &mut Router) {
    route.get("/form", async || csrf_token());
    route.get("/put", async |req: HttpRequest| req.session().put("name", "Ada"));
    route.get("/login", async |req: HttpRequest| {
        req.session().regenerate();
        req.session().put("user", 7);
    });
    route.get("/logout", async |req: HttpRequest| req.session().invalidate());
    route.get("/renew", async |req: HttpRequest| req.session().regenerate_token());
    route.get("/public", async || "page".into_response().header("cache-control", "public"));
    route.get("/panic", async |req: HttpRequest| {
        req.session().put("lost", true);
        if req.session().has("lost") {
            panic!("on purpose");
        }
    });
    route.any("/", async |req: HttpRequest| {
        req.session().put("done", true);
        "done"
    });
}

/// A visitor with a session, whose browser says nothing of where its requests come from, and the session's token.
async fn silent() -> (TestClient, String) {
    let visitor = visit(routes).await.without_origin();
    visitor.get("/put").await.assert_ok();
    let token = visitor.get("/form").await.assert_ok().text();
    (visitor, token)
}

const METHODS: [Method; 4] = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

#[tokio::test]
async fn what_the_browser_vouches_for_needs_no_token_and_what_comes_from_elsewhere_has_none_that_helps()
 {
    let (visitor, token) = silent().await;
    for method in METHODS {
        let send = async |headers: &[(&str, &str)], token: &str| {
            let request = visitor.request(method.clone(), "/").header("x-csrf-token", token);
            let request = headers.iter().fold(request, |request, (n, v)| request.header(n, v));
            request.send().await.status()
        };
        for vouched in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://localhost")],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
        ] {
            assert_eq!(send(vouched, "").await, 200, "{method} {vouched:?}");
        }
        // Among them a subdomain that has tossed a cookie, and a page that has got hold of a token.
        for elsewhere in [
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "http://sub.localhost")],
            &[("sec-fetch-site", "cross-site"), ("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("origin", "https://evil.test")],
            &[("origin", "http://localhost:81")],
            &[("origin", "https://localhost.evil.test")],
        ] {
            assert_eq!(send(elsewhere, &token).await, 419, "{method} {elsewhere:?}");
        }
        for unsaid in [&[][..], &[("origin", "null")], &[("referer", "http://localhost/")]] {
            assert_eq!(send(unsaid, &token).await, 200, "{method} {unsaid:?}");
            assert_eq!(send(unsaid, "").await, 419, "{method} {unsaid:?}");
            assert_eq!(send(unsaid, "guessed").await, 419, "{method} {unsaid:?}");
        }
    }
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        let request = visitor.request(method, "/").header("sec-fetch-site", "cross-site");
        assert_ne!(request.send().await.status(), 419);
    }
}

#[tokio::test]
async fn the_token_is_taken_from_the_body_and_the_header_and_never_from_the_query() {
    let (visitor, token) = silent().await;
    let token = token.as_str();
    visitor.post("/", [("_token", token)]).await.assert_ok();
    visitor.put("/", [("_token", token)]).await.assert_ok();
    visitor.post_json("/", json!({"_token": token})).await.assert_ok();
    let form = || Multipart::new().text("title", "Lake");
    let send = |form| visitor.request(Method::POST, "/").multipart(form).send();
    send(form().text("_token", token)).await.assert_ok();
    send(form().file("photo", "a.png", "image/png", [1]).text("_token", token)).await.assert_ok();
    send(form()).await.assert_status(419);
    send(form().file("_token", "a", "text/plain", token)).await.assert_status(419);
    // A form that names its method has its body read before the route is found.
    visitor.post("/spoofed", [("_token", token)]).await.assert_not_found();

    let in_query = format!("/?_token={token}");
    visitor.post(&in_query, ()).await.assert_status(419);
    visitor.post(&in_query, [("a", "b")]).await.assert_status(419);
    visitor.post_json(&in_query, json!({"a": 1})).await.assert_status(419);
    visitor.delete(&in_query).await.assert_status(419);
    // The body's counts, whatever the query has.
    visitor.post("/?_token=x", [("_token", token)]).await.assert_ok();
    visitor.post_json("/", json!([token])).await.assert_status(419);
    visitor.post_json("/", json!({"_token": [token]})).await.assert_status(419);
    visitor.post("/", [("_token", "")]).await.assert_status(419);
    // One that is right is enough.
    let both = visitor.request(Method::POST, "/").header("x-csrf-token", "stale");
    both.form([("_token", token)]).await.assert_ok();
}

#[tokio::test]
async fn a_token_in_the_query_does_not_count_where_a_middleware_has_merged_the_input_either() {
    async fn reads(req: HttpRequest, next: Next) -> Result {
        req.read_body().await?;
        assert!(req.has("name"));
        Ok(next.run(req).await)
    }
    let app = TestApp::new().routes(routes).middleware(|middleware| middleware.global(reads));
    let visitor = app.client().await.without_origin();
    let token = visitor.get("/form?name=a").await.text();
    let form = [("name", "Ada"), ("_token", &token)];
    visitor.post("/", form).await.assert_ok();
    let visitor = visitor.another();
    visitor.post(&format!("/?_token={token}"), [("name", "Ada")]).await.assert_status(419);
}

#[tokio::test]
async fn a_form_that_names_its_method_needs_its_token_too() {
    let visitor = visit(|route| {
        route.get("/form", async || csrf_token());
        route.put("/photo", async || "put");
    })
    .await
    .without_origin();
    let token = visitor.get("/form").await.text();
    let put = [("_method", "PUT"), ("_token", token.as_str())];
    visitor.post("/photo", put).await.assert_text("put");
    visitor.post("/photo", [("_method", "PUT")]).await.assert_status(419);
}

/// A body of which nothing comes.
struct Never;

impl futures_core::Stream for Never {
    type Item = std::result::Result<bytes::Bytes, std::io::Error>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

async fn post(visitor: &TestClient, headers: &[(&str, &str)], body: Body) -> Poll<u16> {
    let request = http::Request::post("/").header("host", "localhost");
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let (parts, body) = request.body(body).expect("a request").into_parts();
    let mut answer = Box::pin(visitor.app().kernel().handle(parts, body, None));
    std::future::poll_fn(|context| {
        Poll::Ready(answer.as_mut().poll(context).map(|answer| answer.status_code().as_u16()))
    })
    .await
}

#[tokio::test]
async fn the_body_is_waited_for_only_if_the_token_can_be_nowhere_else() {
    let visitor = visit(|route| {
        route.post("/", async || "done").middleware(async |_: HttpRequest, _: Next| abort(418));
    })
    .await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let token = visitor.app().make::<SessionManager>().expect("it is bound");
    let token = token.start([].into_iter()).await.expect("no session").token();
    for (headers, status) in [
        (&[form, ("sec-fetch-site", "same-origin")][..], Poll::Ready(418)),
        (&[form, ("sec-fetch-site", "cross-site")], Poll::Ready(419)),
        (&[form, ("x-csrf-token", token.as_str())], Poll::Ready(418)),
        (&[form], Poll::Pending),
        (&[("content-type", "multipart/form-data; boundary=x")], Poll::Pending),
        (&[("content-type", "application/json")], Poll::Pending),
        // Nothing in these is a token.
        (&[("content-type", "application/octet-stream")], Poll::Ready(419)),
        (&[], Poll::Ready(419)),
    ] {
        assert_eq!(post(&visitor, headers, Body::stream(Never)).await, status, "{headers:?}");
    }
}

#[tokio::test]
async fn a_body_is_read_for_its_token_within_the_limits_of_the_route() {
    let visitor = visit(|route| {
        route.get("/form", async || csrf_token());
        route.post("/small", async || "small").limits(|limits| limits.body = 200);
        route.post("/large", async || "large").limits(|limits| limits.body = 4 << 20);
    })
    .await
    .without_origin();
    let token = visitor.get("/form").await.text();
    let long = "x".repeat(3 << 20);
    let form = [("long", long.as_str()), ("_token", &token)];
    visitor.post("/large", form).await.assert_text("large");
    visitor.post("/small", form).await.assert_status(413);
    visitor.post("/small", [("_token", &token)]).await.assert_text("small");
}

#[tokio::test]
async fn a_guest_needs_a_token_that_the_application_has_signed() {
    let visitor = visit(routes).await.without_origin();
    let token = visitor.get("/form").await.text();
    visitor.another().post("/", ()).await.assert_status(419);
    visitor.another().post("/", [("_token", "guessed")]).await.assert_status(419);
    // Another visitor's counts as well: anyone can ask for one. It keeps blind forgeries out and no more.
    visitor.another().post("/", [("_token", &token)]).await.assert_ok();
    // The browser's word comes first.
    let guest = visitor.another();
    let forged = guest.request(Method::POST, "/").form([("_token", &token)]);
    forged.header("sec-fetch-site", "cross-site").send().await.assert_status(419);
    let forged = guest.request(Method::POST, "/").form([("_token", &token)]);
    forged.header("origin", "https://evil.test").send().await.assert_status(419);
    // And none of them counts for a visitor with a session.
    let (member, own) = silent().await;
    let theirs = member.another().get("/form").await.text();
    member.post("/", [("_token", &theirs)]).await.assert_status(419);
    member.post("/", [("_token", &own)]).await.assert_ok();
    visitor.travel_minutes(121);
    visitor.post("/", [("_token", &token)]).await.assert_status(419);
}

#[tokio::test]
async fn a_token_from_before_a_login_or_of_another_session_is_refused() {
    let (visitor, token) = silent().await;
    let attacker = visitor.another();
    attacker.get("/put").await.assert_ok();
    let planted = attacker.get("/form").await.text();
    visitor.post("/", [("_token", &planted)]).await.assert_status(419);
    visitor.get("/login").await.assert_ok();
    visitor.post("/", [("_token", &token)]).await.assert_status(419);
    let after = visitor.get("/form").await.text();
    visitor.post("/", [("_token", &after)]).await.assert_ok();
    visitor.get("/logout").await.assert_ok();
    visitor.post("/", [("_token", &after)]).await.assert_status(419);
}

async fn with(csrf: PreventRequestForgery) -> TestClient {
    let app = TestApp::new().routes(|route| {
        route.post("/stripe/hook", async || "hook");
        route.post("/form", async || "form");
    });
    app.middleware(|middleware| middleware.alias("csrf", csrf)).client().await
}

#[tokio::test]
async fn paths_can_be_excepted_and_origins_trusted() {
    let client = with(PreventRequestForgery::new().except(["stripe/*"])).await.without_origin();
    client.post("/stripe/hook", ()).await.assert_ok();
    let evil = client.with_header("origin", "https://evil.test");
    evil.post("/stripe/hook", ()).await.assert_ok();
    client.post("/form", ()).await.assert_status(419);

    let csrf = PreventRequestForgery::new().trusted_origins(["https://admin.shop.example"]);
    let client = with(csrf).await;
    let from = async |origin: &str, site: &str| {
        let request = client.request(Method::POST, "/form").header("origin", origin);
        request.header("sec-fetch-site", site).send().await.status()
    };
    assert_eq!(from("https://admin.shop.example", "same-site").await, 200);
    assert_eq!(from("https://admin.shop.example", "cross-site").await, 200);
    for other in [
        "http://admin.shop.example",
        "https://admin.shop.example:444",
        "https://evil.admin.shop.example",
        "https://admin.shop.example.evil.test",
        "null",
    ] {
        assert_eq!(from(other, "same-site").await, 419, "{other}");
    }
}

#[test]
fn what_is_no_origin_cannot_be_trusted() {
    let wrong = std::panic::catch_unwind(|| {
        PreventRequestForgery::new().trusted_origins(["admin.shop.example"])
    });
    let panic = wrong.expect_err("it panics");
    let message = panic.downcast_ref::<String>().expect("a text");
    assert!(message.contains("`admin.shop.example` is not an origin"), "{message}");
}

#[tokio::test]
async fn a_refusal_is_logged_and_shown_to_the_developer_with_its_reason() {
    let local = TestApp::new().debug().routes(routes).client().await.without_origin();
    let public = TestApp::new().routes(routes).client().await.without_origin();
    let evil = "https://evil.test";
    for (headers, reasons) in [
        (
            &[("sec-fetch-site", "cross-site"), ("origin", evil)][..],
            &["it is the origin", "https://evil.test", "cross-site", "http://localhost"][..],
        ),
        (&[("origin", evil)], &["it is the origin", "https://evil.test", "http://localhost"]),
        (&[], &["it is the token", "has no token", "csrf_field()"]),
        (&[("x-csrf-token", "x")], &["it is the token", "its token is not"]),
    ] {
        let send = async |client: &TestClient| -> TestResponse {
            let request = client.request(Method::POST, "/");
            headers.iter().fold(request, |request, (n, v)| request.header(n, v)).send().await
        };
        let shown = send(&local).await.text();
        let (log, _guard) = Log::take();
        let hidden = send(&public).await;
        hidden.assert_status(419).assert_see("this page has expired");
        let hidden = hidden.text();
        let logged = log.text();
        assert!(logged.contains("WARN") && logged.contains("method=POST path=\"/\""), "{logged}");
        for reason in reasons {
            assert!(shown.contains(reason), "{reason}: {shown}");
            assert!(logged.contains(reason), "{reason}: {logged}");
            assert!(!hidden.contains(reason), "{reason}: {hidden}");
        }
    }
    // What a client sent cannot write lines of the log.
    let (log, _guard) = Log::take();
    public.request(Method::POST, "/").header("origin", "https://a\u{85}b").send().await;
    let logged = log.text();
    assert!(logged.contains(r"https://a\u{85}b") && !logged.contains('\u{85}'), "{logged}");
}

const XSRF: &str = "XSRF-TOKEN";

#[tokio::test]
async fn the_cookie_xsrf_token_is_sent_when_the_session_is_made_or_rotated_or_when_it_is_missing() {
    let visitor = visit(routes).await;
    visitor.get("/form").await.assert_cookie_missing(XSRF);
    let made = visitor.get("/put").await;
    let cookie = made.set_cookies().into_iter().find(|cookie| cookie.starts_with(XSRF));
    let cookie = cookie.expect("the cookie");
    assert!(cookie.ends_with("; SameSite=Lax; Path=/"), "{cookie}");
    made.assert_header("cache-control", "no-store");
    for path in ["/put", "/form", "/"] {
        visitor.get(path).await.assert_cookie_missing(XSRF);
    }
    for path in ["/login", "/renew"] {
        visitor.get(path).await.assert_cookie(XSRF);
        visitor.get("/form").await.assert_cookie_missing(XSRF);
    }
    visitor.forget_cookie(XSRF);
    // A page for shared caches stays as it is.
    visitor.get("/public").await.assert_header("cache-control", "public");
    visitor.get("/form").await.assert_cookie(XSRF).assert_header("cache-control", "private");
    visitor.get("/form").await.assert_cookie_missing(XSRF);
    visitor.get("/logout").await.assert_cookie(XSRF);
    assert_eq!(visitor.cookie(XSRF), None);
    visitor.get("/panic").await.assert_status(500).assert_cookie_missing(XSRF);
}

#[tokio::test]
async fn a_script_sends_the_cookie_xsrf_token_back_in_a_header() {
    let (visitor, _) = silent().await;
    let post = async |visitor: &TestClient, token: &str| {
        let request = visitor.request(Method::POST, "/").header("x-xsrf-token", token);
        request.json(json!({})).send().await
    };
    let sealed = visitor.cookie(XSRF).expect("the cookie");
    post(&visitor, &sealed).await.assert_ok();
    visitor.delete("/").header("x-xsrf-token", &sealed).await.assert_ok();
    post(&visitor, &sealed[1..]).await.assert_status(419);
    let plain = visitor.app().make::<SessionManager>().expect("it is bound");
    let cookie = visitor.cookie("lunox_session").expect("a session");
    let plain = plain.start([cookie.as_str()].into_iter()).await.expect("the session").token();
    post(&visitor, &plain).await.assert_status(419);
    // The header of the plain token is another one.
    visitor.delete("/").header("x-csrf-token", &plain).await.assert_ok();
    visitor.delete("/").header("x-csrf-token", &sealed).await.assert_status(419);
    // Of another session.
    let other = visitor.another();
    other.get("/put").await.assert_ok();
    post(&other, &sealed).await.assert_status(419);
    // A script that has the one of an earlier session is refused once, and sent the new one.
    let stale = visitor.another();
    stale.set_cookie(XSRF, &sealed);
    stale.get("/put").await.assert_ok();
    stale.set_cookie(XSRF, &sealed);
    post(&stale, &sealed).await.assert_status(419).assert_cookie(XSRF);
    let fresh = stale.cookie(XSRF).expect("the cookie");
    post(&stale, &fresh).await.assert_ok().assert_cookie_missing(XSRF);
}

#[tokio::test]
async fn without_a_session_the_route_takes_a_guests_token() {
    let app = TestApp::new().routes(routes).plain_routes(|route| {
        route.get("/plain", async || csrf_token());
        route.post("/plain", async || "done").middleware("csrf");
    });
    let visitor = app.client().await.without_origin();
    let token = visitor.get("/plain").await.text();
    visitor.post("/plain", [("_token", &token)]).await.assert_text("done");
    visitor.post("/plain", ()).await.assert_status(419);
    visitor.get("/put").await.assert_ok();
    visitor.post("/plain", [("_token", &token)]).await.assert_status(419);

    let bare = TestApp::bare().plain_routes(|route| {
        route.get("/plain", async || csrf_token());
        route.post("/plain", async || "done").middleware("csrf");
    });
    let visitor = bare.client().await;
    visitor.get("/plain").await.assert_text("");
    visitor.post("/plain", ()).await.assert_text("done");
    visitor.without_origin().post("/plain", [("_token", "")]).await.assert_status(419);
}
