//! Devices that stay logged in when their session has ended.

use std::time::Duration;

use lunox::auth::{MemoryUsers, RememberStore};
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

use crate::stores::Devices;
use crate::support::{User, ada, bob, visit, visit_with};

const SESSION: &str = "lunox_session";
const COOKIE: &str = "lunox_remember";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn remembering(app: TestApp, devices: &Devices) -> TestApp {
    let devices = devices.clone();
    app.register(|app| {
        app.booted(async move |_| {
            auth().remember_in(devices);
            Ok(())
        });
    })
    .routes(|route| {
        route.post("/remember", async |req: HttpRequest| {
            let by = [("email", req.string("email")), ("password", req.string("password"))];
            assert!(auth().attempt(by).await?);
            assert!(!auth().via_remember());
            auth().remember().await?;
            Ok::<_, Error>(auth().was_stolen().to_string())
        });
        route.get("/how", async |req: HttpRequest| {
            let name = req.user::<User>().await?.map(|user| user.email.clone());
            let name = name.unwrap_or_else(|| "guest".to_owned());
            let how = if auth().via_remember() { "recalled" } else { "-" };
            let stolen = if auth().was_stolen() { " stolen" } else { "" };
            Ok::<_, Error>(format!("{name} {how}{stolen}"))
        });
    })
}

/// A visitor of a site that remembers devices.
async fn visitor() -> (TestClient, MemoryUsers<User>, Devices) {
    let devices = Devices::default();
    let (client, users) = visit_with(|app| remembering(app, &devices)).await;
    (client, users, devices)
}

/// Ada, who has closed and opened her browser.
async fn returning() -> (TestClient, MemoryUsers<User>, Devices) {
    let (client, users, devices) = visitor().await;
    client.post("/remember", ada()).await.assert_text("false");
    client.forget_cookie(SESSION);
    (client, users, devices)
}

fn token(client: &TestClient) -> String {
    client.cookie(COOKIE).expect("a remembered device")
}

/// Another browser with nothing but this token.
fn holder(client: &TestClient, token: &str) -> TestClient {
    let other = client.another();
    other.set_cookie(COOKIE, token);
    other
}

async fn rows(devices: &Devices) -> usize {
    devices.of_user("7").await.expect("devices").len()
}

#[tokio::test]
async fn a_device_is_logged_in_again_with_a_new_token_at_each_use() {
    let (client, _, devices) = returning().await;
    let first = token(&client);
    client.get("/how").await.assert_text("ada@example.com recalled");
    let second = token(&client);
    assert_ne!(first, second);
    client.get("/account").await.assert_text("ada@example.com");
    assert_eq!(token(&client), second, "a session that lives needs no token");
    client.travel(DAY);
    client.get("/account").await.assert_text("ada@example.com");
    assert_ne!(token(&client), second);
    let device = &devices.of_user("7").await.expect("devices")[0];
    let secret = |token: &str| token.split_once('.').expect("two parts").1.to_owned();
    for token in [&first, &second, &token(&client)] {
        assert!(!format!("{device:?}").contains(&secret(token)), "{device:?}");
    }
    assert_eq!(rows(&devices).await, 1);
}

