//! What somebody would try who wants another's account.

use std::time::Duration;

use lunox::auth::MemoryUsers;
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use tokio::sync::Notify;

use crate::support::{User, ada, bare, bob, populate, site_on, users, visit, visit_on};

const COOKIE: &str = "lunox_session";
const DRIVERS: [&str; 3] = ["memory", "file", "cookie"];

/// The visitor with the cookie that another one had.
fn thief(client: &TestClient, cookie: &str) -> TestClient {
    let thief = client.another();
    thief.set_cookie(COOKIE, cookie);
    thief
}

#[tokio::test]
async fn a_token_from_before_a_login_is_worth_nothing_after_it_at_each_entry() {
    for driver in DRIVERS {
        let (client, users) = visit_on(driver).await;
        let by_form = || client.post("/login", ada());
        let by_id = || client.post("/login/7", ());
        let by_user = || client.post("/login-as/7", ());
        let by_change = || client.post("/change/engine", ());
        let by_password = || client.post("/confirm", [("password", "engine")]);
        let by_new_password = || client.post("/password", [("password", "engine")]);
        let by_others = || client.post("/others", [("password", "engine")]);
        let entries: [&dyn Fn() -> lunox::testing::TestRequest; 7] =
            [&by_form, &by_id, &by_user, &by_password, &by_change, &by_new_password, &by_others];
        client.post("/put", [("cart", "tea")]).await;
        for (number, enter) in entries.into_iter().enumerate() {
            let planted = client.cookie(COOKIE).expect("a session");
            enter().await;
            client.assert_authenticated_as(&users.find("7").expect("Ada")).await;
            assert_ne!(client.cookie(COOKIE).as_ref(), Some(&planted), "{driver} {number}");
            let thief = thief(&client, &planted);
            thief.assert_guest().await;
            thief.get("/").await.assert_text("guest").assert_session_missing("cart");
        }
    }
}

