//! How many sessions a user may have.

use lunox::auth::{MemoryDevices, RememberStore};
use lunox::prelude::*;
use lunox::session::FileDriver;
use lunox::testing::TestClient;

use crate::devices::with_devices;
use crate::support::{ada, bare_with, bob, populate, quick_config, site_with, users};

const SESSION: &str = "lunox_session";
const COOKIE: &str = "lunox_remember";

/// A site where a user has so many sessions.
async fn limited(most: usize) -> (TestClient, MemoryDevices) {
    let (users, remembered) = (users(), MemoryDevices::default());
    let config = move |_: &Env| AuthConfig { max_sessions: Some(most), ..quick_config() };
    let client = with_devices(site_with(&users, config), &remembered).client().await;
    populate(&client, &users).await;
    (client, remembered)
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
