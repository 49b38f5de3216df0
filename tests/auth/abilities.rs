//! Who may do what.

use lunox::prelude::*;
use lunox::testing::TestApp;
use serde_json::json;

use crate::support::{User, bare, populate, users};

struct Post {
    author: u64,
}

fn app(users: &lunox::auth::MemoryUsers<User>) -> TestApp {
    bare(users)
        .register(|app| {
            app.booted(async |_| {
                auth().define("edit", |user: &User, post: &Post| post.author == user.id);
                auth().define("administer", |user: &User, (): &()| user.id == 7);
                Ok(())
            });
        })
        .routes(|route| {
            route.get("/edit", async || {
                let post = Post { author: 7 };
                assert_ne!(
                    auth().allows("edit", &post).await?,
                    auth().denies("edit", &post).await?
                );
                auth().authorize("edit", &post).await?;
                Ok::<_, Error>("edited")
            });
            route.get("/admin", async || "in").middleware("can:administer");
            route.get("/mistyped", async || format!("{:?}", auth().allows("edti", &()).await));
            route.get("/other", async || format!("{:?}", auth().allows("edit", &7_u8).await));
        })
}

#[tokio::test]
async fn who_has_an_ability_passes_and_others_are_answered_403() {
    let users = users();
    let client = app(&users).client().await;
    populate(&client, &users).await;
    let message = json!({"message": "This action is unauthorized."});
    for path in ["/edit", "/admin"] {
        let (guest, ada, bob) = (client.another(), client.another(), client.another());
        ada.acting_as(&users.find("7").expect("Ada")).await.get(path).await.assert_ok();
        bob.acting_as(&users.find("8").expect("Bob")).await;
        for visitor in [guest, bob] {
            visitor.get(path).await.assert_forbidden();
            visitor.get(path).accept_json().await.assert_forbidden().assert_exact_json(&message);
        }
    }
}

#[tokio::test]
async fn an_ability_that_is_not_defined_is_an_error_that_names_the_likeliest() {
    let users = users();
    let client = app(&users).client().await;
    populate(&client, &users).await;
    // For guests as well: a mistake must not look like a refusal.
    client.get("/mistyped").await.assert_see("no ability is named `edti`, did you mean `edit`");
    client.acting_as(&users.find("7").expect("Ada")).await;
    client.get("/other").await.assert_see("Post`, and was asked about `u8`");
}

#[tokio::test]
async fn a_route_that_names_no_ability_keeps_the_application_from_starting() {
    for (name, what) in [
        ("can:admnister", "no ability is named `admnister`, did you mean `administer`"),
        ("can:anything", "no ability is named `anything`\n     cure: define it with auth().define"),
        ("can:edit", "Post`\n     cure: call auth().authorize(\"edit\", ...) in the action"),
        ("can", "it takes one ability\n     cure: write can:administer"),
    ] {
        let app = app(&users()).routes(move |route| {
            route.get("/refused", async || "in").middleware(name);
        });
        let error = app.try_client().await.map(|_| ()).expect_err("it cannot start").to_string();
        assert!(error.contains(what), "{error}");
    }
}
