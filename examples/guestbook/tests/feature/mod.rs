//! Tests of this application, from a visitor's side.

mod api;
mod entries;
mod pictures;

use lunox::testing::{Multipart, TestClient};

use crate::application;
use crate::models::entry::Entry;

async fn visit() -> TestClient {
    TestClient::new(application()).await
}

/// Writes this many entries, numbered from 1.
async fn write(client: &TestClient, count: usize) {
    for number in 1..=count {
        let message = format!("Message {number}.");
        client.run(async { Entry::create("Ada", &message, None).await }).await.expect("written");
    }
}

fn form(file: &str, bytes: &[u8]) -> Multipart {
    let text = Multipart::new().text("name", "Ada").text("message", "Look.");
    text.file("picture", file, "image/png", bytes)
}
