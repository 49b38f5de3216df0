//! An application that is down for maintenance.

use lunox::testing::{TestApp, TestClient};

async fn client() -> TestClient {
    let app = TestApp::new().http(|http| http.health = Some("/up".to_owned()));
    let app = app.middleware(|middleware| middleware.global("maintenance"));
    app.routes(|route| _ = route.get("/", async || "here")).client().await
}

/// What `down` writes; seen a second later.
fn down(client: &TestClient, text: &str) {
    let file = client.app().storage_path("framework/down");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(file, text).expect("written");
    client.travel_minutes(1);
}

#[tokio::test]
async fn nothing_but_the_health_route_is_answered_until_it_is_up_again() {
    let client = client().await;
    client.get("/").await.assert_text("here");
    down(&client, r#"{"retry":60,"refresh":15}"#);
    for path in ["/", "/nowhere"] {
        let page = client.get(path).await;
        page.assert_status(503).assert_header("retry-after", "60").assert_header("refresh", "15");
    }
    let answer = client.accept_json().get("/").await;
    answer.assert_exact_json(serde_json::json!({"message": "Service Unavailable"}));
    client.get("/up").await.assert_status(200);
    std::fs::remove_file(client.app().storage_path("framework/down")).expect("removed");
    client.travel_minutes(1);
    client.get("/").await.assert_text("here");
}

#[tokio::test]
async fn answers_that_somebody_wants_are_not_logged_as_errors() {
    let client = client().await;
    down(&client, "{}");
    let (log, _taken) = crate::log::Log::take();
    client.get("/").await.assert_status(503).assert_see("Service Unavailable");
    client.get("/nowhere").await.assert_status(503);
    assert!(!log.text().contains("ERROR"), "{}", log.text());
    assert!(log.text().contains("status=503"), "the line of the request stays: {}", log.text());
}

#[tokio::test]
async fn whoever_comes_by_the_secret_path_passes_for_twelve_hours() {
    let client = client().await;
    down(&client, r#"{"secret":"open-sesame"}"#);
    client.get("/open-sesam").await.assert_status(503).assert_header_missing("set-cookie");
    client.get("/open-sesame").await.assert_redirect("/").assert_cookie("lunox_maintenance");
    client.get("/").await.assert_text("here");
    client.travel_minutes(12 * 60 - 2);
    client.get("/").await.assert_text("here");
    client.travel_minutes(3);
    client.get("/").await.assert_status(503);
    client.get("/open-sesame").await.assert_redirect("/");
    down(&client, r#"{"secret":"another-one"}"#);
    client.get("/").await.assert_status(503);
    for forged in ["", ".", "99999999999.", "99999999999.AAAA"] {
        client.set_cookie("lunox_maintenance", forged);
        client.get("/").await.assert_status(503);
    }
}

#[tokio::test]
async fn a_file_that_is_damaged_means_down() {
    let client = client().await;
    down(&client, "{");
    client.get("/").await.assert_status(503);
}
