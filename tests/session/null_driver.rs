//! The driver `null`, which keeps nothing, and the bounds of `memory`.

use lunox::prelude::*;
use lunox::session::MemoryDriver;
use lunox::testing::TestApp;

const COOKIE: &str = "lunox_session";

#[tokio::test]
async fn with_null_a_session_lives_for_its_request_and_no_cookie_is_set() {
    let visitor = TestApp::new()
        .driver("null")
        .routes(|route| {
            route.get("/within", async |req: HttpRequest| {
                let session = req.session();
                assert!(session.is_new() && session.all().is_empty());
                session.put("name", "Ada");
                session.flash("status", "saved");
                session.regenerate();
                session.increment("n", 2);
                (session.get_or("name", String::new()), session.get_or("n", 0)).0
            });
            route.get("/logout", async |req: HttpRequest| {
                req.session().put("name", "Ada");
                req.session().invalidate();
                req.session().put("after", true);
            });
        })
        .client()
        .await;
    for path in ["/within", "/logout", "/within"] {
        let response = visitor.get(path).await;
        response
            .assert_ok()
            .assert_cookie_missing(COOKIE)
            .assert_header("cache-control", "private");
    }
    visitor.get("/within").await.assert_text("Ada");
    visitor.set_cookie(COOKIE, &"A".repeat(43));
    visitor.get("/within").await.assert_ok().assert_cookie_missing(COOKIE);
    visitor.with_session([("name", "Ada")]).await;
    assert!(visitor.session().await.is_empty());
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    assert_eq!(manager.sweep(100).await.expect("sweeps"), 0);
    assert!(manager.list().await.expect("answers").is_none());
}

#[tokio::test]
async fn an_unknown_driver_is_told_which_ones_there_are() {
    let wrong = TestApp::new().driver("radis").register(|app| {
        let sessions = app.make::<SessionManager>().expect("bound");
        sessions.extend("mongo", |_| Ok(MemoryDriver::new()));
    });
    let Err(error) = wrong.try_client().await else { panic!("it started") };
    let known = "unknown session driver `radis` (SESSION_DRIVER); known: file, memory, array, cookie, null, redis, sqlite, postgres, mysql, mongo";
    assert!(error.to_string().contains(known), "{error}");
}

#[tokio::test]
async fn the_memory_driver_keeps_as_much_as_the_configuration_says() {
    let few: [fn(&mut SessionConfig); 2] =
        [|session| session.memory_records = 10, |session| session.memory_bytes = 1_000];
    for limit in few {
        let visitor = TestApp::new()
            .session(limit)
            .routes(|route| {
                route.get("/put", async |req: HttpRequest| req.session().put("name", "Ada"));
            })
            .client()
            .await;
        for _ in 0..40 {
            visitor.another().get("/put").await.assert_ok();
        }
        visitor.get("/put").await.assert_ok().assert_session_has_value("name", "Ada");
        let manager = visitor.app().make::<SessionManager>().expect("bound");
        let kept = manager.list().await.expect("reads").expect("lists").len();
        assert!((1..=20).contains(&kept), "{kept} sessions are kept");
    }
}
