//! Hashing passwords, and changing them.

use lunox::auth::Auth;
use lunox::prelude::*;

use crate::support::{User, ada, bare, bare_with, populate, quick_config, users, visit};

#[tokio::test]
async fn a_hash_names_argon2id_and_its_parameters_and_has_a_salt_of_its_own() {
    let client = bare_with(&users(), |_| AuthConfig::default()).client().await;
    let auth = client.app().make::<Auth>().expect("the guard");
    let long = "ü".repeat(100);
    let hash = auth.hash_password(&long).await.expect("a hash");
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert_ne!(auth.hash_password(&long).await.expect("a hash"), hash);
    assert!(auth.verify_password(&long, &hash).await.expect("verified"));
    // Nothing is cut off (ASVS 5.0, 6.2.8).
    assert!(!auth.verify_password(&long[..198], &hash).await.expect("verified"));
}

#[tokio::test]
async fn a_hash_with_other_parameters_is_replaced_at_the_next_login() {
    let users = users();
    let weak = bare_with(&users, |_| AuthConfig { hash_iterations: 1, ..quick_config() });
    populate(&weak.client().await, &users).await;
    let old = users.find("7").expect("Ada").password;
    let client = bare_with(&users, |_| AuthConfig { hash_iterations: 3, ..quick_config() })
        .routes(|route| {
            route.post("/login", async |req: HttpRequest| {
                let ada =
                    [("email", "ada@example.com".to_owned()), ("password", req.string("password"))];
                let done = auth().attempt(ada).await?;
                let user = req.user::<User>().await?;
                assert!(user.is_none_or(|user| user.password.contains("t=3")));
                Ok::<_, Error>(done.to_string())
            });
        })
        .client()
        .await;
    client.post("/login", [("password", "wrong")]).await.assert_text("false");
    assert_eq!(users.find("7").expect("Ada").password, old);
    client.post("/login", [("password", "engine")]).await.assert_text("true");
    let new = users.find("7").expect("Ada").password;
    assert!(new.contains("t=3"), "{new}");
    client.assert_authenticated().await;
    client.post("/login", [("password", "engine")]).await.assert_text("true");
    assert_eq!(users.find("7").expect("Ada").password, new);
}

#[tokio::test]
async fn a_hash_of_another_kind_lets_nobody_in_and_says_so_to_those_who_ask() {
    let (client, users) = visit().await;
    let bcrypt = "$2y$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
    for hash in [bcrypt, "engine", ""] {
        users.insert(User { password: hash.to_owned(), ..users.find("7").expect("Ada") });
        client.post("/login", ada()).await.assert_redirect("/login");
        client.assert_guest().await;
    }
    let auth = client.app().make::<Auth>().expect("the guard");
    let error = auth.verify_password("abc", bcrypt).await.expect_err("another kind");
    assert!(format!("{error:?}").contains("is one of bcrypt, and not one of argon2"), "{error:?}");
    assert!(!format!("{error:?}").contains("R9h"), "{error:?}");
}

#[tokio::test]
async fn functions_hash_and_verify_from_anywhere() {
    let client = bare(&users())
        .routes(|route| {
            route.get("/", async || {
                let hash = hash_password("engine").await?;
                Ok::<_, Error>(verify_password("engine", &hash).await?.to_string())
            });
        })
        .client()
        .await;
    client.get("/").await.assert_text("true");
}

#[tokio::test]
async fn asvs_s14_a_changed_password_ends_the_other_sessions_and_not_this_one() {
    for driver in ["memory", "file", "cookie"] {
        let (here, _) = crate::support::visit_on(driver).await;
        let there = here.another();
        for browser in [&here, &there] {
            browser.post("/login", ada()).await;
            browser.post("/put", [("cart", "tea")]).await;
        }
        here.post("/password", [("password", "loom")]).await.assert_text("changed");
        here.get("/account").await.assert_text("ada@example.com");
        here.get("/").await.assert_session_has_value("cart", "tea");
        there.assert_guest().await;
        // With what was in it.
        there
            .get("/account")
            .await
            .assert_redirect("/login")
            .assert_session_missing(["cart", "auth"]);
        there.post("/login", ada()).await.assert_redirect("/login");
        there.post("/login", [("email", "ada@example.com"), ("password", "loom")]).await;
        there.assert_authenticated().await;
    }
}

#[tokio::test]
async fn an_administrator_who_sets_a_password_stays_who_they_are() {
    let users = users();
    let client = bare(&users)
        .routes(|route| {
            route.post("/set", async |req: HttpRequest| {
                let users = crate::support::stored(&req);
                let mut bob = users.find("8").expect("Bob");
                bob.password = hash_password("new").await?;
                users.insert(bob.clone());
                auth().password_changed(&bob).await
            });
        })
        .client()
        .await;
    populate(&client, &users).await;
    let (ada, bob) = (users.find("7").expect("Ada"), users.find("8").expect("Bob"));
    let other = client.another();
    other.acting_as(&bob).await;
    client.acting_as(&ada).await.post("/set", ()).await.assert_ok();
    client.assert_authenticated_as(&ada).await;
    other.assert_guest().await;
    let guest = client.another();
    guest.post("/set", ()).await.assert_ok();
    guest.assert_guest().await;
}

#[tokio::test]
async fn asvs_s14_other_devices_are_logged_out_with_the_password() {
    let (here, users) = visit().await;
    let there = here.another();
    for browser in [&here, &there] {
        browser.post("/login", ada()).await;
    }
    here.post("/others", [("password", "bridge")]).await.assert_text("false");
    there.assert_authenticated().await;
    here.post("/others", [("password", "engine")]).await.assert_text("true");
    here.assert_authenticated_as(&users.find("7").expect("Ada")).await;
    there.get("/account").await.assert_redirect("/login");
    // The password is still the same.
    there.post("/login", ada()).await.assert_redirect("/account");
    here.another().post("/others", [("password", "engine")]).await.assert_text("false");
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_the_one_before() {
    let (client, users) = visit().await;
    let elsewhere = client.another();
    client.post("/change/loom", ()).await.assert_text("false");
    for visitor in [&client, &elsewhere] {
        visitor.post("/login", ada()).await;
    }
    let before = users.find("7").expect("Ada").password;
    client.post("/change/loom", ()).await.assert_text("true");
    assert_ne!(users.find("7").expect("Ada").password, before);
    client.get("/account").await.assert_text("ada@example.com");
    elsewhere.get("/account").await.assert_redirect("/login");
    // It is not `engine` any more, which the route takes it to be.
    let changed = users.find("7").expect("Ada").password;
    client.post("/change/again", ()).await.assert_text("false");
    assert_eq!(users.find("7").expect("Ada").password, changed);
}
