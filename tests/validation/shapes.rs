//! What serde refuses, all at once.

#![allow(dead_code, reason = "the forms are checked and not used")]

use lunox::prelude::*;
use lunox::testing::TestApp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The errors about an input; null if it fits.
async fn errors<T>(sent: Value) -> Value
where
    T: DeserializeOwned + Validate<Context = ()> + Send + Sync + 'static,
{
    let client = TestApp::new()
        .routes(|route| {
            route.post("/", async |req: HttpRequest| req.validate::<T>().await.map(|_| "fits"));
        })
        .client()
        .await;
    let answer = client.post_json("/", sent).await;
    if answer.status() == 200 { Value::Null } else { answer.json::<Value>()["errors"].clone() }
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "lowercase")]
enum Size {
    Small,
    Large,
}

#[derive(Deserialize, Validate)]
struct Everything {
    #[garde(skip)]
    id: uuid::Uuid,
    #[garde(skip)]
    size: Size,
    #[garde(length(min = 1))]
    tags: Vec<String>,
    #[garde(dive)]
    address: Address,
    #[garde(skip)]
    maybe: Option<uuid::Uuid>,
    #[garde(length(chars, min = 8))]
    password: String,
    #[garde(matches(password))]
    again: String,
}

#[derive(Deserialize, Validate)]
struct Address {
    #[garde(length(min = 2))]
    city: String,
    #[garde(skip)]
    zip: u32,
}

#[tokio::test]
async fn a_value_without_a_stand_in_hides_no_other_error_of_shape() {
    let sent = json!({
        "id": "zz", "size": "huge", "tags": ["a", 1, null], "address": {"city": "x"}, "maybe": "zz",
        "password": 5, "again": "secret",
    });
    let errors = errors::<Everything>(sent).await;
    for (field, message) in [
        ("id", "The id field is not valid: "),
        ("size", "The size field must be one of small, large."),
        ("tags.1", "The tags.1 field must be text."),
        ("tags.2", "The tags.2 field is required."),
        ("address.zip", "The address.zip field is required."),
        ("maybe", "The maybe field is not valid: "),
        ("password", "The password field must be text."),
    ] {
        let found = errors[field][0].as_str().unwrap_or_default();
        assert!(found.starts_with(message), "{field}: {errors}");
    }
    assert_eq!(errors.as_object().map(|errors| errors.len()), Some(7), "{errors}");
}

#[tokio::test]
async fn rules_run_beside_errors_of_shape_and_say_nothing_about_stand_ins() {
    let id = uuid::Uuid::nil();
    let sent = json!({
        "id": id, "size": "huge", "tags": [], "address": {"city": "x"}, "password": 5, "again": "secret",
    });
    assert_eq!(
        errors::<Everything>(sent).await,
        json!({
            "size": ["The size field must be one of small, large."],
            "tags": ["The tags field must have at least 1 item."],
            "address.city": ["The address.city field must be at least 2 characters."],
            "address.zip": ["The address.zip field is required."],
            "password": ["The password field must be text."],
        })
    );
}

#[tokio::test]
async fn an_optional_value_that_is_refused_does_not_keep_the_rules_from_running() {
    let id = uuid::Uuid::nil();
    let sent = json!({
        "id": id, "size": "small", "tags": ["a"], "address": {"city": "London", "zip": 1}, "maybe": "zz",
        "password": "short", "again": "other",
    });
    let errors = errors::<Everything>(sent).await;
    let fields: Vec<&String> = errors.as_object().expect("a map").keys().collect();
    assert_eq!(fields, ["again", "maybe", "password"], "{errors}");
    assert_eq!(errors["again"][0], "The again field must match password.");
}

#[derive(Deserialize, Validate)]
struct Wide {
    #[garde(skip)]
    list: Vec<uuid::Uuid>,
}

/// Each would be another pass over all of them.
#[tokio::test]
async fn a_long_list_of_values_without_stand_ins_costs_a_bounded_number_of_passes() {
    let errors = errors::<Wide>(json!({"list": vec!["zz"; 5_000]})).await;
    let found = errors.as_object().map(|errors| errors.len()).unwrap_or_default();
    assert!((1..100).contains(&found), "{found}");
}

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Strict {
    #[garde(skip)]
    a: u8,
    #[serde(alias = "c")]
    #[garde(skip)]
    b: u8,
}

#[tokio::test]
async fn unknown_fields_are_noted_with_the_others() {
    assert_eq!(
        errors::<Strict>(json!({"x": 1, "_token": "x", "a": "y"})).await,
        json!({
            "a": ["The a field must be a whole number."],
            "b": ["The b field is required."],
            "x": ["The x field is not known."],
        })
    );
}

#[derive(Deserialize, Validate)]
struct Stricts {
    #[garde(skip)]
    list: Vec<Strict>,
}

