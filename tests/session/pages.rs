//! Rule 14: the page that a visitor intended to see, and the page before.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

async fn visitor(noted: bool) -> TestClient {
    TestApp::new()
        .session(move |session| session.previous_url = noted)
        .routes(|route| {
            route.get("/start", async |req: HttpRequest| {
                req.session().put("name", "Ada");
                no_content()
            });
            for page in ["/login", "/photos", "/albums"] {
                route.get(page, async || html("page"));
            }
            for path in ["/account", "/avatar.png", "/api/me", "/logout", "/save"] {
                route.any(path, async || Redirect::guest("/login"));
            }
            route.any("/danger", async || "danger").middleware("password.confirm:login");
            route.get("/login-again", async || html("again")).name("login");
            route.post("/login", async || Redirect::intended("/home"));
            route.any("/back", async || back());
            route.any("/previous", async |req: HttpRequest| {
                html(req.session().previous_url().unwrap_or_default())
            });
        })
        .client()
        .await
}

fn from(visitor: &TestClient, page: &str, headers: &[(&str, &str)]) -> TestClient {
    let visitor = visitor.from(page);
    headers.iter().fold(visitor, |client, (name, value)| client.with_header(name, value))
}

const DOCUMENT: [(&str, &str); 2] =
    [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
const SCRIPT: [(&str, &str); 2] = [("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];

#[tokio::test]
async fn rule_14_the_intended_page_is_one_that_the_visitor_navigated_to() {
    let visitor = visitor(false).await;
    let page = |headers| from(&visitor, "/login", headers);
    page(&DOCUMENT).get("/account?tab=2").await.assert_redirect("/login");
    // None of these is seen in the window of the browser.
    let image = [("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")];
    page(&image).get("/avatar.png").await.assert_redirect("/login");
    page(&SCRIPT).get("/api/me").await.assert_redirect("/login");
    page(&SCRIPT).post_json("/api/me", ()).await.assert_redirect("/login");
    page(&[("accept", "*/*")]).get("/api/me").await.assert_redirect("/login");
    let prefetch = [DOCUMENT[0], DOCUMENT[1], ("sec-purpose", "prefetch")];
    page(&prefetch).get("/logout").await.assert_redirect("/login");
    page(&prefetch).get("/danger").await.assert_redirect("/login-again");
    page(&image).get("/danger").await.assert_redirect("/login-again");
    visitor.head("/account").await.assert_redirect("/login");
    visitor.post("/login", ()).await.assert_redirect("/account?tab=2");
    visitor.post("/login", ()).await.assert_redirect("/home");
}

#[tokio::test]
async fn rule_14_a_form_of_a_guest_leads_back_to_its_page_but_never_to_the_login() {
    let visitor = visitor(false).await;
    from(&visitor, "/photos", &DOCUMENT).post("/save", ()).await.assert_redirect("/login");
    from(&visitor, "/login?a=1", &DOCUMENT).post("/save", ()).await.assert_redirect("/login");
    from(&visitor, "/albums", &SCRIPT).post("/save", ()).await.assert_redirect("/login");
    visitor.post("/login", ()).await.assert_redirect("/photos");
}

#[tokio::test]
async fn rule_14_only_what_was_shown_as_a_page_is_noted() {
    let visitor = visitor(true).await;
    visitor.get("/start").await.assert_no_content();
    visitor.get("/photos").await.assert_ok();
    let iframe = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
    from(&visitor, "/photos", &iframe).get("/albums").await.assert_ok();
    from(&visitor, "/photos", &[("accept", "*/*")]).get("/albums").await.assert_ok();
    visitor.get("/start").await.assert_no_content();
    visitor.get("/nowhere").await.assert_not_found();
    visitor.get("/account").await.assert_redirect("/login");
    visitor.head("/albums").await.assert_ok();
    visitor.post("/previous", ()).await.assert_text("/photos");
}

#[tokio::test]
async fn the_page_before_a_reload_is_not_the_page_itself() {
    let visitor = visitor(true).await;
    visitor.get("/start").await.assert_no_content();
    visitor.get("/photos").await.assert_ok();
    for _ in 0..3 {
        visitor.get("/previous").await.assert_text("/photos");
    }
    visitor.from("/previous").get("/previous").await.assert_text("/photos");
    // A form leads back to the page that it was on.
    visitor.post("/previous", ()).await.assert_text("/previous");
}

#[tokio::test]
async fn back_leads_to_the_noted_page_where_there_is_no_referer() {
    let noted = visitor(true).await;
    noted.get("/start").await.assert_no_content();
    noted.get("/photos?page=2").await.assert_ok();
    noted.post("/back", ()).await.assert_redirect("/photos?page=2");
    noted.from("/albums").post("/back", ()).await.assert_redirect("/albums");
    noted.from("https://evil.test/x").get("/back").await.assert_redirect("/photos?page=2");
    let loops = noted.from("/back");
    loops.get("/back").await.assert_redirect("/photos?page=2");
    visitor(false).await.post("/back", ()).await.assert_redirect("/");
}

#[tokio::test]
async fn a_referer_is_of_this_origin_by_one_rule() {
    let visitor = visitor(false).await.host("shop.example:443");
    visitor.from("https://shop.example/photos").get("/back").await.assert_redirect("/photos");
    visitor.from("http://shop.example/photos").get("/back").await.assert_redirect("/");
    visitor.https().from("http://shop.example/photos").get("/back").await.assert_redirect("/");
    visitor.from("https://shop.example/photos").get("/previous").await.assert_text("/photos");
    let behind_a_proxy = visitor.host("inner:8080").with_header("sec-fetch-site", "same-origin");
    let behind_a_proxy = from(&behind_a_proxy, "https://shop.example/photos", &DOCUMENT);
    behind_a_proxy.post("/save", ()).await.assert_redirect("/login");
    behind_a_proxy.post("/login", ()).await.assert_redirect("/photos");
}
