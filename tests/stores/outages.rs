//! A server that stops: 503 in time, the cookie kept, and recovery without a restart of the application.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use lunox::session::{self, Session};

use crate::asking::{Visitor, manager};
use crate::redis::driver;
use crate::servers::Redis;

/// An application on a server, with a connection of its own.
fn app(server: &Redis) -> Router {
    let routes = Router::new()
        .route("/add", get(async |session: Session| session.increment("sum", 1).to_string()))
        .route("/read", get(async |session: Session| session.get_or("sum", 0).to_string()))
        .route("/rotate", get(async |session: Session| session.regenerate()))
        .route("/logout", get(async |session: Session| session.invalidate()))
        .route("/", get(async || "no session is needed"));
    routes.layer(session::layer(manager(driver(server))))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_parallel_requests_through_two_applications_lose_no_update() {
    let server = Redis::start();
    let apps = [app(&server), app(&server)];
    let mut visitor = Visitor::new(&apps[0]);
    visitor.get("/add").await;
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let mut same = Visitor::new(&apps[number % 2]);
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
async fn a_rotation_and_a_logout_are_seen_by_the_other_application() {
    let server = Redis::start();
    let apps = [app(&server), app(&server)];
    let mut here = Visitor::new(&apps[0]);
    let mut there = Visitor::new(&apps[1]);
    here.get("/add").await;
    let thief = here.cookie.clone();
    here.get("/rotate").await;
    there.cookie = here.cookie.clone();
    assert_eq!(there.get("/add").await.body, "2");
    there.cookie = thief;
    assert_eq!(there.get("/read").await.body, "0", "the old token is dead there too");
    there.cookie = here.cookie.clone();
    let before = here.cookie.clone();
    there.get("/logout").await;
    assert_eq!(here.get("/read").await.body, "0");
    // A request that still has the cookie brings nothing back.
    here.cookie = before;
    here.get("/add").await;
    assert_eq!(here.get("/read").await.body, "0");
}

/// The answer to a request while the server does not work: in time, and it leaves the cookie alone.
async fn assert_refused(visitor: &mut Visitor) {
    let started = Instant::now();
    let answer = visitor.get("/add").await;
    assert_eq!((answer.status, answer.header("set-cookie")), (503, ""));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

/// Asks until the server works again. What is sent meanwhile is refused.
async fn recovered(visitor: &mut Visitor) -> String {
    let started = Instant::now();
    loop {
        let answer = visitor.get("/read").await;
        if answer.status == 200 {
            return answer.body;
        }
        assert_eq!((answer.status, answer.header("set-cookie")), (503, ""));
        assert!(started.elapsed() < Duration::from_secs(20), "it does not recover");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_is_killed_is_answered_503_and_found_again_when_it_is_back() {
    let mut server = Redis::start();
    let app = app(&server);
    let mut visitor = Visitor::new(&app);
    visitor.get("/add").await;
    server.stop();
    for _ in 0..3 {
        assert_refused(&mut visitor).await;
    }
    assert_eq!(Visitor::new(&app).get("/").await.status, 200, "who needs no session is answered");
    server.restart();
    assert_eq!(recovered(&mut visitor).await, "1");
    assert_eq!(visitor.get("/add").await.body, "2");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_answered_503_within_the_timeout() {
    let server = Redis::start();
    let app = app(&server);
    let mut visitor = Visitor::new(&app);
    visitor.get("/add").await;
    server.pause();
    assert_refused(&mut visitor).await;
    server.resume();
    assert_eq!(recovered(&mut visitor).await, "1");
}
