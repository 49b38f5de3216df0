//! The devices on which a user is logged in.

use lunox::auth::{MemoryDevices, MemoryUsers, RememberStore, RememberedDevice};
use lunox::prelude::*;
use lunox::session::{FileDriver, MemoryDriver, SessionManager};
use lunox::testing::{FaultyDriver, Operation, TestApp, TestClient, TestResponse};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{User, ada, bare_with, bob, quick_config, site_with, users, visit_with};

const SESSION: &str = "lunox_session";
const COOKIE: &str = "lunox_remember";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";

pub fn with_devices(app: TestApp, remembered: &(impl RememberStore + Clone)) -> TestApp {
    let remembered = remembered.clone();
    app.register(|app| {
        app.booted(async move |_| {
            auth().remember_in(remembered);
            Ok(())
        });
    })
    .http(|http| http.trusted_proxies = vec!["*".to_owned()])
    .routes(|route| {
        route.get("/devices", async |req: HttpRequest| {
            Ok::<_, Error>(json(req.session().devices().await?))
        });
        route.delete("/devices/{id}", async |req: HttpRequest, id: Uuid| {
            if !req.session().logout_device(id).await? {
                return abort(404);
            }
            Ok("ended".into_response())
        });
        route.delete("/devices", async |req: HttpRequest| {
            Ok::<_, Error>(req.session().logout_other_devices().await?.to_string())
        });
        route.post("/remember", async |req: HttpRequest| {
            let by = [("email", req.string("email")), ("password", req.string("password"))];
            assert!(auth().attempt(by).await?);
            auth().remember().await
        });
        route.post("/invalidate", async |req: HttpRequest| req.session().invalidate());
    })
}

async fn site() -> (TestClient, MemoryUsers<User>, MemoryDevices) {
    site_on(|app| app).await
}

async fn site_on(
    change: impl FnOnce(TestApp) -> TestApp,
) -> (TestClient, MemoryUsers<User>, MemoryDevices) {
    let remembered = MemoryDevices::default();
    let (client, users) = visit_with(|app| change(with_devices(app, &remembered))).await;
    (client, users, remembered)
}

/// A site where a user has so many sessions.
async fn limited(most: usize) -> (TestClient, MemoryDevices) {
    let (users, remembered) = (users(), MemoryDevices::default());
    let config = move |_: &Env| AuthConfig { max_sessions: Some(most), ..quick_config() };
    let client = with_devices(site_with(&users, config), &remembered).client().await;
    crate::support::populate(&client, &users).await;
    (client, remembered)
}

/// Another browser at an address.
fn browser(client: &TestClient, agent: &str, ip: &str) -> TestClient {
    client.another().with_header("user-agent", agent).with_header("x-forwarded-for", ip)
}

async fn devices(client: &TestClient) -> Vec<Value> {
    let answer = client.get("/devices").await;
    answer.assert_ok();
    answer.json()
}

async fn id_of_session(client: &TestClient) -> String {
    let devices = devices(client).await;
    let current = devices.iter().find(|device| device["current"] == true).expect("this one");
    current["id"].as_str().expect("an id").to_owned()
}

async fn end(client: &TestClient, id: &str) -> TestResponse {
    client.delete(&format!("/devices/{id}")).await
}

#[tokio::test]
async fn the_list_says_browser_system_address_and_times_of_each_device() {
    let (client, ..) = site().await;
    let desk = browser(&client, FIREFOX, "198.51.100.7");
    let phone = browser(&client, IPHONE, "2001:db8::7");
    desk.post("/login", ada()).await;
    client.travel_minutes(30);
    phone.post("/login", ada()).await;
    client.travel_minutes(20);
    let list = devices(&phone).await;
    assert_eq!(list.len(), 2);
    let [here, there] = [&list[0], &list[1]];
    assert_eq!((&here["browser"], &here["system"]), (&"Safari".into(), &"iPhone".into()));
    assert_eq!((&here["ip"], &here["current"]), (&"2001:db8::7".into(), &true.into()));
    assert_eq!((&there["browser"], &there["system"]), (&"Firefox".into(), &"Linux".into()));
    assert_eq!((&there["ip"], &there["current"]), (&"198.51.100.7".into(), &false.into()));
    let seconds = |device: &Value, key: &str| device[key].as_u64().expect("a time");
    assert_eq!(seconds(here, "last_seen") - seconds(here, "created"), 20 * 60);
    assert_eq!(seconds(here, "created") - seconds(there, "created"), 30 * 60);
    assert_eq!(seconds(there, "last_seen"), seconds(there, "created"));
    // A request that extends the session has been seen.
    desk.get("/account").await.assert_ok();
    let list = devices(&phone).await;
    assert_eq!(seconds(&list[1], "last_seen") - seconds(&list[1], "created"), 50 * 60);
}

