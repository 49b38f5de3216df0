//! Rule 3: storing and forgetting again is nothing.

use lunox::prelude::*;
use lunox::session::{Session, SessionManager};
use lunox::testing::{TestApp, TestClient};

const COOKIE: &str = "lunox_session";

type Case = (&'static str, fn(&Session));

/// What leaves a new session empty.
const NOTHING: [Case; 12] = [
    ("put, forget", |session| {
        session.put("name", "Ada");
        session.forget("name");
    }),
    ("put, pull", |session| {
        session.put("name", "Ada");
        assert_eq!(session.pull::<String>("name").as_deref(), Some("Ada"));
    }),
    ("flash, forget", |session| {
        session.flash("status", "saved");
        session.forget("status");
    }),
    ("flash, pull", |session| {
        session.flash("status", "saved");
        session.pull::<String>("status");
    }),
    ("increment, forget", |session| {
        session.increment("visits", 1);
        session.forget("visits");
    }),
    ("push, forget", |session| {
        session.push("list", 1);
        session.forget("list");
    }),
    ("put, flush", |session| {
        session.put_many([("name", "Ada"), ("user.name", "Ada")]);
        session.flush();
    }),
    ("put and forget below a map", |session| {
        session.put("user.address.city", "London");
        session.forget("user.address.city");
    }),
    ("put below a map, forget the map", |session| {
        session.put_many([("user.name", "Ada"), ("user.age", "36")]);
        session.push("user.roles", "author");
        session.forget("user");
    }),
    ("several, in another order", |session| {
        session.put("a", 1);
        session.increment("b.c", 1);
        session.forget(["b.c", "a"]);
        session.put("a", 2);
        session.put("a", 3);
        session.forget(["a", "unknown"]);
    }),
    ("now", |session| session.now("notice", "for this page")),
    ("put, logout", |session| {
        session.put("name", "Ada");
        session.invalidate();
    }),
];

/// What leaves something, although some of it was forgotten.
const SOMETHING: [Case; 7] = [
    ("one of two", |session| {
        session.put_many([("a", 1), ("b", 2)]);
        session.forget("a");
    }),
    ("put again", |session| {
        session.put("a", 1);
        session.forget("a");
        session.put("a", 2);
    }),
    ("flush before", |session| {
        session.put("a", 1);
        session.flush();
        session.put("b", 1);
    }),
    ("an empty map that was put", |session| {
        session.put("cart", serde_json::json!({"book": 1}));
        session.forget("cart.book");
    }),
    ("a list whose last element went", |session| {
        session.push("list", 1);
        session.forget("list.0");
    }),
    ("a longer name", |session| {
        session.put("username", "Ada");
        session.put("user", 7);
        session.forget("user");
    }),
    ("a new token for forms", |session| {
        session.regenerate_token();
        session.put("a", 1);
        session.forget("a");
    }),
];

async fn client(driver: &str) -> (TestClient, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let (driver, files) = (driver.to_owned(), folder.path().to_owned());
    let app = TestApp::new()
        .session(move |session| {
            session.driver = driver;
            session.files = files;
        })
        .routes(|route| {
            route.get("/put", async |req: HttpRequest| req.session().put("name", "Ada"));
            route.get("/nothing/{case}", async |req: HttpRequest, case: usize| {
                NOTHING[case].1(&req.session())
            });
            route.get("/something/{case}", async |req: HttpRequest, case: usize| {
                SOMETHING[case].1(&req.session())
            });
            route.get("/logout/{case}", async |req: HttpRequest, case: usize| {
                req.session().invalidate();
                NOTHING[case].1(&req.session());
            });
        });
    (app.client().await, folder)
}

/// How many sessions are stored; `None` where the visitor has them.
async fn stored(visitor: &TestClient) -> Option<usize> {
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    manager.list().await.expect("lists").map(|sessions| sessions.len())
}

#[tokio::test]
async fn rule_3_what_a_new_session_forgets_again_leaves_no_record_and_no_cookie() {
    for driver in ["file", "memory", "cookie", "null"] {
        let (visitor, _folder) = client(driver).await;
        for (index, (case, _)) in NOTHING.iter().enumerate() {
            let response = visitor.get(&format!("/nothing/{index}")).await;
            assert!(response.assert_ok().cookie(COOKIE).is_none(), "{driver}: {case}");
            assert_eq!(stored(&visitor).await.unwrap_or_default(), 0, "{driver}: {case}");
        }
    }
}

#[tokio::test]
async fn rule_3_after_a_logout_too() {
    for driver in ["file", "memory", "cookie"] {
        let (visitor, _folder) = client(driver).await;
        for (index, (case, _)) in NOTHING.iter().enumerate() {
            visitor.get("/put").await.assert_ok().assert_cookie(COOKIE);
            visitor.get(&format!("/logout/{index}")).await.assert_ok();
            assert_eq!(visitor.cookie(COOKIE), None, "{driver}: {case}");
            assert_eq!(stored(&visitor).await.unwrap_or_default(), 0, "{driver}: {case}");
        }
    }
}

#[tokio::test]
async fn what_a_new_session_keeps_is_stored_whatever_else_it_forgets() {
    for driver in ["file", "memory", "cookie"] {
        let (visitor, _folder) = client(driver).await;
        for (index, (case, _)) in SOMETHING.iter().enumerate() {
            let response = visitor.another().get(&format!("/something/{index}")).await;
            assert!(response.assert_ok().cookie(COOKIE).is_some(), "{driver}: {case}");
            if let Some(stored) = stored(&visitor).await {
                assert_eq!(stored, index + 1, "{driver}: {case}");
            }
        }
    }
}
