//! Rules that have to wait.

use std::sync::atomic::{AtomicUsize, Ordering};

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, Validate)]
#[garde(context(HttpRequest))]
struct NewUser {
    #[garde(email)]
    email: String,
    #[garde(length(chars, min = 3), custom(not_the_visitor))]
    name: String,
}

fn not_the_visitor(name: &str, req: &HttpRequest) -> garde::Result {
    match req.session().get::<String>("name") {
        Some(own) if own == name => Err(garde::Error::new("This is your own name.")),
        _ => Ok(()),
    }
}

#[derive(Default)]
struct Users(AtomicUsize);

impl DatabaseRules for NewUser {
    async fn check(&self, req: &HttpRequest, errors: &mut Errors) -> Result<()> {
        let users = req.container().make::<Users>()?;
        tokio::task::yield_now().await;
        users.0.fetch_add(1, Ordering::Relaxed);
        abort_if(self.name == "broken", 503)?;
        if self.email == "ada@example.test" {
            errors.add("email", "The email has already been taken.");
        }
        Ok(())
    }
}

async fn visit() -> TestClient {
    TestApp::new()
        .register(|app| app.instance::<Users>(Arc::new(Users::default())))
        .routes(|route| {
            route.post("/users", async |req: HttpRequest| -> Result {
                let user: NewUser = req.validate().await?;
                Ok(user.email.into_response())
            });
            route.post("/name", async |req: HttpRequest| req.session().put("name", "Ada"));
        })
        .client()
        .await
}

#[tokio::test]
async fn they_run_once_everything_else_fits() {
    let client = visit().await;
    let users = client.app().make::<Users>().expect("bound");
    client.post_json("/users", json!({"email": "no", "name": "Ada"})).await.assert_unprocessable();
    assert_eq!(users.0.load(Ordering::Relaxed), 0);

    let taken = json!({"email": "ada@example.test", "name": "Ada"});
    client.post_json("/users", taken).await.assert_unprocessable().assert_exact_json(json!({
        "message": "The email has already been taken.",
        "errors": {"email": ["The email has already been taken."]},
    }));
    assert_eq!(users.0.load(Ordering::Relaxed), 1);

    let free = json!({"email": "eve@example.test", "name": "Eve"});
    client.post_json("/users", free).await.assert_ok().assert_text("eve@example.test");
}

#[tokio::test]
async fn a_database_that_fails_is_not_the_visitor_s_fault() {
    let client = visit().await;
    let form = json!({"email": "eve@example.test", "name": "broken"});
    client.post_json("/users", form).await.assert_status(503);
}

#[tokio::test]
async fn a_rule_of_garde_has_the_request() {
    let client = visit().await;
    client.post("/name", [("", "")]).await.assert_ok();
    let form = json!({"email": "eve@example.test", "name": "Ada"});
    let answer = client.post_json("/users", form).await;
    answer.assert_unprocessable().assert_json_path("errors.name.0", "This is your own name.");
}
