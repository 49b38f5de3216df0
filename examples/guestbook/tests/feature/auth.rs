use std::sync::Mutex;

use lunox::prelude::*;
use lunox::testing::TestClient;

use crate::application;
use crate::models::user::User;

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";
const OTHER: &str = "staple correct horse";

/// A visitor of a site where Ada has an account.
async fn visitor() -> TestClient {
    let client = TestClient::new(application()).await;
    client.another().post("/register", form(ADA)).await.assert_redirect("/account");
    client
}

fn form(email: &str) -> [(&'static str, String); 4] {
    [
        ("name", "Ada".to_owned()),
        ("email", email.to_owned()),
        ("password", PASSWORD.to_owned()),
        ("password_confirmation", PASSWORD.to_owned()),
    ]
}

async fn log_in(client: &TestClient, password: &str) {
    let form = [("email", ADA), ("password", password)];
    client.post("/login", form).await.assert_redirect("/account");
    client.assert_authenticated().await;
}

#[tokio::test]
async fn whoever_registers_is_logged_in() {
    let client = TestClient::new(application()).await;
    client.get("/register").await.assert_ok().assert_see("at least 12 characters");
    client.post("/register", form(" Ada@Example.com ")).await.assert_redirect("/account");
    client.assert_authenticated().await;
    client.get("/account").await.assert_see("Hello, Ada.").assert_see(ADA);
    client.get("/login").await.assert_redirect("/account");
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_said_at_the_fields() {
    let client = visitor().await;
    let form = [("name", ""), ("email", "ada"), ("password", "too short"), ("other", "x")];
    let answer = client.from("/register").post("/register", form).await;
    answer.assert_redirect("/register").assert_session_has_errors(["name", "email", "password"]);
    answer.assert_session_has_input_value("email", "ada").assert_session_missing_input("password");
    let page = client.get("/register").await;
    page.assert_see("Write your name.").assert_see("value=\"ada\"").assert_dont_see("too short");
    let form = [("name", "Ada"), ("email", ADA), ("password", PASSWORD)];
    let answer = client.post("/register", form).await;
    answer.assert_session_has_errors("password_confirmation");
    let answer = client.post("/register", self::form(ADA)).await;
    answer.assert_redirect("/register").assert_session_has_errors("email");
    client.assert_guest().await;
}

#[tokio::test]
async fn a_login_leads_to_the_page_that_was_asked_for() {
    let client = visitor().await;
    client.get("/account?from=mail").await.assert_redirect("/login");
    client.get("/login").await.assert_ok();
    let form = [("email", "ADA@example.com"), ("password", PASSWORD)];
    client.post("/login", form).await.assert_redirect("/account?from=mail");
    client.get("/account").await.assert_ok();
    client.post("/logout", ()).await.assert_redirect("/");
    client.get("/account").await.assert_redirect("/login");
    client.assert_guest().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let client = visitor().await;
    for email in [ADA, "eve@example.com"] {
        let form = [("email", email), ("password", OTHER), ("remember", "1")];
        let answer = client.post("/login", form).await;
        answer.assert_redirect("/login").assert_session_missing_input("password");
        let wrong = "No account has this address and this password.";
        answer.assert_session_has_error("email", wrong);
        let page = client.get("/login").await;
        page.assert_see(wrong).assert_see(&format!("value=\"{email}\"")).assert_see(" checked");
    }
    client.assert_guest().await;
}

#[tokio::test]
async fn guessing_is_slowed() {
    let client = visitor().await;
    let owner = client.another();
    log_in(&owner, PASSWORD).await;
    owner.post("/logout", ()).await;
    let wrong = [("email", ADA), ("password", OTHER)];
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(client.post("/login", wrong).await.status());
    }
    assert!(answers.starts_with(&[302, 302, 302]) && answers.ends_with(&[429]), "{answers:?}");
    // A device that has been logged in to the account is not held up by others.
    log_in(&owner, PASSWORD).await;
    client.travel_minutes(1);
    log_in(&client, PASSWORD).await;
}

#[tokio::test]
async fn a_device_is_remembered_if_its_user_asks_for_it() {
    let client = visitor().await;
    let form = [("email", ADA), ("password", PASSWORD), ("remember", "1")];
    let forgetful = client.another();
    log_in(&forgetful, PASSWORD).await;
    client.post("/login", form).await.assert_redirect("/account");
    client.travel_minutes(24 * 60);
    forgetful.get("/account").await.assert_redirect("/login");
    client.get("/account").await.assert_ok();
    client.post("/logout", ()).await;
    client.get("/account").await.assert_redirect("/login");
}

#[tokio::test]
async fn deleting_an_account_asks_for_the_password_again() {
    let client = visitor().await;
    log_in(&client, PASSWORD).await;
    client.get("/account/delete").await.assert_redirect("/confirm-password");
    client.get("/confirm-password").await.assert_ok();
    let answer = client.post("/confirm-password", [("password", OTHER)]).await;
    answer.assert_redirect("/confirm-password").assert_session_has_errors("password");
    let answer = client.post("/confirm-password", [("password", PASSWORD)]).await;
    answer.assert_redirect("/account/delete");
    client.get("/account/delete").await.assert_ok().assert_see("This cannot be undone.");
    client.delete("/account").await.assert_redirect("/");
    client.assert_guest().await;
    client.post("/login", [("email", ADA), ("password", PASSWORD)]).await.assert_redirect("/login");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_that_is_of_use_once() {
    let client = visitor().await;
    let (send, mut sent) = tokio::sync::mpsc::unbounded_channel();
    let send = Mutex::new(send);
    let prepared = client.run(async move {
        auth().send_resets(move |user: Arc<User>, token| {
            let _ = send.lock().expect("a lock").send((user.email.clone(), token));
            async { Ok(()) }
        })
    });
    prepared.await.expect("a way to send links");
    client.get("/forgot-password").await.assert_ok();
    for email in ["eve@example.com", ADA] {
        let answer = client.post("/forgot-password", [("email", email)]).await;
        answer.assert_redirect("/forgot-password");
        client.get("/forgot-password").await.assert_see("If there is an account");
    }
    let (email, token) = sent.recv().await.expect("a link");
    assert_eq!(email, ADA, "nothing is sent to Eve");
    let elsewhere = client.another();
    log_in(&elsewhere, PASSWORD).await;

    let link = format!("/reset-password/{token}");
    client.get(&link).await.assert_ok();
    client.post(&link, [("password", "short")]).await.assert_session_has_errors("password");
    let new = [("password", OTHER), ("password_confirmation", OTHER)];
    client.post(&link, new).await.assert_redirect("/login");
    client.post(&link, new).await.assert_redirect(&link).assert_session_has_errors("form");
    elsewhere.get("/account").await.assert_redirect("/login");
    log_in(&client, OTHER).await;
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let client = visitor().await;
    let elsewhere = client.another();
    log_in(&client, PASSWORD).await;
    log_in(&elsewhere, PASSWORD).await;
    let form = |current| {
        [("current_password", current), ("password", OTHER), ("password_confirmation", OTHER)]
    };
    let answer = client.put("/account/password", form(OTHER)).await;
    answer.assert_redirect("/account").assert_session_has_errors("current_password");
    elsewhere.get("/account").await.assert_ok();
    client.put("/account/password", form(PASSWORD)).await.assert_redirect("/account");
    client.get("/account").await.assert_see("Your password has been changed.");
    elsewhere.get("/account").await.assert_redirect("/login");
    elsewhere.post("/login", [("email", ADA), ("password", PASSWORD)]).await;
    elsewhere.assert_guest().await;
    log_in(&elsewhere, OTHER).await;
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const EDGE: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0";

#[tokio::test]
async fn a_user_sees_the_devices_and_logs_them_out() {
    let client = visitor().await;
    let [here, there] =
        [FIREFOX, EDGE].map(|agent| client.another().with_header("user-agent", agent));
    for browser in [&here, &there] {
        let form = [("email", ADA), ("password", PASSWORD), ("remember", "1")];
        browser.post("/login", form).await.assert_redirect("/account");
    }
    client.travel_minutes(5);
    let page = here.get("/account/devices").await;
    page.assert_see("Firefox on Linux").assert_see("This device.");
    page.assert_see("Edge on Windows").assert_see("Last seen 5 minutes ago.");
    let text = page.text();
    let (_, rest) = text.split_once("Edge on Windows").expect("the other device");
    let (_, rest) = rest.split_once("/account/devices/").expect("its form");
    let (id, _) = rest.split_once('"').expect("its end");

    let eve = client.another();
    eve.post("/register", form("eve@example.com")).await.assert_redirect("/account");
    eve.delete(&format!("/account/devices/{id}")).await.assert_not_found();
    there.get("/account").await.assert_ok();
    let answer = here.delete(&format!("/account/devices/{id}")).await;
    answer.assert_redirect("/account/devices");
    there.get("/account").await.assert_redirect("/login");
    here.get("/account/devices").await.assert_see("That device is logged out.");

    log_in(&there, PASSWORD).await;
    here.delete("/account/devices").await.assert_redirect("/account/devices");
    there.get("/account").await.assert_redirect("/login");
    let page = here.get("/account/devices").await;
    page.assert_see("All other devices are logged out.").assert_dont_see("Edge on Windows");
    eve.get("/account").await.assert_ok();
}
