use lunox::testing::TestClient;

use crate::application;

#[tokio::test]
async fn the_first_page_counts_visits_in_the_session() {
    let client = TestClient::new(application()).await;

    client.get("/").await.assert_ok().assert_see("session.increment");
    client.get("/").await.assert_ok().assert_session_has_value("visits", 2);
}

#[tokio::test]
async fn a_value_can_be_stored_and_forgotten() {
    let client = TestClient::new(application()).await;

    client.post("/session", [("key", "name"), ("value", "Ada")]).await.assert_redirect("/");
    client.get("/").await.assert_see("Ada").assert_session_has_value("name", "Ada");

    client.delete("/session/name").await.assert_redirect("/").assert_session_missing("name");
}

#[tokio::test]
async fn nobody_fills_the_playground_without_end() {
    let client = TestClient::new(application()).await;
    let text = "x".repeat(1_000);

    for number in 0..20 {
        let key = format!("key{number}");
        client.post("/session", [("key", &key), ("value", &text)]).await.assert_redirect("/");
    }
    client.get("/").await.assert_see("The playground is full.");
    client.get("/").await.assert_session_has("key5").assert_session_missing("key8");
}

#[tokio::test]
async fn what_lunox_keeps_in_a_session_cannot_be_written_here() {
    let client = TestClient::new(application()).await;

    for key in
        ["auth", "auth.password_confirmed_at", "url.intended", "_token", "_flash.new", "errors"]
    {
        let answer = client.post("/session", [("key", key), ("value", "1800000000")]).await;
        answer.assert_redirect("/").assert_session_has_errors("key");
        answer.assert_session_missing(["auth", "url"]);
        client.delete(&format!("/session/{key}")).await.assert_forbidden();
    }
    client.post("/session", [("key", "author"), ("value", "Ada")]).await;
    client.get("/").await.assert_session_has_value("author", "Ada");
}
