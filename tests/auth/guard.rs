//! Logging in and out.

use lunox::prelude::*;

use crate::support::{User, ada, bare, bob, populate, stored, users, visit};

#[tokio::test]
async fn who_has_the_credentials_is_logged_in_until_the_logout() {
    let (client, users) = visit().await;
    client.get("/").await.assert_text("guest");
    client.post("/login", ada()).await.assert_redirect("/account");
    client.get("/").await.assert_text("7");
    client.get("/account").await.assert_text("ada@example.com");
    let user = users.find("7").expect("Ada");
    client.assert_authenticated().await.assert_authenticated_as(&user).await;
    client.post("/logout", ()).await.assert_redirect("/");
    client.get("/").await.assert_text("guest");
    client.assert_guest().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_are_answered_alike() {
    let (client, _) = visit().await;
    let mut answers = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        let visitor = client.another();
        let answer = visitor.post("/login", [("email", email), ("password", "guess")]).await;
        answer.assert_redirect("/login").assert_session_missing_input("password");
        answer.assert_session_has_error("email", "These credentials do not match our records.");
        visitor.assert_guest().await;
        let names: Vec<String> = answer.headers().keys().map(ToString::to_string).collect();
        answers.push((answer.status(), answer.bytes().clone(), names));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_login_by_the_identifier_or_with_the_user_needs_no_password() {
    let (client, users) = visit().await;
    client.post("/login/9", ()).await.assert_text("nobody");
    client.assert_guest().await;
    client.post("/login/8", ()).await.assert_text("in");
    client.get("/account").await.assert_text("bob@example.com");

    let client = bare(&users)
        .routes(|route| {
            route.get("/", async |req: HttpRequest| {
                let Some(user) = stored(&req).find("7") else { return abort(404) };
                auth().login(&user).await?;
                assert!(auth().check());
                Ok(req.user::<User>().await?.map(|user| user.email.clone()).into_response())
            });
        })
        .client()
        .await;
    // Other keys: the hashes stay good, and the fingerprints are others.
    client.get("/").await.assert_text("ada@example.com");
    client.assert_authenticated().await;
}

#[tokio::test]
async fn once_logs_in_for_one_request_and_leaves_the_session_alone() {
    let users = users();
    let client = bare(&users)
        .routes(|route| {
            route.get("/once", async || {
                assert!(!auth().once([("email", "ada@example.com"), ("password", "no")]).await?);
                assert!(auth().guest());
                assert!(auth().validate(ada()).await?);
                assert!(auth().guest());
                assert!(auth().once(ada()).await?);
                assert_eq!(auth().id().as_deref(), Some("7"));
                Ok::<_, Error>(auth().user::<User>().await?.map(|user| user.email.clone()))
            });
            route.get("/id/{id}", async |_: HttpRequest, id: String| {
                let found = auth().once_using_id(id).await?;
                assert_eq!(found, auth().check());
                Ok::<_, Error>(auth().id())
            });
        })
        .client()
        .await;
    populate(&client, &users).await;
    let answer = client.get("/once").await;
    answer.assert_text("ada@example.com").assert_cookie_missing(&cookie_name(&client));
    client.get("/id/8").await.assert_text("8");
    client.get("/id/9").await.assert_not_found();
    client.assert_guest().await;
}

#[tokio::test]
async fn asvs_s13_the_sessions_of_a_user_are_found_by_the_user_and_can_be_ended() {
    use lunox::session::UserSessions;

    for driver in ["memory", "file"] {
        let (first, _) = crate::support::visit_with(|app| app.driver(driver)).await;
        let (second, other) = (first.another(), first.another());
        first.post("/login", ada()).await;
        second.post("/login/7", ()).await;
        other.post("/login", bob()).await;
        let manager = first.app().make::<SessionManager>().expect("sessions");
        let of_ada = UserSessions::of(&manager, "web", "7").expect("keys");
        let list = async || of_ada.list().await.expect("lists").expect("an index");
        assert_eq!(list().await.len(), 2, "{driver}");
        // A new token, and the login of somebody else in the same browser.
        first.post("/confirm", [("password", "engine")]).await.assert_text("true");
        assert_eq!(list().await.len(), 2, "{driver}");
        second.post("/login", bob()).await;
        assert_eq!(list().await.len(), 1, "{driver}");
        let id = list().await[0].summary.id;
        assert!(of_ada.end(id).await.expect("ends"), "{driver}");
        first.assert_guest().await;
        second.assert_authenticated().await;
        second.post("/logout", ()).await;
        let of_bob = UserSessions::of(&manager, "web", "8").expect("keys");
        assert_eq!(of_bob.list().await.expect("lists").expect("an index").len(), 1, "{driver}");
    }
}

/// How many sessions the driver's index has of Ada.
async fn sessions_of_ada(client: &lunox::testing::TestClient) -> Option<usize> {
    let manager = client.app().make::<SessionManager>().expect("sessions");
    let of_ada = lunox::session::UserSessions::of(&manager, "web", "7").expect("keys");
    of_ada.list().await.expect("lists").map(|list| list.len())
}

#[tokio::test]
async fn a_test_that_acts_as_a_user_is_in_the_index_of_the_users_sessions() {
    for driver in ["memory", "file"] {
        let (client, users) = crate::support::visit_with(|app| app.driver(driver)).await;
        client.acting_as(&users.find("7").expect("Ada")).await;
        client.another().post("/login", ada()).await;
        assert_eq!(sessions_of_ada(&client).await, Some(2), "{driver}");
    }
}

#[tokio::test]
async fn a_changed_password_removes_the_other_sessions_from_the_store_where_it_lists_them() {
    for (driver, left) in [("memory", Some(1)), ("file", Some(1)), ("cookie", None)] {
        let (client, _) = crate::support::visit_on(driver).await;
        let elsewhere = [client.another(), client.another()];
        client.post("/login", ada()).await;
        client.post("/put", [("cart", "tea")]).await;
        for other in &elsewhere {
            other.post("/login", ada()).await;
        }
        client.post("/password", [("password", "loom")]).await.assert_text("changed");
        assert_eq!(sessions_of_ada(&client).await, left, "{driver}");
        for other in &elsewhere {
            other.get("/account").await.assert_redirect("/login");
        }
        client.get("/account").await.assert_session_has_value("cart", "tea");
    }
}

fn cookie_name(client: &lunox::testing::TestClient) -> String {
    client.app().make::<SessionManager>().expect("sessions").cookie_name().to_owned()
}

#[tokio::test]
async fn the_provider_is_asked_for_the_user_once_a_request() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Counting(Arc<AtomicUsize>);

    impl UserProvider for Counting {
        type User = User;

        async fn retrieve_by_id(&self, id: &str) -> Result<Option<User>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let id = id.parse()?;
            Ok(Some(User { id, email: "ada@example.com".to_owned(), password: String::new() }))
        }

        async fn retrieve_by_credentials(&self, _: &Credentials) -> Result<Option<User>> {
            Ok(None)
        }

        async fn update_password(&self, _: &User, _: &str) -> Result<bool> {
            Ok(false)
        }
    }

    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let client = bare(&users())
        .register(|app| {
            app.booted(async move |_| {
                auth().provider(Counting(counted));
                Ok(())
            });
        })
        .routes(|route| {
            route
                .get("/", async |req: HttpRequest| {
                    let first = req.user::<User>().await?.map(|user| user.id);
                    assert_eq!(auth().user::<User>().await?.map(|user| user.id), first);
                    Ok::<_, Error>(first.map(|id| id.to_string()))
                })
                .middleware("auth");
        })
        .client()
        .await;
    let user = User { id: 7, email: String::new(), password: String::new() };
    client.acting_as(&user).await.get("/").await.assert_text("7");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_a_guest_had_in_the_session_stays_and_what_another_user_had_does_not() {
    let (client, _) = visit().await;
    client.post("/put", [("cart", "tea")]).await;
    client.post("/login", ada()).await.assert_session_has_value("cart", "tea");
    client.post("/login", ada()).await.assert_session_has_value("cart", "tea");
    client.post("/login", bob()).await.assert_session_missing("cart");
    client.get("/account").await.assert_text("bob@example.com");
}

#[tokio::test]
async fn a_user_of_another_type_is_an_error_that_names_both() {
    #[derive(Clone)]
    struct Admin;

    impl Authenticatable for Admin {
        fn auth_identifier(&self) -> String {
            "7".to_owned()
        }

        fn auth_password(&self) -> &str {
            ""
        }
    }

    let users = users();
    let client = bare(&users)
        .routes(|route| {
            route.get("/in", async || format!("{:?}", auth().login(&Admin).await));
            route.get("/user", async || {
                format!("{:?}", auth().user::<Admin>().await.map(|user| user.is_some()))
            });
        })
        .client()
        .await;
    populate(&client, &users).await;
    let refused = client.get("/in").await;
    refused.assert_see("Admin` cannot log in").assert_see("support::User");
    client.assert_guest().await;
    client.acting_as(&users.find("7").expect("Ada")).await;
    client.get("/user").await.assert_see("the user provider finds no");
}
