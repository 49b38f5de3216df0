//! What holds on every store: two applications lose nothing, and an outage is answered 503 and ends by itself.

use std::time::{Duration, Instant};

use crate::app::app;
use crate::asking::Visitor;
use crate::store::{Served, Store, impatient};

/// Makes a test of each of these functions.
macro_rules! suite {
    ($store:ty; $($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            crate::suite::$name::<$store>().await;
        }
    )*};
    ($store:ty, needs $server:literal; $($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[ignore = $server]
        async fn $name() {
            crate::suite::$name::<$store>().await;
        }
    )*};
}

pub(crate) use suite;

pub use crate::processes::{
    the_skeleton_in_two_processes_shares_its_sessions, two_processes_share_their_sessions,
};

pub async fn sixty_four_parallel_requests_through_two_applications_lose_no_update<S: Store>() {
    let store = S::start().await;
    let apps = [app(store.config()).await, app(store.config()).await];
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

pub async fn a_rotation_and_a_logout_are_seen_by_the_other_application<S: Store>() {
    let store = S::start().await;
    let apps = [app(store.config()).await, app(store.config()).await];
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

pub async fn a_store_that_is_killed_is_answered_503_and_found_again_when_it_is_back<S: Served>() {
    let mut store = S::start().await;
    let app = app(impatient(store.config())).await;
    let mut visitor = Visitor::new(&app);
    visitor.get("/add").await;
    store.stop();
    for _ in 0..3 {
        assert_refused(&mut visitor).await;
    }
    assert_eq!(Visitor::new(&app).get("/").await.status, 200, "who needs no session is answered");
    store.restart();
    assert_eq!(recovered(&mut visitor).await, "1");
    assert_eq!(visitor.get("/add").await.body, "2");
}

pub async fn a_store_that_does_not_answer_is_answered_503_within_the_timeout<S: Store>() {
    let mut store = S::start().await;
    let app = app(impatient(store.config())).await;
    let mut visitor = Visitor::new(&app);
    visitor.get("/add").await;
    store.pause().await;
    for _ in 0..3 {
        assert_refused(&mut visitor).await;
    }
    store.resume().await;
    assert_eq!(recovered(&mut visitor).await, "1");
}

/// All idle connections are dead then, and no visitor notices it.
pub async fn the_first_requests_after_a_restart_are_answered<S: Served>() {
    let mut store = S::start().await;
    let app = app(impatient(store.config())).await;
    let mut visitor = Visitor::new(&app);
    visitor.get("/add").await;
    let visit = async |path: &'static str| {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let mut same = Visitor::new(&app);
                same.cookie = visitor.cookie.clone();
                tokio::spawn(async move { same.get(path).await.status })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.expect("it ends"), 200);
        }
    };
    for round in 1..=2 {
        visit("/read").await;
        store.restart();
        visit(if round == 1 { "/read" } else { "/add" }).await;
    }
    assert_eq!(visitor.get("/read").await.body, "9");
}
