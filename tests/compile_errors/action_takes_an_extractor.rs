//! An argument as axum has them.

use lunox::http::Json;
use lunox::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct NewPost {
    title: String,
}

async fn store(_req: HttpRequest, Json(post): Json<NewPost>) -> String {
    post.title
}

async fn update(Json(post): Json<NewPost>) -> String {
    post.title
}

fn routes(route: &mut Router) {
    route.post("/posts", store);
    route.put("/posts", update);
}

fn main() {
    let _ = routes;
}
