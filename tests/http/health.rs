//! The route that says whether the application can work.

use lunox::session::MemoryDriver;
use lunox::testing::{Fault, FaultyDriver, Operation, TestApp};

fn app() -> TestApp {
    TestApp::new().http(|http| http.health = Some("/up".to_owned()))
}

#[tokio::test]
async fn an_application_that_works_is_up_without_a_session_or_a_cookie() {
    let client = app().client().await;
    client.get("/up").await.assert_status(200).assert_text(r#"{"status":"up"}"#);
    let page = client.get("/up").await;
    page.assert_header_missing("set-cookie").assert_header("cache-control", "no-store");
    TestApp::new().client().await.get("/up").await.assert_status(404);
}

#[tokio::test]
async fn without_sessions_there_is_nothing_to_ask() {
    let app = TestApp::bare().http(|http| http.health = Some("/health".to_owned()));
    app.client().await.get("/health").await.assert_status(200);
}

#[tokio::test]
async fn a_session_store_that_fails_is_down_and_the_answer_says_no_more() {
    let driver = FaultyDriver::new(MemoryDriver::new());
    let client = app().driver(driver.clone()).client().await;
    driver.at(1, Operation::Read, Fault::Fails);
    let page = client.get("/up").await;
    page.assert_status(503).assert_text(r#"{"status":"down"}"#);
    client.get("/up").await.assert_status(200);
}