#[tokio::test]
async fn a_cookie_that_was_copied_before_a_logout_is_a_guests_after_it() {
    for driver in DRIVERS {
        let (client, _) = visit_on(driver).await;
        client.post("/login", ada()).await;
        let copied = client.cookie(COOKIE).expect("a session");
        client.post("/logout", ()).await;
        thief(&client, &copied).get("/").await.assert_text("guest");
        client.travel_minutes(1);
        thief(&client, &copied).get("/account").await.assert_redirect("/login");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_logins_in_one_browser_one_wins_whole() {
    for _ in 0..20 {
        let (client, users) = visit().await;
        client.post("/put", [("cart", "tea")]).await;
        let planted = client.cookie(COOKIE).expect("a session");
        let answers = client
            .together(4, |client, number| async move {
                let who = if number % 2 == 0 { ada() } else { bob() };
                client.post("/login", who).await.status()
            })
            .await;
        assert_eq!(answers, [302; 4]);
        let name = client.get("/account").await.text();
        let id = if name == "ada@example.com" { "7" } else { "8" };
        client.assert_authenticated_as(&users.find(id).expect("a user")).await;
        thief(&client, &planted).assert_guest().await;
    }
}

/// Two gates that a test opens, in a request that is under way.
#[derive(Default)]
struct Gates {
    reached: Notify,
    go: Notify,
}

/// A page that waits in the middle, between finding its user and writing.
fn slow(users: &MemoryUsers<User>, gates: &Arc<Gates>, driver: &'static str) -> TestApp {
    let gates = Arc::clone(gates);
    site_on(users, driver).register(move |app| app.instance::<Gates>(gates)).routes(|route| {
        route.post("/slow", async |req: HttpRequest| {
            let user = req.user::<User>().await?;
            wait(&req).await;
            req.session().put("written", true);
            Ok::<_, Error>(user.map(|user| user.email.clone()))
        });
        // As `attempt`, with time between verifying the password and the end of the request.
        route.post("/slow-login", async |req: HttpRequest| {
            let done = auth().attempt(ada()).await?;
            wait(&req).await;
            Ok::<_, Error>(done.to_string())
        });
    })
}

async fn wait(req: &HttpRequest) {
    let gates = req.container().make::<Gates>().expect("the gates");
    gates.reached.notify_one();
    gates.go.notified().await;
}

/// The password is changed here while a request from elsewhere waits in the middle; what becomes of that one.
async fn changed_while(path: &str, logged_in_elsewhere: bool, answer: &str) {
    for driver in DRIVERS {
        let (users, gates) = (users(), Arc::<Gates>::default());
        let here = slow(&users, &gates, driver).client().await;
        populate(&here, &users).await;
        let there = here.another();
        here.post("/login", ada()).await;
        if logged_in_elsewhere {
            there.post("/login", ada()).await;
        }
        let change = async {
            gates.reached.notified().await;
            here.post("/password", [("password", "loom")]).await.assert_text("changed");
            gates.go.notify_one();
        };
        let (answered, ()) = tokio::join!(there.post(path, ()).send(), change);
        answered.assert_text(answer);
        there.get("/account").await.assert_redirect("/login").assert_session_missing("written");
        there.assert_guest().await;
        here.assert_authenticated().await;
    }
}

#[tokio::test]
async fn a_password_that_is_changed_while_another_browser_writes_ends_that_browsers_session() {
    changed_while("/slow", true, "ada@example.com").await;
}

#[tokio::test]
async fn a_login_that_verified_the_old_password_just_before_the_change_ends() {
    changed_while("/slow-login", false, "true").await;
}

/// The other direction: what this browser asks for while it changes the password does not log it out.
#[tokio::test]
async fn a_page_that_is_loaded_while_the_password_changes_leaves_the_browser_logged_in() {
    for driver in ["memory", "file"] {
        let (users, gates) = (users(), Arc::<Gates>::default());
        let app = slow(&users, &gates, driver).routes(|route| {
            route.post("/slow-password", async |req: HttpRequest| {
                let users = crate::support::stored(&req);
                let mut user = users.find("7").expect("Ada");
                user.password = hash_password("loom").await?;
                users.insert(user.clone());
                wait(&req).await;
                auth().password_changed(&user).await
            });
        });
        let client = app.client().await;
        populate(&client, &users).await;
        client.post("/login", ada()).await;
        let load = async {
            gates.reached.notified().await;
            client.get("/account").await.assert_redirect("/login");
            gates.go.notify_one();
        };
        let (changed, ()) = tokio::join!(client.post("/slow-password", ()).send(), load);
        changed.assert_ok();
        client.get("/account").await.assert_text("ada@example.com");
    }
}

#[tokio::test]
async fn the_page_after_a_login_is_one_of_ours_whatever_was_asked_for() {
    let (client, _) = visit().await;
    for evil in ["//evil.test/x", "/\\evil.test", "https:evil.test", "/a\\b", "javascript:alert(1)"]
    {
        // As if it had come into the session by some other way.
        client.with_session([("url.intended", evil)]).await;
        client.post("/login", ada()).await.assert_redirect("/account");
        client.post("/logout", ()).await;
    }
    // From outside: by the target of the request, by a field, by the page that a form comes from.
    for target in ["//evil.test/account", "/account//evil.test", "/account?next=//evil.test"] {
        let visitor = client.another();
        visitor.get(target).await;
        let field = [ada()[0], ada()[1], ("intended", "//evil.test"), ("url", "//evil.test")];
        let answer = visitor.post("/login", field).await;
        let to = answer.header("location").expect("a redirect");
        assert!(to.starts_with("/account"), "{target}: {to}");
    }
    let visitor = client.another();
    visitor.post("/account", ()).from("https://evil.test/account").await;
    visitor.post("/login", ada()).await.assert_redirect("/account");
}

#[tokio::test]
async fn a_page_that_one_user_asked_for_is_not_where_the_next_one_is_sent() {
    let (client, _) = visit().await;
    client.post("/login", ada()).await;
    client.get("/danger?of=ada").await.assert_redirect("/confirm");
    client.post("/logout", ()).await;
    client.post("/login", bob()).await.assert_redirect("/account");
}

#[tokio::test]
async fn asvs_s15_a_user_who_is_gone_is_a_guest_and_so_is_a_new_user_with_the_same_identifier() {
    for driver in DRIVERS {
        let (client, users) = visit_on(driver).await;
        let again = client.another();
        for visitor in [&client, &again] {
            visitor.post("/login", ada()).await;
            visitor.post("/put", [("cart", "tea")]).await;
        }
        let ada = users.find("7").expect("Ada");
        users.remove("7");
        client.get("/account").await.assert_redirect("/login").assert_session_missing("cart");
        client.get("/").await.assert_text("guest");
        // SQLite gives the number of a deleted row to the next one.
        let password = users.find("8").expect("Bob").password;
        users.insert(User { email: "eve@example.com".to_owned(), password, ..ada });
        again.get("/account").await.assert_redirect("/login").assert_session_missing("cart");
        again.assert_guest().await;
    }
}

#[tokio::test]
async fn a_login_that_is_written_into_the_session_is_worth_nothing_without_the_key() {
    let (client, users) = visit().await;
    client.post("/login", ada()).await;
    let login = client.session().await["auth"]["login"].clone();
    let mut of_bob = login.clone();
    of_bob["id"] = "8".into();
    let nothing = serde_json::json!({"id": "8", "fingerprint": ""});
    let other_app = bare(&users).client().await;
    other_app.acting_as(&users.find("8").expect("Bob")).await;
    let of_other_app = other_app.session().await["auth"]["login"].clone();
    for forged in [of_bob, nothing, of_other_app, serde_json::json!("8"), serde_json::json!(null)] {
        let visitor = client.another();
        visitor.with_session([("auth.login", forged)]).await;
        visitor.get("/account").await.assert_redirect("/login");
        visitor.assert_guest().await;
    }
    let visitor = client.another();
    visitor.with_session([("auth.login", login)]).await;
    visitor.assert_authenticated().await;
}

#[tokio::test]
async fn the_store_holds_neither_the_password_nor_its_hash() {
    let (client, users) = visit().await;
    client.post("/login", ada()).await;
    let stored = serde_json::Value::Object(client.session().await).to_string();
    let hash = users.find("7").expect("Ada").password;
    assert!(stored.contains("fingerprint"), "{stored}");
    for part in hash.split('$').filter(|part| part.len() > 20).chain(["engine", "ada@"]) {
        assert!(!stored.contains(part), "{stored}");
    }
}

#[tokio::test]
async fn a_login_lasts_as_long_as_its_session() {
    let (client, _) = visit().await;
    client.post("/login", ada()).await;
    let config = SessionConfig::default();
    client.travel(config.lifetime + Duration::from_secs(1));
    client.get("/").await.assert_text("guest");
    client.get("/account").await.assert_redirect("/login");
}

#[tokio::test]
async fn a_user_without_a_password_cannot_log_in_with_an_empty_one() {
    let (client, users) = visit().await;
    users.insert(User { password: String::new(), ..users.find("7").expect("Ada") });
    client.post("/login", [("email", "ada@example.com"), ("password", "")]).await;
    client.assert_guest().await;
    client.post("/login/7", ()).await.assert_text("in");
    client.assert_authenticated().await;
    client.post("/confirm", [("password", "")]).await.assert_text("false");
}
