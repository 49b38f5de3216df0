//! Actions that take too long. Time is tokio's, which stands still while anything can run.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

use crate::log::Log;

const MINUTE: Duration = Duration::from_secs(60);

async fn slow() -> &'static str {
    tokio::time::sleep(10 * MINUTE).await;
    "late"
}

async fn site() -> TestClient {
    let routes = |route: &mut Router| {
        route.get("/slow", slow);
        route.get("/quick", async || {
            tokio::time::sleep(MINUTE - Duration::from_millis(1)).await;
            "in time"
        });
        route.get("/patient", slow).limits(|limits| limits.request_timeout = Duration::ZERO);
        route.get("/hasty", slow).limits(|limits| {
            limits.request_timeout = Duration::from_secs(2);
        });
        route.post("/echo", async |req: HttpRequest| {
            slow().await;
            req.string("text")
        });
        route.post("/login", async |req: HttpRequest| {
            req.session().regenerate();
            req.session().put("user", 7);
            slow().await
        });
        route.post("/logout", async |req: HttpRequest| {
            req.session().invalidate();
            slow().await
        });
        route.post("/put", async |req: HttpRequest| {
            req.session().put("cart", "tea");
        });
        route.post("/change", async |req: HttpRequest| {
            req.session().put("cart", "coffee");
            slow().await
        });
        route.get("/cart", async |req: HttpRequest| req.session().get::<String>("cart"));
        route.get("/stream", async || lunox::http::stream(Ticks::new()));
    };
    TestApp::new().routes(routes).client().await
}

/// Ten parts, a minute between them.
struct Ticks(Pin<Box<tokio::time::Interval>>, usize);

impl Ticks {
    fn new() -> Self {
        Self(Box::pin(tokio::time::interval(MINUTE)), 10)
    }
}

impl futures_core::Stream for Ticks {
    type Item = std::io::Result<&'static str>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.1 == 0 {
            return Poll::Ready(None);
        }
        ready!(self.0.as_mut().poll_tick(cx));
        self.1 -= 1;
        Poll::Ready(Some(Ok("tick ")))
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_that_takes_too_long_is_answered_503_at_its_time() {
    let client = site().await;
    for (path, seconds) in [("/slow", 60), ("/hasty", 2)] {
        let started = tokio::time::Instant::now();
        let answer = client.get(path).await;
        answer.assert_status(503).assert_dont_see("request_timeout");
        let took = started.elapsed();
        assert!(took >= Duration::from_secs(seconds), "{took:?}");
        assert!(took < Duration::from_secs(seconds + 1), "{took:?}");
    }
    client.get("/quick").await.assert_text("in time");
    client.get("/patient").await.assert_text("late");
    client.post("/echo", [("text", "x")]).await.assert_status(503);
}

#[tokio::test(start_paused = true)]
async fn the_log_names_the_limit_and_the_route() {
    let client = site().await;
    let (log, _taken) = Log::take();
    client.get("/hasty").await.assert_status(503);
    let text = log.text();
    assert!(text.contains("longer than `request_timeout` allows, 2s"), "{text}");
    assert!(text.contains("tests/http/request_timeout.rs:"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn what_a_response_sends_may_take_as_long_as_it_likes() {
    let client = site().await;
    client.get("/stream").await.assert_ok().assert_text(&"tick ".repeat(10));
}

#[tokio::test(start_paused = true)]
async fn the_session_of_an_action_that_was_dropped_is_as_it_was() {
    let client = site().await;
    client.post("/put", ()).await.assert_ok();
    client.post("/change", ()).await.assert_status(503);
    client.get("/cart").await.assert_text("tea");
}

#[tokio::test(start_paused = true)]
async fn a_new_token_and_a_logout_that_were_asked_for_take_place() {
    let client = site().await;
    client.post("/put", ()).await.assert_ok();
    let before = client.cookie("lunox_session").expect("a session");
    let answer = client.post("/login", ()).await;
    answer.assert_status(503).assert_cookie("lunox_session").assert_session_missing("user");
    assert_ne!(client.cookie("lunox_session").as_deref(), Some(before.as_str()));
    client.get("/cart").await.assert_text("tea");
    let thief = client.another();
    thief.set_cookie("lunox_session", &before);
    thief.get("/cart").await.assert_not_found();

    client.post("/logout", ()).await.assert_status(503);
    assert_eq!(client.cookie("lunox_session"), None);
    client.get("/cart").await.assert_not_found();
}

#[tokio::test(start_paused = true)]
async fn what_the_action_held_is_dropped_before_its_answer_is_sent() {
    let held = Arc::new(());
    let copy = Arc::clone(&held);
    let routes = move |route: &mut Router| {
        route.get("/", move || {
            let copy = Arc::clone(&copy);
            async move {
                slow().await;
                drop(copy);
            }
        });
    };
    let client = TestApp::new().routes(routes).client().await;
    let before = Arc::strong_count(&held);
    client.get("/").await.assert_status(503);
    assert_eq!(Arc::strong_count(&held), before);
}
