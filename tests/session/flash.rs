//! Rule 14: which responses end flash values.

use lunox::prelude::*;
use lunox::session::FlashAgeing;
use lunox::testing::{TestApp, TestClient};

const FETCH: [(&str, &str); 2] = [("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];

fn application() -> TestApp {
    TestApp::new().routes(|route| {
        route.post("/save", async || redirect("/moved").with("status", "Saved."));
        route.get("/moved", async || redirect("/page"));
        route.get("/page", async |req: HttpRequest| {
            html(req.session().get_or("status", "nothing".to_owned()))
        });
        route.get("/all", async |req: HttpRequest| json(req.session().all()));
        route.get("/read", async |req: HttpRequest| json(req.session().get::<String>("status")));
        route.get("/pull", async |req: HttpRequest| {
            req.session().pull::<String>("status");
            no_content()
        });
        route.get("/has", async |req: HttpRequest| json(req.session().has("status")));
        route.get("/old", async |req: HttpRequest| json(req.old::<String>("city")));
        route.get("/other", async |req: HttpRequest| json(req.session().get::<u8>("statuses")));
        route.get("/nothing", async || no_content());
        route.get("/unchanged", async || no_content().status(304));
        route.get("/file", async || {
            html("a,b").header("content-disposition", "attachment; filename=report.csv")
        });
        route.get("/image", async || html("png").header("content-type", "image/png"));
        route.get("/inertia", async || json(1).header("x-inertia", "true"));
        route.get("/read-and-away", async |req: HttpRequest| {
            req.session().get::<String>("status");
            redirect("/page")
        });
    })
}

async fn with_flash() -> TestClient {
    let visitor = application().client().await;
    visitor.post("/save", ()).await.assert_session_has("status");
    visitor
}

#[tokio::test]
async fn rule_14_flash_outlives_redirects_on_the_way_to_a_page() {
    let visitor = with_flash().await;
    visitor.get("/moved").await.assert_session_has("status");
    visitor.get("/page").await.assert_text("Saved.").assert_session_missing("status");
    visitor.get("/page").await.assert_text("nothing");
    let browser = visitor.following_redirects();
    browser.post("/save", ()).await.assert_text("Saved.").assert_session_missing("status");
}

#[tokio::test]
async fn rule_14_flash_outlives_what_the_visitor_does_not_see_as_a_page() {
    let visitor = with_flash().await;
    for path in ["/nothing", "/unchanged", "/file", "/image", "/nowhere", "/all", "/other"] {
        visitor.get(path).await.assert_session_has("status");
    }
    visitor.head("/page").await.assert_ok().assert_session_has("status");
    visitor.head("/pull").await.assert_session_missing("status");

    let visitor = with_flash().await;
    let referer = ("referer", "http://localhost/page");
    for headers in [
        &FETCH[..],
        &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
        &[("accept", "text/html"), ("turbo-frame", "menu"), ("x-turbo-request-id", "1")],
        &[("accept", "text/html"), ("x-sec-purpose", "prefetch")],
        // Over plain HTTP browsers do not say what they fetch for.
        &[("accept", "*/*"), referer],
        &[("accept", "image/avif,image/webp,*/*;q=0.8"), referer],
    ] {
        let client =
            headers.iter().fold(visitor.clone(), |c, (name, value)| c.with_header(name, value));
        client.get("/moved").await.assert_session_has("status");
        client.get("/all").await.assert_session_has("status");
        client.get("/file").await.assert_session_has("status");
    }
}

#[tokio::test]
async fn rule_14_flash_ends_with_a_page_that_a_script_shows() {
    for (name, value) in
        [("x-turbo-request-id", "1"), ("hx-boosted", "true"), ("x-inertia", "true")]
    {
        let visitor = with_flash().await;
        let page = if name == "x-inertia" { "/inertia" } else { "/page" };
        let script = FETCH.iter().fold(visitor, |c, (name, value)| c.with_header(name, value));
        let visit = script.with_header(name, value);
        visit.get(page).await.assert_ok().assert_session_missing(["status", "_flash"]);
    }
}

#[tokio::test]
async fn rule_14_flash_ends_with_any_answer_that_read_it_by_name() {
    for path in ["/read", "/pull", "/has", "/page"] {
        let visitor = with_flash().await;
        let script = FETCH.iter().fold(visitor, |c, (name, value)| c.with_header(name, value));
        script.get(path).await.assert_session_missing("status");
    }
    let visitor = with_flash().await;
    visitor.get("/read-and-away").await.assert_session_has("status");
    visitor.head("/read").await.assert_session_has("status");
}

#[tokio::test]
async fn rule_14_reading_a_part_of_a_flash_value_reads_it_and_no_other() {
    let visitor = application()
        .routes(|route| {
            route.post("/form", async || redirect("/").with_input().with("status", "no"));
        })
        .client()
        .await;
    visitor.post("/form", [("city", "London")]).await.assert_session_has("_old_input");
    let script = FETCH.iter().fold(visitor, |c, (name, value)| c.with_header(name, value));
    let answer = script.get("/old").await;
    answer.assert_text("\"London\"").assert_session_missing("_old_input");
    answer.assert_session_has("status");
}

#[tokio::test]
async fn rule_14_every_request_ends_flash_if_that_is_asked_for() {
    let visitor = application()
        .session(|session| session.flash_ageing = FlashAgeing::EveryRequest)
        .client()
        .await;
    for path in ["/moved", "/nothing", "/all"] {
        visitor.post("/save", ()).await.assert_session_has("status");
        visitor.get(path).await.assert_session_missing("status");
    }
}

/// Laravel's `reflash` carries over what `now` has set as well.
#[tokio::test]
async fn what_is_for_this_request_only_becomes_flash_when_it_is_kept() {
    let visitor = TestApp::new()
        .routes(|route| {
            route.get("/now", async |req: HttpRequest| req.session().now("a", 1));
            route.get("/reflash", async |req: HttpRequest| {
                req.session().now("a", 1);
                req.session().now("gone", 1);
                req.session().forget("gone");
                req.session().reflash();
            });
            route.get("/keep", async |req: HttpRequest| {
                req.session().now("a", 1);
                req.session().now("b", 2);
                req.session().keep("b");
            });
            route.get("/page", async || "page");
        })
        .client()
        .await;
    visitor.get("/now").await.assert_session_missing("a");
    visitor.get("/reflash").await.assert_session_has_value("a", 1).assert_session_missing("gone");
    visitor.get("/page").await.assert_session_missing(["a", "_flash"]);
    visitor.get("/keep").await.assert_session_has_value("b", 2).assert_session_missing("a");
    visitor.get("/page").await.assert_session_missing(["b", "_flash"]);
}

#[tokio::test]
async fn the_errors_of_a_form_replace_those_that_an_earlier_request_left() {
    let visitor = TestApp::new()
        .routes(|route| {
            route.post("/form", async |req: HttpRequest| {
                let short = (req.string("title").len() < 3).then_some(("title", "Too short."));
                let empty = req.string("body").is_empty().then_some(("body", "Missing."));
                redirect("/form").with_errors(short).with_errors(empty)
            });
        })
        .client()
        .await;
    let refused = visitor.post("/form", [("title", "a")]).await;
    refused.assert_session_has_errors(["title", "body"]);
    // A double click.
    let again = visitor.post("/form", [("title", "a")]).await;
    again.assert_session_has_value("errors.default.title", ["Too short."]);
    again.assert_session_has_value("errors.default.body", ["Missing."]);
    let corrected = visitor.post("/form", [("title", "long")]).await;
    let left = serde_json::json!({"body": ["Missing."]});
    corrected.assert_session_has_value("errors.default", left);
}
