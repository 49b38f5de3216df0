use serde_json::json;

use super::{visit, write};

#[tokio::test]
async fn the_entries_are_a_resource() {
    let client = visit().await;
    let entry = json!({"name": "Ada", "message": "From a program."});
    let made = client.post_json("/api/entries", entry).await;
    made.assert_created().assert_json_path("id", 1).assert_json_path("name", "Ada");
    client.get("/api/entries/1").await.assert_ok().assert_json_path("message", "From a program.");
    client.accept_json().get("/api/entries/2").await.assert_not_found();
}

#[tokio::test]
async fn the_list_has_pages() {
    let client = visit().await;
    write(&client, 21).await;
    let page = client.get("/api/entries?page=2").await;
    page.assert_ok().assert_json_path("total", 21).assert_json_path("last_page", 2);
    page.assert_json_path("data.0.message", "Message 1.").assert_json_path("next_page_url", ());
}

#[tokio::test]
async fn mistakes_are_named_by_field() {
    let client = visit().await;
    let answer = client.post_json("/api/entries", json!({"name": ""})).await;
    answer.assert_unprocessable().assert_json_path("errors.name.0", "Write your name.");
    answer.assert_json_path("errors.message.0", "Write a message.");
}