#[tokio::test]
async fn a_field_under_another_of_its_names_is_not_missing() {
    assert_eq!(
        errors::<Stricts>(json!({"list": [{"a": 1, "c": 2}, {"a": 1}, {"c": 1}]})).await,
        json!({
            "list.1.b": ["The list.1.b field is required."],
            "list.2.a": ["The list.2.a field is required."],
        })
    );
}

#[derive(Deserialize, Validate)]
struct Varied {
    #[garde(skip)]
    kind: Kind,
    #[garde(skip)]
    names: std::collections::BTreeMap<String, u8>,
    #[garde(skip)]
    pair: (u8, u8),
    #[serde(default = "ten")]
    #[garde(range(min = 1))]
    per_page: u8,
    #[garde(length(chars, min = 2))]
    last: String,
}

fn ten() -> u8 {
    10
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Other(#[garde(skip)] uuid::Uuid),
    Box {
        #[garde(skip)]
        width: u8,
    },
    Tree(#[garde(skip)] Box<Kind>),
}

#[tokio::test]
async fn every_kind_of_value_is_noted_in_its_place() {
    for (kind, field, message) in [
        (json!({"box": {"width": "x"}}), "kind.box.width", "must be a whole number."),
        (json!({"box": {}}), "kind.box.width", "is required."),
        (json!({"tree": {"box": 5}}), "kind.tree.box", "must be a group of fields."),
        (json!({"other": "zz"}), "kind.other", "is not valid: "),
        (json!({"none": 1}), "kind", "must be one of other, box, tree."),
        (json!(5), "kind", "must be one of other, box, tree."),
    ] {
        let sent = json!({
            "kind": kind, "names": {"a": "x", "b": 1}, "pair": [1, 2, 3], "per_page": "", "last": "",
        });
        let errors = errors::<Varied>(sent).await;
        let found = errors[field][0].as_str().unwrap_or_default();
        assert!(found.contains(message), "{field}: {errors}");
        assert_eq!(errors["names.a"][0], "The names.a field must be a whole number.", "{errors}");
        assert_eq!(errors["pair"][0], "The pair field must be a list of 2.", "{errors}");
        // Behind a kind that cannot be made nobody knows whether a field has a default.
        let fields = errors.as_object().map(|errors| errors.len()).unwrap_or_default();
        assert!((3..=4).contains(&fields), "{errors}");
    }
}

#[derive(Deserialize, Validate)]
struct Anything {
    #[garde(skip)]
    data: Value,
    #[garde(skip)]
    unit: (),
    #[garde(skip)]
    maybe: Option<Value>,
}

#[tokio::test]
async fn a_type_that_accepts_null_is_not_optional() {
    let required = json!({
        "data": ["The data field is required."], "unit": ["The unit field is required."],
    });
    assert_eq!(errors::<Anything>(json!({})).await, required);
    assert_eq!(errors::<Anything>(json!({"data": null, "unit": null})).await, required);
}

#[derive(Deserialize, Validate)]
struct Flat {
    #[garde(length(chars, min = 3))]
    title: String,
    #[serde(flatten)]
    #[garde(skip)]
    address: Flattened,
}

#[derive(Deserialize, Validate)]
struct Flattened {
    #[garde(skip)]
    city: String,
    #[garde(skip)]
    zip: u32,
}

#[tokio::test]
async fn a_flattened_form_ends_with_an_error_and_never_without_one() {
    assert_eq!(errors::<Flat>(json!({"title": "Moon", "city": "x", "zip": 1})).await, Value::Null);
    let missing = errors::<Flat>(json!({"title": "", "city": "x"})).await;
    assert_eq!(missing["title"][0], "The title field is required.", "{missing}");
    let wrong = errors::<Flat>(json!({"title": "ab", "city": 5, "zip": 1})).await;
    assert!(wrong.as_object().is_some_and(|errors| !errors.is_empty()), "{wrong}");
}

#[derive(Deserialize, Validate)]
struct Rules {
    #[garde(length(max = 3))]
    bytes: String,
    #[garde(ascii, alphanumeric)]
    word: String,
    #[garde(ip, prefix("1"), suffix("9"), contains(".5."), pattern("^[0-9.]+$"))]
    host: String,
    #[garde(required, range(max = 2))]
    r#type: Option<u8>,
}

#[tokio::test]
async fn each_rule_of_garde_has_its_words() {
    let errors = errors::<Rules>(json!({"bytes": "üü", "word": "é!", "host": "x"})).await;
    assert_eq!(
        errors,
        json!({
            "bytes": ["The bytes field must not be greater than 3 bytes."],
            "word": [
                "The word field must only contain ASCII characters.",
                "The word field must only contain letters and numbers.",
            ],
            "host": [
                "The host field must be a valid IP address.",
                "The host field must contain .5..",
                "The host field must start with 1.",
                "The host field must end with 9.",
                "The host field format is invalid.",
            ],
            "type": ["The type field is required."],
        })
    );
}
