use lunox::testing::TestClient;

use crate::application;

#[tokio::test]
async fn a_form_with_mistakes_comes_back_as_it_was_filled_in() {
    let client = TestClient::new(application()).await;

    let about = "x".repeat(281);
    let form = [("name", " "), ("about", &about), ("phase", "4"), ("telescope", "1")];
    client
        .post("/profile", form)
        .await
        .assert_redirect("/profile")
        .assert_session_has_errors(["name", "about", "phase"]);
    let page = client.get("/profile").await;
    page.assert_ok().assert_see(&about).assert_see("Write your name.").assert_see(" checked");
    page.assert_session_missing(["name", "errors", "_old_input"]);
}

#[tokio::test]
async fn a_profile_is_kept_until_it_is_forgotten() {
    let client = TestClient::new(application()).await;

    let form = [("name", "<Ada>"), ("about", "Likes\nengines."), ("phase", "8")];
    client.post("/profile", form).await.assert_redirect("/profile");
    let page = client.get("/profile").await;
    page.assert_see("Hello, &lt;Ada&gt;.").assert_see("Saved.").assert_see("Likes\nengines.");
    page.assert_see("value=\"8\" selected").assert_dont_see(" checked");
    client.get("/profile").await.assert_dont_see("Saved.");

    client.delete("/profile").await.assert_redirect("/profile");
    client.get("/profile").await.assert_see("Who are you?").assert_session_missing("profile");
}
