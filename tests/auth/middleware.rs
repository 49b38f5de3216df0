//! The middleware `auth`, `guest` and `password.confirm`.

use lunox::prelude::*;
use serde_json::json;

use crate::support::{ada, bare, users, visit, visit_with};

#[tokio::test]
async fn a_guest_is_sent_to_log_in_and_then_to_the_page_that_was_asked_for() {
    let (client, _) = visit().await;
    client.get("/account?tab=2").await.assert_redirect("/login");
    client.post("/login", ada()).await.assert_redirect("/account?tab=2");
    client.get("/account?tab=2").await.assert_text("ada@example.com");
    // Once: the next login leads to its default.
    client.post("/login", ada()).await.assert_redirect("/account");
}

#[tokio::test]
async fn only_a_page_is_kept_for_after_the_login() {
    let (client, _) = visit().await;
    let image = client.get("/account").header("sec-fetch-dest", "image");
    image.await.assert_redirect("/login").assert_session_missing("url.intended");
    client.post("/account", ()).from("/cart").await.assert_redirect("/login");
    client.post("/login", ada()).await.assert_redirect("/cart");
}

#[tokio::test]
async fn a_json_client_is_answered_401() {
    let (client, _) = visit().await;
    let answer = client.get("/account").accept_json().await;
    answer.assert_unauthorized().assert_exact_json(json!({"message": "Unauthenticated."}));
    answer.assert_session_missing("url.intended");
}

#[tokio::test]
async fn without_a_route_named_login_a_guest_is_answered_401() {
    let client = bare(&users())
        .routes(|route| {
            route.get("/", async || "in").middleware("auth");
        })
        .client()
        .await;
    let answer = client.get("/").await;
    answer.assert_unauthorized().assert_see("Unauthenticated.").assert_dont_see("route");
    let cause = format!("{:?}", answer.error().expect("an error"));
    assert!(cause.contains("no page to send guests to"), "{cause}");
}

#[tokio::test]
async fn who_is_logged_in_is_sent_home_from_pages_for_guests() {
    let (client, _) = visit_with(|app| app).await;
    client.get("/login").await.assert_ok();
    client.post("/login", ada()).await;
    client.get("/login").await.assert_redirect("/");

    let home =
        |_: &Env| AuthConfig { home: "/dashboard".to_owned(), ..crate::support::quick_config() };
    let users = users();
    let client = crate::support::bare_with(&users, home)
        .routes(|route| {
            route.get("/login", async || "log in").middleware("guest");
        })
        .client()
        .await;
    crate::support::populate(&client, &users).await;
    client.acting_as(&users.find("7").expect("Ada")).await;
    client.get("/login").await.assert_redirect("/dashboard");
}

#[tokio::test]
async fn a_password_is_confirmed_by_the_user_whose_it_is() {
    let (client, _) = visit().await;
    // A guest has no password to confirm.
    client.get("/danger").await.assert_redirect("/login");
    client.post("/confirm", [("password", "engine")]).await.assert_text("false");
    client.get("/danger").accept_json().await.assert_unauthorized();

    client.post("/login", ada()).await.assert_redirect("/danger");
    client.get("/danger").await.assert_redirect("/confirm");
    client.get("/danger").accept_json().await.assert_status(423);
    client.post("/confirm", [("password", "bridge")]).await.assert_text("false");
    client.get("/danger").await.assert_redirect("/confirm");
    client.post("/confirm", [("password", "engine")]).await.assert_text("true");
    client.get("/danger").await.assert_text("gone");
    client.travel_minutes(3 * 60);
    client.post("/login", ada()).await;
    client.get("/danger").await.assert_redirect("/confirm");
}

#[tokio::test]
async fn a_confirmed_password_does_not_outlast_its_login() {
    let (client, _) = visit().await;
    client.post("/login", ada()).await;
    client.post("/confirm", [("password", "engine")]).await.assert_text("true");
    // Without a password.
    client.post("/login/7", ()).await.assert_text("in");
    client.get("/danger").await.assert_redirect("/confirm");
    client.post("/confirm", [("password", "engine")]).await.assert_text("true");
    client.post("/login/8", ()).await.assert_text("in");
    client.get("/danger").await.assert_redirect("/confirm");
}

#[tokio::test]
async fn a_login_of_the_request_alone_passes_where_there_is_no_session() {
    async fn token(req: HttpRequest, next: Next) -> Result {
        if req.bearer_token().is_some_and(|token| token == "s3cret") {
            auth().once_using_id(7).await?;
        }
        Ok(next.run(req).await)
    }
    let users = users();
    let client = bare(&users)
        .middleware(|middleware| middleware.alias("token", token))
        .plain_routes(|route| {
            route.get("/api", async || auth().id()).middleware("token").middleware("auth");
        })
        .client()
        .await;
    crate::support::populate(&client, &users).await;
    client.get("/api").accept_json().await.assert_unauthorized();
    client.get("/api").bearer("s3cret").await.assert_text("7");
}
