//! What keeps an application with accounts from starting.

use std::time::Duration;

use lunox::prelude::*;
use lunox::testing::TestApp;

use crate::support::{bare, bare_with, quick_config, users};

async fn refusal(app: TestApp) -> String {
    app.try_client().await.map(|_| ()).expect_err("it cannot start").to_string()
}

#[tokio::test]
async fn there_has_to_be_a_user_provider() {
    let error = refusal(TestApp::new().provider(AuthServiceProvider)).await;
    assert!(error.contains("nobody has said where the users are"), "{error}");
    assert!(error.contains("cure: call auth().provider(...)"), "{error}");
}

#[tokio::test]
async fn there_has_to_be_a_key() {
    let error = refusal(bare(&users()).app(|app| app.key = None)).await;
    assert!(error.contains("AuthServiceProvider::register"), "{error}");
    assert!(error.contains("cargo artisan key:generate"), "{error}");
}

#[tokio::test]
async fn hashes_weaker_than_owasp_allows_are_for_tests_alone() {
    let weak = |memory, passes| {
        let config = AuthConfig { hash_memory: memory, hash_iterations: passes, ..quick_config() };
        bare_with(&users(), move |_| config.clone()).debug()
    };
    for (memory, passes) in [(8, 1), (19_456, 1), (19_455, 2), (12_287, 3), (47_103, 1)] {
        let error = refusal(weak(memory, passes)).await;
        assert!(error.contains("weaker than OWASP allows"), "{memory} {passes}: {error}");
    }
    for (memory, passes) in [(19_456, 2), (47_104, 1), (12_288, 3), (9_216, 4), (7_168, 5)] {
        weak(memory, passes).client().await;
    }
}

#[tokio::test]
async fn options_that_cannot_be_meant_are_reported_together() {
    let config = AuthConfig {
        hashes_at_once: 0,
        home: "https://elsewhere.test".to_owned(),
        login: String::new(),
        remember_for: Duration::ZERO,
        reset_for: Duration::from_millis(999),
        ..quick_config()
    };
    let error = refusal(bare_with(&users(), move |_| config.clone())).await;
    assert!(error.contains("5 problems"), "{error}");
    for option in ["hashes_at_once", "remember_for", "reset_for"] {
        assert!(error.contains(&format!("`{option}` is 0")), "{error}");
    }
    assert!(error.contains("`login` is empty"), "{error}");
    assert!(error.contains("`home` is `https://elsewhere.test`"), "{error}");

    let config = AuthConfig { hash_parallelism: 0, ..quick_config() };
    let error = refusal(bare_with(&users(), move |_| config.clone())).await;
    assert!(error.contains("the parameters of argon2id are out of range"), "{error}");
}

#[tokio::test]
async fn the_names_need_the_provider() {
    for name in ["auth", "guest", "can:edit"] {
        let app = TestApp::new().routes(move |route| {
            route.get("/", async || "in").middleware(name);
        });
        let error = refusal(app).await;
        assert!(error.contains("add AuthServiceProvider"), "{error}");
    }
    let app = TestApp::new().register(|app| {
        app.booted(async |_| {
            auth();
            Ok(())
        });
    });
    let error = refusal(app).await;
    assert!(error.contains("auth() needs AuthServiceProvider"), "{error}");
}
