//! Forms that are checked, from a visitor's side.

#![cfg(all(feature = "default", feature = "validation"))]

mod bags;
mod database;
mod files;
mod forms;
mod json;
mod messages;
mod shapes;

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use serde::Deserialize;

/// The form of the manual.
#[derive(Deserialize, Validate)]
pub struct NewPost {
    #[garde(length(chars, min = 3))]
    title: String,
    #[garde(range(max = 5))]
    stars: u8,
    #[garde(email)]
    email: Option<String>,
    #[serde(default)]
    #[garde(skip)]
    public: bool,
}

pub async fn store(req: HttpRequest) -> Result {
    let post: NewPost = req.validate().await?;
    let NewPost { title, stars, email, public } = post;
    Ok(format!("{title} {stars} {} {public}", email.unwrap_or_default()).into_response())
}

/// A visitor of an application that takes posts.
pub async fn visit() -> TestClient {
    TestApp::new()
        .routes(|route| {
            route.post("/posts", store);
        })
        .client()
        .await
}
