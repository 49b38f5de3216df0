//! Session fixation: a token that the server never issued, and every way of writing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lunox::prelude::*;
use lunox::session::{MemoryDriver, SessionDriver};
use lunox::testing::{FaultyDriver, TestApp};

use super::support::key_of;

const COOKIE: &str = "lunox_session";

type Way = (&'static str, fn(&Session));

/// Ways of writing that leave something in the store.
const WRITES: &[Way] = &[
    ("put", |s| s.put("a", 1)),
    ("put null", |s| s.put("a", ())),
    ("put with dots", |s| s.put("a.b.c", 1)),
    ("put_many", |s| s.put_many([("a", 1), ("b", 2)])),
    ("replace", |s| s.replace([("a", 1)])),
    ("push", |s| s.push("list", 1)),
    ("increment", |s| {
        s.increment("n", 1);
    }),
    ("increment by nothing", |s| {
        s.increment("n", 0);
    }),
    ("decrement", |s| {
        s.decrement("n", 1);
    }),
    ("remember", |s| {
        s.remember("a", || 1);
    }),
    ("flash", |s| s.flash("a", 1)),
    ("flash_input", |s| s.flash_input(Default::default())),
    ("flash and reflash", |s| {
        s.flash("a", 1);
        s.reflash();
    }),
    ("flash and keep", |s| {
        s.flash("a", 1);
        s.keep("a");
    }),
    ("now and put", |s| {
        s.now("a", 1);
        s.put("a", 1);
    }),
    ("flush and put", |s| {
        s.flush();
        s.put("a", 1);
    }),
    ("regenerate and put", |s| {
        s.regenerate();
        s.put("a", 1);
    }),
    ("put and migrate", |s| {
        s.put("a", 1);
        s.migrate();
    }),
    ("invalidate and put", |s| {
        s.invalidate();
        s.put("a", 1);
    }),
    ("put, invalidate, flash", |s| {
        s.put("a", 1);
        s.invalidate();
        s.flash("b", 1);
    }),
];

/// What leaves nothing: no record, no cookie.
const IDLE: &[Way] = &[
    ("now", |s| s.now("a", 1)),
    ("put and forget", |s| {
        s.put("a", 1);
        s.forget("a");
    }),
    ("put and pull", |s| {
        s.put("a", 1);
        s.pull::<u8>("a");
    }),
    ("forget", |s| s.forget("a")),
    ("flush", Session::flush),
    ("reflash", Session::reflash),
    ("keep", |s| s.keep("a")),
    ("regenerate", Session::regenerate),
    ("migrate", Session::migrate),
    ("invalidate", Session::invalidate),
    ("put and invalidate", |s| {
        s.put("a", 1);
        s.invalidate();
    }),
];

/// Sends a request with a planted token; gives the visitor's cookie afterwards.
async fn with_planted((name, way): Way) -> (String, Option<String>) {
    let store = FaultyDriver::new(MemoryDriver::new());
    let visitor = TestApp::new()
        .driver(store.clone())
        .routes(move |route| {
            route.get("/", move |req: HttpRequest| async move { way(&req.session()) });
        })
        .client()
        .await;
    let bytes = [7; 32];
    let planted = URL_SAFE_NO_PAD.encode(bytes);
    visitor.set_cookie(COOKIE, &planted);
    visitor.get("/").await.assert_ok();
    let key = key_of(&planted);
    let under_it = store.inner().read(&key).await.expect("reads");
    assert_eq!(under_it, None, "{name} adopted the token");
    let records =
        store.inner().list(None, 10).await.expect("lists").expect("can list").records.len();
    let cookie = visitor.cookie(COOKIE).filter(|cookie| *cookie != planted);
    assert_eq!(records, usize::from(cookie.is_some()), "{name}");
    let victim = visitor.another();
    victim.set_cookie(COOKIE, &planted);
    assert_eq!(victim.session().await.len(), 0, "{name}");
    (planted, cookie)
}

#[tokio::test]
async fn rule_2_every_way_of_writing_with_a_planted_token_ends_under_another() {
    for way in WRITES {
        let (planted, cookie) = with_planted(*way).await;
        let cookie = cookie.unwrap_or_else(|| panic!("{}: no token was issued", way.0));
        assert_ne!(cookie, planted, "{}", way.0);
    }
}

#[tokio::test]
async fn rule_2_what_stores_nothing_with_a_planted_token_issues_none() {
    for way in IDLE {
        assert_eq!(with_planted(*way).await.1, None, "{}", way.0);
    }
}

#[tokio::test]
async fn rule_2_a_token_that_was_valid_once_is_not_adopted_either() {
    let app = TestApp::new().routes(|route| {
        route.get("/put", async |req: HttpRequest| req.session().put("a", 1));
        route.get("/logout", async |req: HttpRequest| req.session().invalidate());
    });
    let visitor = app.client().await;
    visitor.get("/put").await.assert_ok();
    let old = visitor.cookie(COOKIE).expect("a cookie");
    visitor.get("/logout").await.assert_ok();
    visitor.set_cookie(COOKIE, &old);
    visitor.get("/put").await.assert_ok().assert_cookie_missing(COOKIE);
    visitor.travel_minutes(1);
    visitor.set_cookie(COOKIE, &old);
    visitor.get("/put").await.assert_ok().assert_cookie(COOKIE);
    assert_ne!(visitor.cookie(COOKIE), Some(old));
}
