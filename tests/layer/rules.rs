//! What the layer does is what the framework does.

use axum::Router;
use axum::response::{Html, Redirect};
use axum::routing::get;
use lunox::session::{self, MemoryDriver, Session, SessionConfig, SessionManager};
use lunox::testing::{Fault, FaultyDriver, Operation};

use crate::asking::{Visitor, config, manager, memory};
use crate::example;

#[tokio::test]
async fn the_example_logs_in_flashes_counts_and_logs_out() {
    let app = example::app(config()).await.expect("it starts");
    let mut ada = Visitor::new(&app);
    assert!(ada.get("/").await.body.contains("Hello, stranger! Visit 1."));
    let guest = ada.cookie.clone();
    assert_eq!(ada.post("/login", "name=Ada&password=wrong").await.status, 303);
    assert!(ada.get("/").await.body.contains("<p>Wrong password.</p><p>Hello, stranger! Visit 2."));
    assert_eq!(ada.cookie, guest);
    ada.post("/login", "name=Ada%3Cb%3E&password=secret").await;
    assert_ne!(ada.cookie, guest, "a login changes the token");
    assert!(ada.get("/").await.body.contains("<p>Welcome back.</p><p>Hello, Ada&lt;b>! Visit 3."));
    assert!(ada.get("/").await.body.contains("<p></p><p>Hello, Ada&lt;b>! Visit 4."));
    ada.post("/logout", "").await;
    assert_eq!(ada.cookie, None);
    assert!(ada.get("/").await.body.contains("Hello, stranger! Visit 1."));
}

/// Routes for each thing that an action may do.
fn routes() -> Router {
    Router::new()
        .route("/nothing", get(async || "nothing"))
        .route("/add", get(async |session: Session| session.increment("sum", 1).to_string()))
        .route("/read", get(async |session: Session| session.get_or("sum", 0).to_string()))
        .route(
            "/flash",
            get(async |session: Session| {
                session.flash("status", "saved");
                Redirect::to("/page")
            }),
        )
        .route(
            "/page",
            get(async |session: Session| {
                Html(format!("<p>{}", session.get_or("status", String::new())))
            }),
        )
        .route("/empty", get(async || Html("")))
        .route("/large", get(async |session: Session| session.put("large", "x".repeat(2 << 20))))
        .route(
            "/panic",
            get(async |session: Session| -> String {
                session.put("sum", 100);
                session.regenerate();
                panic!("on purpose")
            }),
        )
}

fn app(manager: std::sync::Arc<SessionManager>) -> Router {
    routes().layer(session::layer(manager))
}

#[tokio::test]
async fn a_visitor_who_stores_nothing_gets_no_cookie() {
    let mut visitor = Visitor::new(&app(memory()));
    let answer = visitor.get("/nothing").await;
    assert_eq!((answer.header("set-cookie"), answer.header("cache-control")), ("", ""));
    let answer = visitor.get("/read").await;
    assert_eq!((answer.header("set-cookie"), answer.header("cache-control")), ("", "private"));
    assert_eq!(answer.header("vary"), "Cookie");
}

#[tokio::test]
async fn a_new_session_is_stored_before_its_cookie_is_sent_and_not_cached() {
    let mut visitor = Visitor::new(&app(memory()));
    let answer = visitor.get("/add").await;
    assert!(answer.header("set-cookie").starts_with("__Host-lunox_session="));
    assert_eq!((answer.header("cache-control"), answer.header("vary")), ("no-store", "Cookie"));
    assert_eq!(visitor.get("/read").await.body, "1");
    let answer = visitor.get("/add").await;
    assert_eq!((answer.body.as_str(), answer.header("set-cookie")), ("2", ""));
    assert_eq!(answer.header("cache-control"), "private");
}

#[tokio::test]
async fn flash_ends_with_a_page_that_is_shown_and_not_before() {
    let mut visitor = Visitor::new(&app(memory()));
    visitor.get("/flash").await;
    assert_eq!(visitor.get("/empty").await.status, 200);
    assert_eq!(visitor.get("/nothing").await.body, "nothing", "a text is a page");
    assert_eq!(visitor.get("/page").await.body, "<p>");
    visitor.get("/flash").await;
    assert_eq!(visitor.get("/empty").await.status, 200);
    let prefetch = axum::http::Request::get("/page").header("sec-purpose", "prefetch");
    visitor.send(axum::http::Request::head("/page"), "").await;
    assert_eq!(visitor.get("/page").await.body, "<p>saved");
    assert_eq!(visitor.send(prefetch, "").await.body, "<p>");
}

#[tokio::test]
async fn sixty_four_parallel_requests_lose_no_increment() {
    let app = app(memory());
    let mut visitor = Visitor::new(&app);
    visitor.get("/add").await;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let mut same = Visitor::new(&app);
            same.cookie = visitor.cookie.clone();
            tokio::spawn(async move { same.get("/add").await.status })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("it ends"), 200);
    }
    assert_eq!(visitor.get("/read").await.body, "65");
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_answered_503_and_the_cookie_stays() {
    let driver = std::sync::Arc::new(FaultyDriver::new(MemoryDriver::new()));
    let app = app(manager(FaultyDriver::clone(&driver)));
    let mut visitor = Visitor::new(&app);
    visitor.get("/add").await;
    driver.always(Operation::Read, Fault::Fails);
    let answer = visitor.get("/add").await;
    assert_eq!((answer.status, answer.body.as_str(), answer.header("set-cookie")), (503, "", ""));
    driver.heal();
    driver.always(Operation::Replace, Fault::Fails);
    let answer = visitor.get("/add").await;
    assert_eq!((answer.status, answer.header("cache-control")), (503, "private"));
    driver.heal();
    assert_eq!(visitor.get("/read").await.body, "1");
}

#[tokio::test]
async fn what_cannot_be_stored_is_answered_500_and_nothing_is_stored() {
    let mut visitor = Visitor::new(&app(memory()));
    visitor.get("/add").await;
    let answer = visitor.get("/large").await;
    assert_eq!((answer.status, answer.body.as_str()), (500, ""));
    assert_eq!(visitor.get("/read").await.body, "1");
}

#[tokio::test]
async fn a_panic_stores_nothing_but_the_rotation_that_was_asked_for() {
    let mut visitor = Visitor::new(&app(memory()));
    visitor.get("/add").await;
    let before = visitor.cookie.clone();
    assert_eq!(visitor.get("/panic").await.status, 500);
    assert_ne!(visitor.cookie, before);
    assert_eq!(visitor.get("/read").await.body, "1");
}

#[tokio::test]
async fn a_layer_within_a_layer_leaves_the_session_to_the_outer_one() {
    let manager = memory();
    let inner = app(manager.clone());
    let mut visitor = Visitor::new(&inner.layer(session::layer(manager)));
    let answer = visitor.get("/add").await;
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 1);
    assert_eq!(visitor.get("/read").await.body, "1");
}

#[tokio::test]
async fn a_route_without_the_layer_is_answered_500() {
    assert_eq!(Visitor::new(&routes()).get("/read").await.status, 500);
}

#[tokio::test]
async fn options_that_are_wrong_are_reported_at_once_when_the_store_is_opened() {
    let wrong = SessionConfig { driver: "radis".into(), path: "app".into(), ..config() };
    let error = session::open(wrong).await.err().expect("it is refused");
    assert_eq!(error.problems().len(), 2, "{error}");
}
