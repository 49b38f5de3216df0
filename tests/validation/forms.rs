//! HTML forms.

use lunox::prelude::*;
use lunox::testing::TestApp;

use crate::{store, visit};

#[tokio::test]
async fn a_form_that_fits_is_a_struct() {
    let client = visit().await;
    let form = [("title", "Moon"), ("stars", "5"), ("email", ""), ("public", "on")];
    client.post("/posts", form).await.assert_ok().assert_text("Moon 5  true");
    let form = [("title", "Moon"), ("stars", "0"), ("email", "a@b.test")];
    client.post("/posts", form).await.assert_ok().assert_text("Moon 0 a@b.test false");
}

#[tokio::test]
async fn the_page_comes_back_with_every_error_and_the_old_input() {
    let client = visit().await;
    let form = [("title", "ab"), ("stars", "many"), ("email", "nobody"), ("password", "x")];
    let answer = client.from("/posts/create").post("/posts", form).await;
    answer.assert_status(303).assert_header("location", "/posts/create");
    answer
        .assert_session_has_error("title", "The title field must be at least 3 characters.")
        .assert_session_has_error("stars", "The stars field must be a whole number.")
        .assert_session_has_error("email", "The email field must be a valid email address.")
        .assert_session_has_input_value("title", "ab")
        .assert_session_has_input_value("stars", "many")
        .assert_session_missing_input("password");
}

#[tokio::test]
async fn absent_empty_and_blank_are_required() {
    let client = visit().await;
    for form in [vec![], vec![("title", ""), ("stars", "")], vec![("title", "  "), ("stars", " ")]]
    {
        let answer = client.from("/posts/create").post("/posts", form).await;
        answer
            .assert_status(303)
            .assert_session_has_error("title", "The title field is required.")
            .assert_session_has_error("stars", "The stars field is required.");
        let errors = &answer.session()["errors"]["default"];
        assert_eq!(errors.as_object().map(|errors| errors.len()), Some(2), "{errors}");
        assert_eq!(errors["title"].as_array().map(Vec::len), Some(1), "{errors}");
    }
}

#[tokio::test]
async fn the_next_form_that_fits_shows_no_errors() {
    let client = TestApp::new()
        .routes(|route| {
            route.post("/posts", store);
            route.get("/posts/create", async |req: HttpRequest| {
                let errors: Option<serde_json::Value> = req.session().get("errors.default.title");
                json(serde_json::json!({"errors": errors, "old": req.old::<String>("title")}))
            });
        })
        .client()
        .await;
    client.from("/posts/create").post("/posts", [("title", "ab"), ("stars", "1")]).await;
    let page = client.get("/posts/create").await;
    page.assert_json_path("old", "ab");
    page.assert_json_path("errors.0", "The title field must be at least 3 characters.");
}

#[tokio::test]
async fn without_a_session_the_answer_is_422() {
    let client = TestApp::new()
        .plain_routes(|route| {
            route.post("/posts", store);
        })
        .client()
        .await;
    client.post("/posts", [("title", "ab")]).await.assert_unprocessable();
}

#[tokio::test]
async fn a_page_that_checks_its_query_does_not_lead_to_itself() {
    let client = TestApp::new()
        .routes(|route| {
            route.get("/", store);
        })
        .client()
        .await;
    client.get("/?title=ab").await.assert_redirect("/");
    client.get("/").await.assert_unprocessable();
}

#[tokio::test]
async fn a_middleware_can_check_a_form() {
    let client = TestApp::new()
        .routes(|route| {
            let checked = async |req: HttpRequest, next: Next| -> Result {
                req.validate::<crate::NewPost>().await?;
                Ok(next.run(req).await)
            };
            route.post("/posts", store).middleware(checked);
        })
        .client()
        .await;
    client.from("/").post("/posts", [("title", "ab")]).await.assert_session_has_errors("title");
    client.post("/posts", [("title", "Moon"), ("stars", "1")]).await.assert_ok();
}