#[tokio::test]
async fn who_did_not_ask_is_not_remembered_and_nothing_is_sent() {
    let (client, _, devices) = visitor().await;
    client.post("/login", ada()).await.assert_cookie_missing(COOKIE);
    client.get("/how").await.assert_text("ada@example.com -");
    client.forget_cookie(SESSION);
    client.get("/how").await.assert_text("guest -");
    assert_eq!(rows(&devices).await, 0);
    // Without a store the call says what is missing.
    let (plain, _) = visit_with(|app| {
        app.routes(|route| {
            route.post("/remember", async || auth().remember().await);
        })
    })
    .await;
    plain.post("/login", ada()).await;
    plain.post("/remember", ()).await.assert_status(500);
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites_and_has_the_prefix_of_the_sessions() {
    let (client, ..) = visitor().await;
    let answer = client.post("/remember", ada()).await;
    let cookie = set_cookie(&answer, COOKIE);
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let devices = Devices::default();
    let (client, _) =
        visit_with(|app| remembering(app.session(|config| config.secure = true), &devices)).await;
    let answer = client.https().post("/remember", ada()).await;
    let cookie = set_cookie(&answer, "__Host-lunox_remember");
    assert!(cookie.contains("; Secure"), "{cookie}");
}

fn set_cookie(answer: &lunox::testing::TestResponse, name: &str) -> String {
    let all = answer.headers().get_all("set-cookie").into_iter();
    let mut texts = all.map(|value| value.to_str().expect("text").to_owned());
    texts.find(|text| text.starts_with(&format!("{name}="))).expect("the cookie")
}

#[tokio::test]
async fn a_device_is_forgotten_thirty_days_after_its_last_use() {
    let (client, _, devices) = returning().await;
    for _ in 0..3 {
        client.travel(DAY * 29);
        client.get("/how").await.assert_text("ada@example.com recalled");
    }
    let last = token(&client);
    client.travel(DAY * 31);
    holder(&client, &last).get("/how").await.assert_text("guest -");
    assert_eq!(rows(&devices).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_tabs_that_are_restored_at_once_are_all_logged_in() {
    for _ in 0..20 {
        let (client, _, devices) = returning().await;
        let first = token(&client);
        let answers = client
            .together(5, move |client, _| {
                let tab = holder(&client, &first);
                async move { (tab.get("/account").await.text(), token(&tab)) }
            })
            .await;
        assert!(answers.iter().all(|(name, _)| name == "ada@example.com"), "{answers:?}");
        // Whichever answer the browser has kept is good for the next time, and it stays one device.
        for (_, kept) in &answers {
            holder(&client, kept).get("/account").await.assert_text("ada@example.com");
        }
        assert_eq!(rows(&devices).await, 1);
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_locks_nobody_out() {
    let (client, ..) = returning().await;
    let first = token(&client);
    for _ in 0..5 {
        client.travel(DAY);
        holder(&client, &first).get("/account").await.assert_text("ada@example.com");
    }
    client.get("/account").await.assert_text("ada@example.com");
    // Now an answer has arrived: when its token comes, the first one has `renew_grace` left.
    client.forget_cookie(SESSION);
    client.get("/account").await.assert_text("ada@example.com");
    client.travel(Duration::from_secs(9));
    holder(&client, &first).get("/account").await.assert_text("ada@example.com");
    client.travel(Duration::from_secs(1));
    holder(&client, &first).get("/account").await.assert_redirect("/login");
}

/// A copy of a token is used: by `first` until its successor came, and then by `second`.
async fn two_use_one_token(owner_is_first: bool) {
    for driver in ["memory", "file"] {
        let devices = Devices::default();
        let (client, _) = visit_with(|app| remembering(app.driver(driver), &devices)).await;
        let elsewhere = client.another();
        elsewhere.post("/remember", ada()).await;
        client.post("/remember", ada()).await;
        client.forget_cookie(SESSION);
        let thief = holder(&client, &token(&client));
        let (first, second) = if owner_is_first { (&client, &thief) } else { (&thief, &client) };
        for _ in 0..2 {
            first.get("/account").await.assert_text("ada@example.com");
            first.forget_cookie(SESSION);
        }
        first.get("/account").await.assert_text("ada@example.com");
        first.travel(Duration::from_secs(10));
        second.get("/account").await.assert_redirect("/login");
        assert_eq!(second.cookie(COOKIE), None);
        // The row and its sessions have ended, and no other.
        first.get("/account").await.assert_redirect("/login");
        first.get("/how").await.assert_text("guest -");
        elsewhere.get("/account").await.assert_text("ada@example.com");
        // The next login says so, once.
        client.post("/login", bob()).await;
        client.get("/how").await.assert_text("bob@example.com -");
        client.post("/remember", ada()).await.assert_text("true");
        client.get("/how").await.assert_text("ada@example.com - stolen");
        client.get("/how").await.assert_text("ada@example.com -");
        client.post("/remember", ada()).await.assert_text("false");
    }
}

#[tokio::test]
async fn a_token_that_comes_after_its_successor_is_theft_when_the_thief_is_late() {
    two_use_one_token(true).await;
}

#[tokio::test]
async fn a_token_that_comes_after_its_successor_is_theft_when_the_owner_is_late() {
    two_use_one_token(false).await;
}

#[tokio::test]
async fn of_two_who_used_one_token_the_later_successor_is_theft_too() {
    let (client, ..) = returning().await;
    let thief = holder(&client, &token(&client));
    thief.get("/account").await.assert_text("ada@example.com");
    client.travel(DAY);
    client.get("/account").await.assert_text("ada@example.com");
    client.travel(DAY);
    client.get("/account").await.assert_text("ada@example.com");
    client.travel(DAY);
    thief.get("/how").await.assert_text("guest -");
    client.get("/how").await.assert_text("guest -");
}

#[tokio::test]
async fn a_logout_forgets_the_device_and_the_token_is_worth_nothing_after_it() {
    let (client, _, devices) = returning().await;
    let elsewhere = client.another();
    elsewhere.post("/remember", ada()).await;
    let first = token(&client);
    client.get("/account").await.assert_text("ada@example.com");
    let second = token(&client);
    client.post("/logout", ()).await.assert_redirect("/");
    assert_eq!(client.cookie(COOKIE), None);
    assert_eq!(rows(&devices).await, 1);
    for replayed in [&first, &second] {
        holder(&client, replayed).get("/how").await.assert_text("guest -");
    }
    elsewhere.forget_cookie(SESSION);
    elsewhere.get("/how").await.assert_text("ada@example.com recalled");
    // Without a session too.
    elsewhere.forget_cookie(SESSION);
    let third = token(&elsewhere);
    elsewhere.post("/logout", ()).await;
    holder(&client, &third).get("/how").await.assert_text("guest -");
    assert_eq!(rows(&devices).await, 0);
    client.post("/remember", ada()).await.assert_text("false");
}

#[tokio::test]
async fn another_login_on_the_device_forgets_it() {
    let (client, _, devices) = returning().await;
    let first = token(&client);
    client.post("/login", bob()).await;
    assert_eq!(client.cookie(COOKIE), None);
    assert_eq!(rows(&devices).await, 0);
    holder(&client, &first).get("/how").await.assert_text("guest -");
}

#[tokio::test]
async fn a_changed_password_forgets_all_devices_but_the_one_that_changed_it() {
    let (client, users, devices) = returning().await;
    let elsewhere = client.another();
    elsewhere.post("/remember", ada()).await;
    elsewhere.forget_cookie(SESSION);
    client.get("/account").await.assert_text("ada@example.com");
    let before = token(&client);
    client.post("/password", [("password", "loom")]).await.assert_text("changed");
    assert_eq!(rows(&devices).await, 1);
    for old in [&before, &token(&elsewhere)] {
        holder(&client, old).get("/how").await.assert_text("guest -");
    }
    client.forget_cookie(SESSION);
    client.get("/how").await.assert_text("ada@example.com recalled");
    // Also where the application does not say that it has changed.
    users.insert(User { password: "another".to_owned(), ..users.find("7").expect("Ada") });
    client.forget_cookie(SESSION);
    client.get("/how").await.assert_text("guest -");
    assert_eq!(rows(&devices).await, 0);
}

#[tokio::test]
async fn being_remembered_never_counts_as_having_given_the_password() {
    let (client, ..) = visitor().await;
    client.post("/remember", ada()).await;
    client.post("/confirm", [("password", "engine")]).await.assert_text("true");
    client.get("/danger").await.assert_text("gone");
    client.forget_cookie(SESSION);
    client.get("/danger").await.assert_redirect("/confirm");
    client.get("/how").await.assert_text("ada@example.com recalled");
    client.post("/confirm", [("password", "engine")]).await.assert_text("true");
    client.get("/danger").await.assert_text("gone");
}

#[tokio::test]
async fn a_session_that_was_planted_is_worth_nothing_after_the_device_is_recalled() {
    let (client, ..) = returning().await;
    client.post("/put", [("cart", "tea")]).await;
    let planted = client.cookie(SESSION).expect("a session");
    client.get("/account").await.assert_text("ada@example.com");
    let thief = client.another();
    thief.set_cookie(SESSION, &planted);
    thief.get("/how").await.assert_text("guest -");
    client.get("/how").await.assert_session_has_value("cart", "tea");
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_a_guests() {
    let (client, _, devices) = returning().await;
    let good = token(&client);
    let (id, secret) = good.split_once('.').expect("two parts");
    let unknown = format!("00000000-0000-4000-8000-000000000000.{secret}");
    for bad in ["", ".", "x", id, secret, &format!("{id}."), &format!("{id}.AAAA"), &unknown] {
        holder(&client, bad).get("/how").await.assert_text("guest -");
    }
    assert_eq!(rows(&devices).await, 1);
    client.get("/how").await.assert_text("ada@example.com recalled");
    visit().await.0.get("/").await.assert_text("guest");
}
