//! Errors of several forms on one page, and errors that an action finds itself.

use lunox::prelude::*;
use lunox::testing::TestApp;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, Validate)]
struct Login {
    #[garde(skip)]
    email: String,
}

async fn login(req: HttpRequest) -> Result {
    let login: Login = req.validate_with_bag("login").await?;
    let mut errors = Errors::new().bag("login");
    errors.add("email", format!("{} is not known.", login.email));
    Err(errors.into())
}

#[tokio::test]
async fn a_bag_has_the_errors_of_one_form() {
    let client = TestApp::new()
        .routes(|route| {
            route.post("/login", login);
        })
        .client()
        .await;
    let answer = client.from("/").post("/login", [("email", "")]).await;
    answer.assert_status(303).assert_session_has_errors_in("login", "email");
    answer.assert_session_has_no_errors();
    let answer = client.from("/").post("/login", [("email", "Ada")]).await;
    let bags = &answer.session()["errors"];
    assert_eq!(*bags, json!({"login": {"email": ["Ada is not known."]}}));
    answer.assert_session_has_input_value("email", "Ada");

    let answer = client.post_json("/login", json!({"email": "Ada"})).await;
    answer.assert_unprocessable().assert_json_path("errors.email.0", "Ada is not known.");
}
