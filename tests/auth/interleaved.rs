//! Logins beside the end of devices: each call of the session driver that the one makes is held up until the other is done.

use lunox::auth::{MemoryDevices, RememberStore};
use lunox::prelude::*;
use lunox::session::MemoryDriver;
use lunox::testing::{Fault, FaultyDriver, TestClient};
use tokio::sync::Notify;

use crate::devices::with_devices;
use crate::support::{ada, populate, quick_config, site_on, site_with, users};

const SESSION: &str = "lunox_session";

struct Stage {
    driver: FaultyDriver<MemoryDriver>,
    client: TestClient,
}

impl Stage {
    async fn new(max_sessions: Option<usize>) -> Self {
        let (driver, users) = (FaultyDriver::new(MemoryDriver::new()), users());
        let config = move |_: &Env| AuthConfig { max_sessions, ..quick_config() };
        let app = with_devices(site_with(&users, config), &MemoryDevices::default());
        let client = app.driver(driver.clone()).client().await;
        populate(&client, &users).await;
        Self { driver, client }
    }

    /// Runs `first` until its nth call of the driver, then all of `second`, then the rest; whether there is such a call.
    async fn interrupt(
        &self,
        nth: usize,
        first: impl Future<Output = ()> + Send + 'static,
        second: impl Future<Output = ()>,
    ) -> bool {
        self.driver.at(nth, None, Fault::Late);
        let mut first = tokio::spawn(first);
        let held = tokio::select! {
            () = self.driver.wait_for_late(1) => true,
            ended = &mut first => {
                ended.expect("no panic");
                false
            }
        };
        self.driver.heal();
        second.await;
        self.driver.release();
        if held {
            first.await.expect("no panic");
        }
        held
    }

    async fn browser(&self, path: &'static str) -> TestClient {
        let browser = self.client.another();
        browser.post(path, ada()).await;
        browser
    }
}

async fn is_in(browser: &TestClient) -> bool {
    browser.get("/account").await.status() == 200
}

async fn get(browser: TestClient) {
    browser.get("/account").await;
}

async fn log_in(browser: TestClient) {
    browser.post("/login", ada()).await.assert_redirect("/account");
}

async fn end_others(browser: TestClient) {
    browser.delete("/devices").await.assert_ok();
}

#[tokio::test]
async fn a_device_that_is_just_being_recalled_does_not_outlast_the_end_of_the_others() {
    for recall_is_first in [true, false] {
        for nth in 1.. {
            let stage = Stage::new(None).await;
            let phone = stage.browser("/remember").await;
            phone.forget_cookie(SESSION);
            let here = stage.browser("/login").await;
            let (recall, end) = (get(phone.clone()), end_others(here.clone()));
            let held = if recall_is_first {
                stage.interrupt(nth, recall, end).await
            } else {
                stage.interrupt(nth, end, recall).await
            };
            assert!(!is_in(&phone).await, "held up at call {nth}: {recall_is_first}");
            assert!(is_in(&here).await, "held up at call {nth}: {recall_is_first}");
            if !held {
                assert!(nth > 2, "it was held up at some calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_login_beside_the_end_of_the_others_spares_who_asks_and_ends_who_was_there() {
    for login_is_first in [true, false] {
        for nth in 1.. {
            let stage = Stage::new(None).await;
            let there = stage.browser("/remember").await;
            let here = stage.browser("/remember").await;
            let newest = stage.client.another();
            let (login, end) = (log_in(newest.clone()), end_others(here.clone()));
            let held = if login_is_first {
                stage.interrupt(nth, login, end).await
            } else {
                stage.interrupt(nth, end, login).await
            };
            assert!(is_in(&here).await && !is_in(&there).await, "held up at call {nth}");
            let listed: Vec<serde_json::Value> = here.get("/devices").await.json();
            assert_eq!(listed.len(), 1 + usize::from(is_in(&newest).await), "{listed:?}");
            if !held {
                assert!(nth > 2, "it was held up at some calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn of_two_logins_that_overlap_as_many_stay_as_may() {
    for nth in 1.. {
        let stage = Stage::new(Some(1)).await;
        let first = stage.browser("/login").await;
        let [second, third] = [(); 2].map(|()| stage.client.another());
        let held = stage.interrupt(nth, log_in(second.clone()), log_in(third.clone())).await;
        let alive = [is_in(&first).await, is_in(&second).await, is_in(&third).await];
        assert_eq!(alive.iter().filter(|alive| **alive).count(), 1, "held up at {nth}: {alive:?}");
        assert!(!alive[0], "the one from before has ended");
        if !held {
            assert!(alive[2] && nth > 2, "the last login is never the one that ends");
            break;
        }
    }
}

#[tokio::test]
async fn a_device_that_ends_while_its_cookie_logs_it_in_gets_no_session() {
    for driver in ["memory", "cookie"] {
        let (users, remembered) = (users(), MemoryDevices::default());
        let gates: Arc<[Notify; 2]> = Arc::default();
        let inside = Arc::clone(&gates);
        let slow = move || {
            let gates = Arc::clone(&inside);
            async move {
                gates[0].notify_one();
                gates[1].notified().await;
                "a secret"
            }
        };
        let app = with_devices(site_on(&users, driver), &remembered);
        let client = app.routes(move |route| _ = route.get("/slow", slow).middleware("auth"));
        let client = client.client().await;
        populate(&client, &users).await;
        client.post("/remember", ada()).await.assert_ok();
        client.forget_cookie(SESSION);
        let end = async {
            gates[0].notified().await;
            for device in remembered.of_user("7").await.expect("devices") {
                remembered.remove(&device.id).await.expect("removed");
            }
            gates[1].notify_one();
        };
        let (answer, ()) = tokio::join!(client.get("/slow").send(), end);
        answer.assert_unauthorized().assert_cookie_missing(SESSION).assert_dont_see("a secret");
        assert!(!is_in(&client).await, "{driver}");
    }
}
