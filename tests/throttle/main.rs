//! Throttling, from a visitor's side.

#![cfg(all(feature = "default", feature = "throttle"))]

mod login;
mod requests;

use lunox::testing::{TestApp, TestClient};

/// An application that counts, behind a proxy that names the visitors' addresses.
pub fn throttled() -> TestApp {
    TestApp::new()
        .provider(lunox::foundation::providers::ThrottleServiceProvider)
        .http(|http| http.trusted_proxies = vec!["127.0.0.1".to_owned()])
}

/// The same visitor at another address.
pub fn at(client: &TestClient, address: &str) -> TestClient {
    client.with_header("x-forwarded-for", address)
}
