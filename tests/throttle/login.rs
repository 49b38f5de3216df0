//! Throttled logins.

use std::time::Duration;

use lunox::prelude::*;
use lunox::testing::{TestClient, TestResponse};
use lunox::throttle::LoginAttempt;

use super::{at, throttled};

async fn visit() -> TestClient {
    visit_behind(&["cookies", "session", "csrf"]).await
}

/// Behind the middleware of a group.
async fn visit_behind(group: &'static [&'static str]) -> TestClient {
    let routes = |route: &mut Router| {
        route.post("/login", async |req: HttpRequest| {
            let name: String = req.string("name");
            let attempt = LoginAttempt::begin(&req, &name).await?;
            if req.string("password") != "right" {
                return abort(422);
            }
            attempt.succeeded().await?;
            Ok("welcome".into_response())
        });
    };
    let middleware = |registry: &mut MiddlewareRegistry| registry.group("web", group.to_vec());
    throttled().middleware(middleware).routes(routes).client().await
}

#[tokio::test]
async fn a_device_is_known_where_cookies_are_encrypted_too() {
    let client = visit_behind(&["encrypt_cookies", "cookies", "session", "csrf"]).await;
    let owner = client.another();
    login(&owner, "ada", "right").await.assert_ok();
    for _ in 0..9 {
        login(&client, "ada", "wrong").await;
    }
    login(&client, "ada", "right").await.assert_status(429);
    login(&owner, "ada", "right").await.assert_ok();
}

async fn login(client: &TestClient, name: &str, password: &str) -> TestResponse {
    client.post("/login", [("name", name), ("password", password)]).await
}

#[tokio::test]
async fn an_account_has_five_failures_a_minute_from_an_address() {
    let client = visit().await;
    for _ in 0..5 {
        login(&client, "ada", "wrong").await.assert_status(422);
        client.travel(Duration::from_secs(3));
    }
    let refused = login(&client, " ADA ", "right").await;
    refused.assert_status(429);
    assert_eq!(refused.header("retry-after").map(ToString::to_string).as_deref(), Some("45"));
    login(&client, "bob", "wrong").await.assert_status(422);
    client.travel(Duration::from_secs(45));
    login(&client, "ada", "right").await.assert_ok();
}

#[tokio::test]
async fn an_address_has_thirty_failures_a_minute_and_successes_do_not_count() {
    let client = visit().await;
    for number in 0..40 {
        login(&client.another(), &format!("user {number}"), "right").await.assert_ok();
    }
    for number in 0..30 {
        login(&client, &format!("user {number}"), "wrong").await.assert_status(422);
    }
    login(&client.another(), "user 31", "right").await.assert_status(429);
}

#[tokio::test]
async fn guessing_from_many_addresses_is_slowed_and_the_owner_is_not_locked_out() {
    let client = visit().await;
    let owner = at(&client.another(), "198.51.100.1");
    login(&owner, "ada", "right").await.assert_ok();
    let mut guesses = 0;
    // An hour of a guess each second, each from another address.
    for second in 0..3600_u32 {
        let address = format!("203.{}.{}.1", second / 250, second % 250);
        let guess = login(&at(&client.another(), &address), "ada", "wrong").await;
        guesses += u32::from(guess.status() == 422);
        if second % 300 == 299 {
            login(&owner, "ada", "right").await.assert_ok();
        }
        client.travel(Duration::from_secs(1));
    }
    assert!((100..=130).contains(&guesses), "{guesses} guesses in an hour");
}

#[tokio::test]
async fn guesses_of_one_moment_share_one_turn() {
    let client = visit().await;
    let guess = |number: u32| {
        let client = at(&client.another(), &format!("203.0.113.{number}"));
        async move { login(&client, "ada", "wrong").await.status() }
    };
    let mut passed = 0;
    for number in 0..50 {
        passed += u32::from(guess(number).await == 422);
    }
    assert_eq!(passed, 4, "three free ones and one turn, in one moment");
}

#[tokio::test]
async fn a_device_is_known_to_its_account_alone_and_guesses_on_it_are_counted() {
    let client = visit().await;
    let owner = at(&client.another(), "198.51.100.1");
    login(&owner, "ada", "right").await.assert_ok();
    for number in 0..9 {
        let other = at(&client.another(), &format!("203.0.113.{number}"));
        login(&other, "ada", "wrong").await;
        login(&other, "bob", "wrong").await;
    }
    login(&owner, "bob", "right").await.assert_status(429);
    for _ in 0..5 {
        login(&owner, "ada", "wrong").await.assert_status(422);
    }
    // Beyond them it is a device as any other, and the account's turn is taken.
    login(&owner, "ada", "right").await.assert_status(429);
    client.travel(Duration::from_secs(60));
    login(&owner, "ada", "right").await.assert_ok();
}