#[tokio::test]
async fn what_a_login_noted_stays_when_the_visitor_moves_on() {
    let (client, ..) = site().await;
    let desk = browser(&client, FIREFOX, "198.51.100.7");
    desk.post("/login", ada()).await;
    let moved = desk.with_header("user-agent", IPHONE).with_header("x-forwarded-for", "192.0.2.1");
    let list = devices(&moved).await;
    assert_eq!((&list[0]["browser"], &list[0]["ip"]), (&"Firefox".into(), &"198.51.100.7".into()));
}

#[tokio::test]
async fn to_look_at_the_devices_writes_nothing() {
    let driver = FaultyDriver::new(MemoryDriver::new());
    let (client, ..) = site_on(|app| app.driver(driver.clone())).await;
    let phone = browser(&client, IPHONE, "192.0.2.1");
    phone.post("/login", ada()).await;
    client.post("/login", ada()).await;
    driver.calls();
    assert_eq!(devices(&client).await.len(), 2);
    let calls = driver.calls();
    let reads = |call: &Operation| matches!(call, Operation::Read | Operation::Tagged);
    assert!(!calls.is_empty() && calls.iter().all(reads), "{calls:?}");
}

#[tokio::test]
async fn a_device_that_is_ended_is_a_guest_at_once_with_every_driver() {
    for driver in ["memory", "file"] {
        let (client, ..) = site_on(|app| app.driver(driver)).await;
        let phone = browser(&client, IPHONE, "192.0.2.1");
        phone.post("/login", ada()).await;
        client.post("/login", ada()).await;
        let id = id_of_session(&phone).await;
        end(&client, &id).await.assert_text("ended");
        phone.get("/account").await.assert_redirect("/login");
        client.get("/account").await.assert_ok();
        assert_eq!(devices(&client).await.len(), 1);
        end(&client, &id).await.assert_not_found();
    }
}

#[tokio::test]
async fn another_users_device_is_not_found() {
    let (client, ..) = site().await;
    let other = browser(&client, IPHONE, "192.0.2.1");
    other.post("/login", bob()).await;
    client.post("/login", ada()).await;
    let id = id_of_session(&other).await;
    end(&client, &id).await.assert_not_found();
    end(&client, &Uuid::new_v4().to_string()).await.assert_not_found();
    other.get("/account").await.assert_ok();
    // Neither is a remembered one.
    other.post("/remember", bob()).await.assert_ok();
    let remembered = other.cookie(COOKIE).expect("a cookie");
    let (id, _) = remembered.split_once('.').expect("two parts");
    end(&client, id).await.assert_not_found();
    other.forget_cookie(SESSION);
    other.get("/account").await.assert_ok();
    // Guests have none.
    let guest = client.another();
    guest.get("/devices").await.assert_unauthorized();
    end(&guest, id).await.assert_unauthorized();
}

#[tokio::test]
async fn the_id_of_a_device_is_no_token() {
    let (client, ..) = site().await;
    client.post("/remember", ada()).await.assert_ok();
    let id = id_of_session(&client).await;
    let tokens = [SESSION, COOKIE].map(|name| client.cookie(name).expect("a cookie"));
    assert!(!tokens.iter().any(|token| token.contains(&id)));
    let secret = tokens[1].split_once('.').expect("two parts").0.to_owned();
    for id in [&id, &id.replace('-', ""), &secret] {
        for name in [SESSION, COOKIE] {
            let thief = client.another();
            thief.set_cookie(name, id);
            thief.get("/account").await.assert_redirect("/login");
        }
    }
}

#[tokio::test]
async fn to_end_this_device_is_a_logout() {
    let (client, _, remembered) = site().await;
    client.post("/remember", ada()).await.assert_ok();
    let id = id_of_session(&client).await;
    end(&client, &id).await.assert_text("ended");
    client.get("/account").await.assert_redirect("/login");
    assert!(client.cookie(COOKIE).is_none());
    assert!(remembered.of_user("7").await.expect("reads").is_empty());
}

#[tokio::test]
async fn the_other_devices_end_at_once_and_their_remember_cookies_with_them() {
    let (client, ..) = site().await;
    let phone = browser(&client, IPHONE, "192.0.2.1");
    let tablet = browser(&client, IPHONE, "192.0.2.2");
    let other = client.another();
    for browser in [&client, &phone, &tablet] {
        browser.post("/remember", ada()).await.assert_ok();
    }
    other.post("/login", bob()).await;
    // Its session has ended, and its cookie would begin another.
    tablet.forget_cookie(SESSION);
    let copied = client.cookie(SESSION).expect("a session");
    client.delete("/devices").await.assert_text("2");
    for browser in [&phone, &tablet] {
        browser.get("/account").await.assert_redirect("/login");
    }
    other.get("/account").await.assert_ok();
    client.get("/account").await.assert_ok();
    // Who has copied this session's cookie is one of the others.
    let thief = client.another();
    thief.set_cookie(SESSION, &copied);
    thief.get("/account").await.assert_redirect("/login");
    // This device stays remembered.
    client.forget_cookie(SESSION);
    client.get("/account").await.assert_ok();
}

