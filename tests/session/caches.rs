//! What shared caches may keep: nothing that the session had a part in.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

use super::log::Log;

async fn client() -> TestClient {
    TestApp::new()
        .routes(|route| {
            route.get("/untouched", async || "the same for all");
            route.get("/handle", async |req: HttpRequest| {
                let _handle = req.session();
                "the same for all"
            });
            route.get("/public", async || {
                "cached".into_response().header("cache-control", "public, max-age=60")
            });
            route.get("/read", async |req: HttpRequest| {
                req.session().get_or("name", "nobody".to_owned())
            });
            route.get("/public-read", async |req: HttpRequest| {
                let name = req.session().get_or("name", "nobody".to_owned());
                name.into_response()
                    .header("cache-control", "public, max-age=60")
                    .header("vary", "Accept")
            });
            route.get("/put", async |req: HttpRequest| req.session().put("name", "Ada"));
            route.get("/id", async |req: HttpRequest| req.session().id().to_string());
            route.get("/is-new", async |req: HttpRequest| req.session().is_new().to_string());
            route.get("/fails", async |req: HttpRequest| -> Result {
                req.session().has("name");
                abort(404)
            });
            route.get("/unstorable", async |req: HttpRequest| req.session().put("bad", f64::NAN));
        })
        .client()
        .await
}

#[tokio::test]
async fn rule_11_asvs_s24_a_response_whose_action_used_the_session_is_private_and_varies_by_cookie()
{
    let guest = client().await;
    let visitor = guest.another();
    visitor.with_session([("name", "Eve")]).await;
    for visitor in [&guest, &visitor] {
        for path in ["/read", "/id", "/is-new", "/fails"] {
            let response = visitor.get(path).await;
            response.assert_header("cache-control", "private").assert_header("vary", "Cookie");
        }
        for path in ["/untouched", "/handle"] {
            let response = visitor.get(path).await;
            response.assert_header_missing("cache-control").assert_header_missing("vary");
        }
        visitor.get("/public").await.assert_header("cache-control", "public, max-age=60");
    }
    let created = guest.get("/put").await;
    created.assert_header("cache-control", "no-store").assert_header("vary", "Cookie");
    let written = guest.get("/put").await;
    written.assert_header("cache-control", "private").assert_header("vary", "Cookie");
    let failed = guest.get("/unstorable").await;
    failed
        .assert_status(500)
        .assert_header("cache-control", "private")
        .assert_header("vary", "Cookie");
}

#[tokio::test]
async fn rule_11_asvs_s24_public_gives_way_to_private_with_a_warning() {
    let client = client().await;
    let (log, _guard) = Log::take();
    client.get("/public").await.assert_ok();
    assert!(!log.text().contains("WARN"), "{}", log.text());
    let response = client.get("/public-read").await;
    response.assert_header("cache-control", "max-age=60, private");
    let varies: Vec<_> = response.headers().get_all("vary").iter().collect();
    assert_eq!(varies, ["Accept", "Cookie"]);
    let text = log.text();
    assert!(
        text.contains("WARN") && text.contains("`public`") && text.contains("/public-read"),
        "{text}"
    );
}

#[tokio::test]
async fn rule_11_noting_the_page_is_not_the_actions_use_of_the_session() {
    let client = TestApp::new()
        .session(|session| session.previous_url = true)
        .routes(|route| {
            route.get("/page", async || "the same for all");
        })
        .client()
        .await;
    client.with_session([("name", "Ada")]).await;
    // The first page brings the cookie XSRF-TOKEN, which is the visitor's own.
    client.get("/page").await.assert_cookie("XSRF-TOKEN").assert_header("vary", "Cookie");
    client.get("/page").await.assert_ok().assert_header_missing("vary");
}
