//! `encrypt()`, `decrypt()` and the keyring in the container.

use lunox::encryption::{AppKey, Keyring};
use lunox::prelude::*;
use lunox::testing::TestApp;

#[tokio::test]
async fn values_are_encrypted_under_the_keys_of_the_application() {
    let routes = |route: &mut Router| {
        route.get("/encrypt", async || encrypt(&(7, "Ada")));
        route.get("/decrypt", async |req: HttpRequest| -> Result {
            let (number, name) = decrypt::<(u8, String)>(&req.string("text"))?;
            Ok(format!("{number} {name}").into_response())
        });
    };
    let [old, new] = [(), ()].map(|()| AppKey::generate().expect("random bytes"));
    let app = |key: &AppKey, previous: &[AppKey]| {
        let (key, previous_keys) = (Some(key.clone()), previous.to_vec());
        let app = TestApp::new().app(|app| (app.key, app.previous_keys) = (key, previous_keys));
        app.routes(routes)
    };
    let client = app(&old, &[]).client().await;
    let text = client.get("/encrypt").await.text();
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert!(text != client.get("/encrypt").await.text(), "each text is another one");
    client.get(&format!("/decrypt?text={text}")).await.assert_text("7 Ada");
    // A new key opens it as long as the old one is among the previous ones.
    let rotated = app(&new, &[old]).client().await;
    rotated.get(&format!("/decrypt?text={text}")).await.assert_text("7 Ada");

    let without = app(&new, &[]).client().await;
    without
        .get(&format!("/decrypt?text={text}"))
        .await
        .assert_status(500)
        .assert_dont_see("APP_KEY");
    let keys = without.app().make::<Keyring>().expect("bound");
    let told = |text: &str| keys.decrypt::<u8>(text).expect_err("refused").to_string();
    let foreign = "the text cannot be decrypted: it is not what encrypt() returned, or was encrypted under a key that \
                   is neither APP_KEY nor among APP_PREVIOUS_KEYS";
    assert_eq!([told(&text), told(""), told("%")], [foreign; 3]);
    let name = keys.encrypt("Ada").expect("encrypts");
    assert_eq!(told(&name), "the text was decrypted, but what it holds is not a `u8`");
}

#[tokio::test]
async fn without_a_key_encrypting_says_what_to_do() {
    let app = TestApp::new().app(|app| app.key = None).client().await;
    let error = app.app().make::<Keyring>().expect_err("no key");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(cause, "APP_KEY is not set; run `cargo artisan key:generate`");
}
