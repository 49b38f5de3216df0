//! The CSRF token, the pages before, and the password that was confirmed.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

use super::support::{Spy, app};

async fn visitor() -> (Spy, TestClient) {
    let spy = Spy::default();
    let client = app(&spy, &super::support::Gate::new())
        .routes(|route| {
            route.get("/token", async |req: HttpRequest| req.session().token());
            route.get("/matches/{token}", async |req: HttpRequest, token: String| {
                req.session().token_matches(&token).to_string()
            });
            route.get("/token-and-login", async |req: HttpRequest| {
                let before = req.session().token();
                req.session().regenerate();
                format!("{before} {}", req.session().token())
            });
            route.get("/migrate", async |req: HttpRequest| req.session().migrate());
            route.get("/flush", async |req: HttpRequest| req.session().flush());
            route.get("/new-token", async |req: HttpRequest| req.session().regenerate_token());
            route.get("/leave", async |req: HttpRequest| {
                req.session().invalidate();
                req.session().token()
            });
        })
        .client()
        .await;
    (spy, client)
}

async fn token(visitor: &TestClient) -> String {
    visitor.get("/token").await.assert_ok().text()
}

#[tokio::test]
async fn rule_3_a_visitor_who_sends_a_guess_for_a_token_is_given_no_session() {
    let (spy, visitor) = visitor().await;
    visitor.get("/matches/AAAAAAAAAAAAAAAAAAAAAA").await.assert_text("false");
    assert!(spy.calls().is_empty());
}

#[tokio::test]
async fn the_token_comes_with_the_session_and_asking_for_it_writes_nothing() {
    let (spy, visitor) = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    assert_eq!(spy.calls().first(), Some(&"create"));
    let first = token(&visitor).await;
    assert_eq!(first.len(), 22);
    assert_eq!(token(&visitor).await, first);
    assert!(spy.calls().iter().all(|call| *call == "read"));
    visitor.get(&format!("/matches/{first}")).await.assert_text("true");
    visitor.get("/matches/x").await.assert_text("false");
    visitor.get("/flush").await.assert_ok();
    assert_eq!(token(&visitor).await, first);
}

#[tokio::test]
async fn parallel_pages_of_a_session_are_given_the_same_token() {
    let (_, visitor) = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let tokens = visitor.together(32, |visitor, _| async move { token(&visitor).await }).await;
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(token(&visitor).await, tokens[0]);
}

#[tokio::test]
async fn a_token_of_one_session_is_worth_nothing_in_another() {
    let (_, visitor) = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let other = visitor.another();
    other.get("/put/name/Bob").await.assert_ok();
    let theirs = token(&other).await;
    assert_ne!(token(&visitor).await, theirs);
    visitor.get(&format!("/matches/{theirs}")).await.assert_text("false");
}

#[tokio::test]
async fn a_login_makes_a_new_token_and_a_migration_keeps_it() {
    let (_, visitor) = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let first = token(&visitor).await;
    visitor.get("/migrate").await.assert_ok();
    assert_eq!(token(&visitor).await, first);
    let answer = visitor.get("/token-and-login").await.assert_ok().text();
    let (before, after) = answer.split_once(' ').expect("two tokens");
    assert!(before == first && after != first);
    assert_eq!(token(&visitor).await, after);
    visitor.get("/new-token").await.assert_ok();
    assert_ne!(token(&visitor).await, after);
}

#[tokio::test]
async fn rule_17_after_a_logout_there_is_a_usable_token() {
    let (_, visitor) = visitor().await;
    let first = token(&visitor).await;
    let after = visitor.get("/leave").await.assert_ok().text();
    assert_ne!(after, first);
    visitor.get(&format!("/matches/{after}")).await.assert_text("true");
}

#[tokio::test]
async fn a_new_token_survives_a_conflict_with_another_request() {
    let (_, visitor) = visitor().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor
        .together(16, |visitor, n| async move {
            let path = if n == 3 { "/new-token".to_owned() } else { format!("/put/k{n}/1") };
            visitor.get(&path).await.assert_ok();
        })
        .await;
    let last = token(&visitor).await;
    visitor.get(&format!("/matches/{last}")).await.assert_text("true");
    assert_eq!(visitor.session().await.len(), 16);
}

