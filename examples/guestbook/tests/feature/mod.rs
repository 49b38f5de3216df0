//! Tests of this application, from a visitor's side.

mod abilities;
mod api;
mod auth;
mod avatars;
mod entries;
mod pictures;

use lunox::prelude::*;
use lunox::testing::{Multipart, TestClient};

use crate::application;
use crate::models::entry::Entry;
use crate::models::user::User;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe rest";
const PASSWORD: &str = "correct horse battery";

async fn visit() -> TestClient {
    TestClient::new(application()).await
}

/// A user of this name, whose address begins with it.
async fn user(client: &TestClient, name: &str) -> User {
    let email = format!("{}@example.com", name.to_lowercase());
    let made = client.run(async {
        let hash = hash_password(PASSWORD).await?;
        User::create(name, &email, &hash).await
    });
    made.await.expect("written").expect("a new user")
}

/// A visitor who has logged in as Ada.
async fn ada() -> TestClient {
    let client = visit().await;
    let ada = user(&client, "Ada").await;
    client.acting_as(&ada).await;
    client
}

/// Writes this many entries, numbered from 1.
async fn write(client: &TestClient, count: usize) {
    let author = user(client, "Author").await;
    for number in 1..=count {
        let message = format!("Message {number}.");
        let written = client.run(async { Entry::create(author.id, &message, None).await });
        written.await.expect("written");
    }
}

fn form(file: &str, bytes: &[u8]) -> Multipart {
    Multipart::new().text("message", "Look.").file("picture", file, "image/png", bytes)
}

/// The names of the files in a folder of pictures.
fn files(client: &TestClient, folder: &str) -> Vec<String> {
    let folder = client.app().storage_path("app/public").join(folder);
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.file_name().into_string().expect("a name")).collect()
}
