//! Clients that expect JSON.

use serde_json::json;

use crate::visit;

#[tokio::test]
async fn every_error_is_in_the_422() {
    let client = visit().await;
    let sent = json!({"title": "ab", "stars": 6, "email": 5});
    client.post_json("/posts", sent).await.assert_unprocessable().assert_exact_json(json!({
        "message": "The email field must be text. (and 2 more errors)",
        "errors": {
            "title": ["The title field must be at least 3 characters."],
            "stars": ["The stars field must not be greater than 5."],
            "email": ["The email field must be text."],
        },
    }));
}

#[tokio::test]
async fn null_is_required_unless_it_is_optional() {
    let client = visit().await;
    let sent = json!({"title": null, "stars": 1, "email": null, "public": null});
    client.post_json("/posts", sent).await.assert_unprocessable().assert_exact_json(json!({
        "message": "The title field is required.",
        "errors": {"title": ["The title field is required."]},
    }));
    let sent = json!({"title": "Moon", "stars": 1, "email": null, "public": null});
    client.post_json("/posts", sent).await.assert_ok().assert_text("Moon 1  false");
}

#[tokio::test]
async fn the_message_counts_one_more_error() {
    let client = visit().await;
    let answer = client.post_json("/posts", json!({})).await;
    answer.assert_json_path("message", "The title field is required. (and 1 more error)");
}

#[tokio::test]
async fn a_422_leaves_nothing_in_the_session() {
    let client = visit().await;
    let answer = client.post_json("/posts", json!({})).await;
    answer.assert_unprocessable().assert_session_missing("errors");
}
