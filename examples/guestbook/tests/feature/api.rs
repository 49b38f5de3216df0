use serde_json::json;

use super::{PASSWORD, user, visit, write};

/// What `curl -u` sends.
fn basic(password: &str) -> String {
    use base64::Engine;
    let text = format!("Ada@example.com:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

#[tokio::test]
async fn the_entries_are_a_resource() {
    let client = visit().await;
    user(&client, "Ada").await;
    let api = client.another().with_header("authorization", &basic(PASSWORD));
    let made = api.post_json("/api/entries", json!({"message": "From a program."})).await;
    made.assert_created().assert_json_path("id", 1).assert_json_path("name", "Ada");
    client.get("/api/entries/1").await.assert_ok().assert_json_path("message", "From a program.");
    client.accept_json().get("/api/entries/2").await.assert_not_found();
}

#[tokio::test]
async fn programs_write_with_the_password_of_a_user() {
    let client = visit().await.accept_json();
    user(&client, "Ada").await;
    let entry = json!({"message": "From a program."});
    client.post_json("/api/entries", &entry).await.assert_unauthorized();
    let wrong = client.another().with_header("authorization", &basic("wrong"));
    for _ in 0..3 {
        wrong.post_json("/api/entries", &entry).await.assert_unauthorized();
    }
    for _ in 0..3 {
        wrong.post_json("/api/entries", &entry).await;
    }
    wrong.post_json("/api/entries", &entry).await.assert_status(429);
    client.get("/api/entries").await.assert_json_path("total", 0);
}

#[tokio::test]
async fn the_list_has_pages() {
    let client = visit().await;
    write(&client, 21).await;
    let page = client.get("/api/entries?page=2").await;
    page.assert_ok().assert_json_path("total", 21).assert_json_path("last_page", 2);
    page.assert_json_path("data.0.message", "Message 1.").assert_json_path("next_page_url", ());
    assert!(!page.text().contains("example.com"), "no addresses are shown");
}

#[tokio::test]
async fn mistakes_are_named_by_field() {
    let client = visit().await;
    user(&client, "Ada").await;
    let api = client.another().with_header("authorization", &basic(PASSWORD));
    let answer = api.post_json("/api/entries", json!({"message": ""})).await;
    answer.assert_unprocessable().assert_json_path("errors.message.0", "Write a message.");
}