async fn pages(noted: bool) -> TestClient {
    TestApp::new()
        .session(move |session| session.previous_url = noted)
        .routes(|route| {
            route.get("/photos", async || "photos");
            route.get("/away", async || redirect("/photos"));
            route.get("/start", async |req: HttpRequest| req.session().put("name", "Ada"));
            route.any("/previous", async |req: HttpRequest| {
                req.session().previous_url().unwrap_or_else(|| "none".to_owned())
            });
        })
        .client()
        .await
}

#[tokio::test]
async fn the_previous_page_is_the_one_that_was_noted() {
    let visitor = pages(true).await;
    visitor.get("/photos").await.assert_ok().assert_cookie_missing("lunox_session");
    visitor.get("/start").await.assert_ok();
    visitor.get("/photos?page=2&sort=name").await.assert_ok();
    visitor.get("/away").await.assert_redirect("/photos");
    visitor.with_header("sec-fetch-mode", "cors").get("/start").await.assert_ok();
    visitor.post("/previous", ()).await.assert_text("/photos?page=2&sort=name");
    visitor.get("/previous").await.assert_text("/photos?page=2&sort=name");
    visitor.get("/previous").await.assert_text("/photos?page=2&sort=name");
}

#[tokio::test]
async fn without_notes_the_previous_page_is_the_referer_of_this_origin() {
    let visitor = pages(false).await;
    visitor.get("/start").await.assert_ok();
    visitor.get("/photos").await.assert_ok();
    visitor.get("/previous").await.assert_text("none");
    visitor.from("/photos?page=3").get("/previous").await.assert_text("/photos?page=3");
    visitor.from("https://evil.test/photos").get("/previous").await.assert_text("none");
}

#[tokio::test]
async fn asvs_s23_a_stale_confirmation_of_the_password_asks_again() {
    let visitor = TestApp::new()
        .routes(|route| {
            route.get("/danger", async || "danger").middleware("password.confirm");
            route.post("/danger", async || "danger").middleware("password.confirm");
            route.get("/brief", async || "brief").middleware("password.confirm:ask,60");
            route.get("/ask", async || "ask").name("ask");
            route.get("/confirm", async || "ask").name("password.confirm");
            route.post("/confirm", async |req: HttpRequest| {
                req.session().password_confirmed();
                Redirect::intended("/")
            });
        })
        .client()
        .await;
    visitor.get("/danger?id=5").await.assert_redirect("/confirm");
    visitor.accept_json().get("/danger").await.assert_status(423);
    visitor.post("/confirm", ()).await.assert_redirect("/danger?id=5");
    visitor.post("/confirm", ()).await.assert_redirect("/");
    visitor.get("/danger").await.assert_ok();
    visitor.get("/brief").await.assert_ok();
    visitor.travel_minutes(1);
    visitor.get("/brief").await.assert_redirect("/ask");
    visitor.post("/danger", ()).await.assert_ok();
    visitor.travel_minutes(179);
    visitor.post("/danger", ()).await.assert_redirect("/confirm");
}

#[tokio::test]
async fn wrong_parameters_of_a_middleware_are_told_at_boot() {
    let error = TestApp::new()
        .routes(|route| {
            route.get("/", async || "").middleware("password.confirm:ask,soon");
        })
        .try_client()
        .await
        .err()
        .expect("it does not start");
    assert!(error.to_string().contains("`soon` is no number of seconds"), "{error}");
}

#[tokio::test]
async fn errors_of_a_form_are_flashed_and_can_be_asserted() {
    let visitor = TestApp::new()
        .routes(|route| {
            route.get("/form", async || "form");
            route.post("/form", async || {
                redirect("/form")
                    .with_errors([("email", "It is taken."), ("address.city", "Which one?")])
                    .with_errors([("email", "It is not yours.")])
            });
        })
        .client()
        .await;
    let refused = visitor.post("/form", ()).await;
    refused
        .assert_redirect("/form")
        .assert_session_has_errors(["email", "address.city"])
        .assert_session_has_error("email", "It is taken.")
        .assert_session_has_error("email", "It is not yours.");
    visitor.get("/form").await.assert_session_has_no_errors();
}

#[tokio::test]
async fn rule_15_a_number_that_json_cannot_hold_fails_the_request() {
    let visitor = TestApp::new()
        .routes(|route| {
            route.get("/", async |req: HttpRequest| {
                req.session().put("fine", 1.5);
                req.session().put("share", f64::NAN);
            });
        })
        .client()
        .await;
    let failed = visitor.get("/").await;
    let error = format!("{:?}", failed.assert_status(500).error());
    assert!(error.contains("`share`") && error.contains("NaN"), "{error}");
    assert!(visitor.session().await.is_empty());
}
