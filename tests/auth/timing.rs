//! How long a login takes. It decides no test: `src/auth/tests.rs` counts the hashes instead.

use std::time::{Duration, Instant};

use lunox::prelude::*;
use lunox::testing::TestClient;

use crate::stores::Resets;
use crate::support::{User, populate, site_with, users};

const TRIES: usize = 100;

async fn login(client: &TestClient, email: &str) -> Duration {
    let visitor = client.another();
    let start = Instant::now();
    visitor
        .post("/login", [("email", email), ("password", "guess")])
        .await
        .assert_redirect("/login");
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: cargo test --features auth --test auth -- --ignored --nocapture timing"]
async fn known_and_unknown_accounts() {
    let users = users();
    let client = site_with(&users, |_| AuthConfig::default()).client().await;
    populate(&client, &users).await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..TRIES {
        known.push(login(&client, "ada@example.com").await);
        unknown.push(login(&client, &format!("nobody{number}@example.com")).await);
    }
    println!("medians of {TRIES}: known {:?}, unknown {:?}", median(known), median(unknown));
}

async fn forgot(client: &TestClient, email: &str) -> Duration {
    let visitor = client.another();
    let start = Instant::now();
    visitor.post("/forgot", [("email", email)]).await.assert_ok();
    start.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, as above"]
async fn links_for_known_and_unknown_accounts() {
    let users = users();
    let client = site_with(&users, |_| AuthConfig::default())
        .register(|app| {
            app.booted(async |_| {
                auth().reset_in(Resets::default());
                auth().send_resets(async |_: Arc<User>, _| Ok(()))
            });
        })
        .routes(|route| {
            route.post("/forgot", async |req: HttpRequest| {
                auth().send_reset_link([("email", req.string("email"))]).await
            });
        })
        .client()
        .await;
    populate(&client, &users).await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..TRIES {
        // Otherwise only the first link would be made.
        client.travel(Duration::from_secs(60));
        known.push(forgot(&client, "ada@example.com").await);
        unknown.push(forgot(&client, &format!("nobody{number}@example.com")).await);
    }
    println!("links, medians of {TRIES}: known {:?}, unknown {:?}", median(known), median(unknown));
}