#[tokio::test]
async fn a_remembered_device_is_listed_without_a_session_and_can_be_ended() {
    let (client, _, remembered) = site().await;
    let phone = browser(&client, IPHONE, "192.0.2.1");
    phone.post("/remember", ada()).await.assert_ok();
    client.travel_minutes(24 * 60);
    client.post("/login", ada()).await;
    let list = devices(&client).await;
    assert_eq!(list.len(), 2);
    assert_eq!((&list[1]["browser"], &list[1]["ip"]), (&"Safari".into(), &"192.0.2.1".into()));
    assert_eq!(list[1]["last_seen"], list[1]["created"]);
    end(&client, list[1]["id"].as_str().expect("an id")).await.assert_text("ended");
    assert!(remembered.of_user("7").await.expect("reads").is_empty());
    phone.get("/account").await.assert_redirect("/login");
    // With a session it is one device, found by either id.
    phone.post("/remember", ada()).await.assert_ok();
    let token = phone.cookie(COOKIE).expect("a cookie");
    assert_eq!(devices(&client).await.len(), 2);
    end(&client, token.split_once('.').expect("two parts").0).await.assert_text("ended");
    phone.get("/account").await.assert_redirect("/login");
}

#[tokio::test]
async fn tabs_that_are_restored_together_are_one_device() {
    let (client, ..) = site().await;
    client.post("/remember", ada()).await.assert_ok();
    client.forget_cookie(SESSION);
    let token = client.cookie(COOKIE).expect("a cookie");
    for _ in 0..3 {
        let tab = client.another();
        tab.set_cookie(COOKIE, &token);
        tab.get("/account").await.assert_ok();
    }
    client.get("/account").await.assert_ok();
    // The first session, which its browser has lost, is of the same device.
    assert_eq!(devices(&client).await.len(), 1);
    // The same cookie from elsewhere is shown.
    let thief = browser(&client, FIREFOX, "192.0.2.66");
    thief.set_cookie(COOKIE, &client.cookie(COOKIE).expect("a cookie"));
    thief.get("/account").await.assert_ok();
    let list = devices(&client).await;
    assert_eq!(list.len(), 2);
    assert_eq!(list[1]["ip"], "192.0.2.66");
}

#[tokio::test]
async fn a_session_that_ends_in_whatever_way_takes_its_remember_cookie_with_it() {
    type Way = fn(TestClient, TestClient, Uuid) -> lunox::support::BoxFuture<'static, ()>;
    let by_user: Way = |client, _, id| {
        Box::pin(async move {
            client.post("/login", ada()).await;
            end(&client, &id.to_string()).await.assert_text("ended");
        })
    };
    let by_itself: Way = |_, phone, _| {
        Box::pin(async move {
            phone.post("/invalidate", ()).await.assert_ok();
        })
    };
    let by_logout: Way = |_, phone, _| {
        Box::pin(async move {
            phone.post("/logout", ()).await;
        })
    };
    let by_operator: Way = |client, _, id| {
        Box::pin(async move {
            let manager = client.app().make::<SessionManager>().expect("sessions");
            assert!(manager.destroy(id).await.expect("ends"));
        })
    };
    let by_incident: Way = |client, _, _| {
        Box::pin(async move {
            let manager = client.app().make::<SessionManager>().expect("sessions");
            assert_eq!(manager.destroy_all().await.expect("ends"), 1);
        })
    };
    for way in [by_user, by_itself, by_logout, by_operator, by_incident] {
        let (client, _, remembered) = site().await;
        let phone = browser(&client, IPHONE, "192.0.2.1");
        phone.post("/remember", ada()).await.assert_ok();
        let id = id_of_session(&phone).await.parse().expect("an id");
        way(client.clone(), phone.clone(), id).await;
        assert!(remembered.of_user("7").await.expect("reads").is_empty());
        phone.get("/account").await.assert_redirect("/login");
    }
}

/// Devices in a table that nobody can write.
#[derive(Clone, Default)]
struct Locked(MemoryDevices);

impl RememberStore for Locked {
    async fn insert(&self, device: RememberedDevice) -> Result<()> {
        self.0.insert(device).await
    }

    async fn find(&self, id: &str) -> Result<Option<RememberedDevice>> {
        self.0.find(id).await
    }

    async fn of_user(&self, user: &str) -> Result<Vec<RememberedDevice>> {
        self.0.of_user(user).await
    }

    async fn replace(&self, device: RememberedDevice) -> Result<bool> {
        self.0.replace(device).await
    }

