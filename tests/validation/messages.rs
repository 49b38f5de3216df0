//! Messages of one's own.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
struct Order {
    #[garde(length(chars, min = 3, max = 5))]
    first_name: String,
    #[garde(dive, length(max = 2))]
    items: Vec<Item>,
    #[garde(range(min = 1.5))]
    weight: f64,
}

#[derive(Deserialize, Validate)]
struct Item {
    #[garde(range(min = 1, max = 9))]
    count: i32,
}

fn messages() -> ValidationConfig {
    ValidationConfig {
        messages: &[
            ("required", "Please fill in {field}."),
            ("firstName.min", "Shorter than {min}: {field}."),
            ("items.*.count.max", "At most {max} of one kind."),
            ("items.0.count.type", "How many, in digits?"),
        ],
        names: &[("firstName", "first name"), ("items.*.count", "number")],
    }
}

#[tokio::test]
async fn a_message_is_chosen_by_field_and_rule() {
    let client = TestApp::new()
        .config("validation", |_| messages())
        .routes(|route| {
            route.post("/", async |req: HttpRequest| -> Result {
                let order: Order = req.validate().await?;
                Ok(order.first_name.into_response())
            });
        })
        .client()
        .await;
    let errors = |sent| {
        let client = client.clone();
        async move { client.post_json("/", sent).await.json::<serde_json::Value>()["errors"].clone() }
    };
    let items = json!([{"count": "x"}, {"count": 10}, {"count": 0}, {}]);
    assert_eq!(
        errors(json!({"firstName": "ab", "items": items})).await,
        json!({
            "firstName": ["Shorter than 3: first name."],
            "items": ["The items field must not have more than 2 items."],
            "items.0.count": ["How many, in digits?"],
            "items.1.count": ["At most 9 of one kind."],
            "items.2.count": ["The number field must be at least 1."],
            "items.3.count": ["Please fill in number."],
            "weight": ["Please fill in weight."],
        })
    );
    assert_eq!(
        errors(json!({"firstName": "abcdef", "items": [], "weight": 1})).await,
        json!({
            "firstName": ["The first name field must not be greater than 5 characters."],
            "weight": ["The weight field must be at least 1.5."],
        })
    );
}

#[tokio::test]
async fn a_message_for_a_rule_that_does_not_exist_is_a_boot_error() {
    let config = || ValidationConfig {
        messages: &[("required", "x"), ("title.requird", "x"), ("title", "x")],
        ..ValidationConfig::default()
    };
    let app = TestApp::new().config("validation", move |_| config());
    let error = TestClient::try_new(app.builder()).await.err().expect("refused").to_string();
    assert!(error.contains("config/validation.rs: the message `title.requird` is for"), "{error}");
    assert!(error.contains("the message `title` is for a rule"), "{error}");
    assert!(error.contains("cure: end it with one of required, type, "), "{error}");
}