    async fn remove(&self, _: &str) -> Result<()> {
        Err(Error::with_source(503, "the table is locked"))
    }
}

#[tokio::test]
async fn a_session_whose_remembered_device_cannot_be_forgotten_does_not_end() {
    let (client, _) = visit_with(|app| with_devices(app, &Locked::default())).await;
    let phone = browser(&client, IPHONE, "192.0.2.1");
    phone.post("/remember", ada()).await.assert_ok();
    client.post("/login", ada()).await;
    let id = id_of_session(&phone).await;
    end(&client, &id).await.assert_status(503);
    let manager = client.app().make::<SessionManager>().expect("sessions");
    let error = manager.destroy(id.parse().expect("an id")).await.expect_err("it is locked");
    assert!(error.to_string().contains("could not be forgotten"), "{error}");
    phone.post("/invalidate", ()).await.assert_status(503);
    phone.get("/account").await.assert_ok();
}

#[tokio::test]
async fn asvs_s12_a_login_beyond_the_limit_ends_the_oldest() {
    let (client, remembered) = limited(2).await;
    let browsers = [(); 4].map(|()| client.another());
    for browser in &browsers[..3] {
        browser.post("/remember", ada()).await.assert_ok();
    }
    let alive = async |expected: [bool; 4]| {
        for (number, (browser, expected)) in browsers.iter().zip(expected).enumerate() {
            let answer = browser.get("/account").await;
            assert_eq!(answer.status() == 200, expected, "{number}");
        }
    };
    alive([false, true, true, false]).await;
    assert_eq!(remembered.of_user("7").await.expect("reads").len(), 2);
    // A login in a session that has one is the newest.
    browsers[1].post("/login", ada()).await;
    browsers[3].post("/login", ada()).await;
    alive([false, true, false, true]).await;
    // Another user has a limit of their own.
    browsers[0].post("/login", bob()).await;
    browsers[2].post("/login", bob()).await;
    alive([true; 4]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_logins_exactly_so_many_stay() {
    let (client, _) = limited(2).await;
    for _ in 0..10 {
        let browsers = client
            .together(6, async |client, _| {
                let browser = client.another();
                browser.post("/login", ada()).await;
                browser
            })
            .await;
        let mut alive = 0;
        for browser in &browsers {
            alive += usize::from(browser.get("/account").await.status() == 200);
        }
        assert_eq!(alive, 2);
        let last = client.another();
        last.post("/login", ada()).await;
        last.get("/account").await.assert_ok();
    }
}

#[tokio::test]
async fn restored_tabs_do_not_push_one_another_out() {
    let (client, _) = limited(1).await;
    client.post("/remember", ada()).await.assert_ok();
    client.forget_cookie(SESSION);
    let token = client.cookie(COOKIE).expect("a cookie");
    let tabs = [(); 3].map(|()| client.another());
    for tab in &tabs {
        tab.set_cookie(COOKIE, &token);
        tab.get("/account").await.assert_ok();
    }
    for tab in &tabs {
        tab.get("/account").await.assert_ok();
    }
}

#[tokio::test]
async fn without_an_index_the_application_does_not_start() {
    let refusal = async |driver: &'static str, config: AuthConfig| {
        let app = bare_with(&users(), move |_| config.clone()).driver(driver);
        app.try_client().await.map(|_| ()).expect_err("it cannot start").to_string()
    };
    for driver in ["cookie", "null"] {
        let error = refusal(driver, quick_config()).await;
        assert!(error.contains("config/auth.rs: `devices` needs to find the sessions"), "{error}");
        assert!(
            error.contains(&format!("`{driver}`")) && error.contains("devices: false"),
            "{error}"
        );
        let limit = AuthConfig { devices: false, max_sessions: Some(3), ..quick_config() };
        let error = refusal(driver, limit).await;
        assert!(error.contains("`max_sessions` needs to find the sessions"), "{error}");
        let without = AuthConfig { devices: false, ..quick_config() };
        bare_with(&users(), move |_| without.clone()).driver(driver).client().await;
    }
    let error = refusal("memory", AuthConfig { max_sessions: Some(0), ..quick_config() }).await;
    assert!(error.contains("`max_sessions` is 0"), "{error}");
    let folder = tempfile::tempdir().expect("a folder");
    bare_with(&users(), |_| quick_config()).driver(FileDriver::new(folder.path())).client().await;
}

#[tokio::test]
async fn without_devices_nothing_of_a_visitor_is_noted() {
    let (users, remembered) = (users(), MemoryDevices::default());
    let config = |_: &Env| AuthConfig { devices: false, ..quick_config() };
    let client = with_devices(site_with(&users, config), &remembered).client().await;
    crate::support::populate(&client, &users).await;
    client.post("/login", ada()).await.assert_session_missing("auth.place");
    client.get("/devices").await.assert_status(500);
}
