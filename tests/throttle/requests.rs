//! The middleware `throttle`.

use lunox::prelude::*;
use lunox::testing::{TestClient, TestResponse};
use lunox::throttle::{HitStore, Hits, Limit, RateLimiter, visitor};

use super::{at, throttled};

async fn visit(middleware: &'static str) -> TestClient {
    let limits = |app: &Application| {
        let counts = RateLimiter::new(
            lunox::throttle::MemoryHits::new(Arc::clone(app.clock())),
            Arc::clone(app.clock()),
        );
        counts.named("pages", |req: &HttpRequest| {
            vec![Limit::per_minute(3), Limit::per_hour(2).by(visitor(req))]
        });
        counts.named("guesses", |req: &HttpRequest| {
            Limit::per_minute(2).by(visitor(req)).after(|response| response.status_code() == 404)
        });
        counts.named("own", |_: &HttpRequest| {
            Limit::per_minute(1).response(|req| format!("{} has to wait", req.path()))
        });
        counts
            .named("away", |_: &HttpRequest| Limit::per_minute(1).response(|_| redirect("/wait")));
        counts.named("free", |_: &HttpRequest| None::<Limit>);
        counts.identify_by(|req| req.header("x-user").map(str::to_owned));
        app.instance::<RateLimiter>(Arc::new(counts));
    };
    let routes = move |route: &mut Router| {
        route.get("/", async || "here").middleware(middleware);
        route
            .get("/posts/{id}", async |_: HttpRequest, id: u32| (id < 10).then_some("a post"))
            .middleware(middleware);
        route.get("/other", async || "there").middleware("throttle:2,1,other");
    };
    throttled().register(limits).routes(routes).client().await
}

fn headers(response: &TestResponse) -> [Option<String>; 4] {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "retry-after", "x-ratelimit-reset"]
        .map(|name| response.header(name).map(ToString::to_string))
}

#[tokio::test]
async fn a_window_is_counted_and_shown_as_laravel_does() {
    let client = visit("throttle:2,1").await;
    let text = |number: u64| Some(number.to_string());
    assert_eq!(headers(&client.get("/").await), [text(2), text(1), None, None]);
    client.travel(std::time::Duration::from_secs(50));
    assert_eq!(headers(&client.get("/").await), [text(2), text(0), None, None]);
    let refused = client.get("/").await;
    refused.assert_status(429);
    let reset = client.app().clock().unix() + 10;
    assert_eq!(headers(&refused), [text(2), text(0), text(10), text(reset)]);
    client.get("/other").await.assert_ok();
    client.travel(std::time::Duration::from_secs(10));
    client.get("/").await.assert_ok();
}

#[tokio::test]
async fn a_refusal_is_a_page_for_browsers_and_json_for_programs() {
    let client = visit("throttle:1,1").await;
    client.get("/").await.assert_ok();
    let page = client.with_header("accept", "text/html").get("/").await;
    page.assert_status(429).assert_see("<html");
    let json = client.accept_json().get("/").await;
    json.assert_status(429).assert_json_path("message", "Too Many Attempts.");
}

#[tokio::test]
async fn addresses_are_those_behind_trusted_proxies_and_ipv6_counts_by_64() {
    let client = visit("throttle:1,1").await;
    at(&client, "203.0.113.7").get("/").await.assert_ok();
    at(&client, "203.0.113.7").get("/").await.assert_status(429);
    at(&client, "203.0.113.8").get("/").await.assert_ok();
    at(&client, "2001:db8::1").get("/").await.assert_ok();
    at(&client, "2001:db8::2:3:4:5").get("/").await.assert_status(429);
    at(&client, "2001:db8:0:1::1").get("/").await.assert_ok();
}

#[tokio::test]
async fn users_are_counted_wherever_they_are_and_may_ask_more_often() {
    let client = visit("throttle:1|2,1").await;
    let user = client.with_header("x-user", "7");
    at(&user, "203.0.113.1").get("/").await.assert_ok();
    at(&user, "203.0.113.2").get("/").await.assert_ok();
    at(&user, "203.0.113.3").get("/").await.assert_status(429);
    at(&client, "203.0.113.1").get("/").await.assert_ok();
    at(&client, "203.0.113.1").get("/").await.assert_status(429);
}

#[tokio::test]
async fn all_limits_of_a_name_count_and_a_refused_request_counts_in_none() {
    let client = visit("throttle:pages").await;
    let one = at(&client, "203.0.113.1");
    one.get("/").await.assert_ok();
    one.get("/").await.assert_ok();
    // Refused by its own limit, so the shared one has room for another visitor.
    one.get("/").await.assert_status(429);
    one.get("/").await.assert_status(429);
    at(&client, "203.0.113.2").get("/").await.assert_ok();
    at(&client, "203.0.113.3").get("/").await.assert_status(429);
    visit("throttle:free").await.get("/").await.assert_ok();
}

#[tokio::test]
async fn a_limit_can_count_by_the_response_alone() {
    let client = visit("throttle:guesses").await;
    for _ in 0..5 {
        let answer = client.get("/posts/1").await;
        assert_eq!(answer.assert_ok().header("x-ratelimit-remaining"), Some("2"));
    }
    for left in ["1", "0"] {
        let answer = client.get("/posts/77").await;
        assert_eq!(answer.assert_not_found().header("x-ratelimit-remaining"), Some(left));
    }
    client.get("/posts/78").await.assert_status(429);
    client.get("/posts/1").await.assert_status(429);
    client.travel(std::time::Duration::from_secs(60));
    client.get("/posts/1").await.assert_ok();
}

#[tokio::test]
async fn a_limit_can_have_an_answer_of_its_own() {
    let client = visit("throttle:own").await;
    client.get("/").await.assert_ok();
    let answer = client.get("/").await;
    answer.assert_status(429).assert_text("/ has to wait");
    answer.assert_header("retry-after", "60").assert_header("x-ratelimit-remaining", "0");
    let client = visit("throttle:away").await;
    client.get("/").await.assert_ok();
    client.get("/").await.assert_redirect("/wait").assert_header("retry-after", "60");
}

#[tokio::test]
async fn wrong_parameters_keep_the_application_from_starting() {
    for (wrong, why) in [
        ("throttle:nobody", "no limiter `nobody`"),
        ("throttle:60,x", "`x` is not a number"),
        ("throttle:0,1", "`0` is not a number"),
    ] {
        let routes = move |route: &mut Router| {
            route.get("/", async || "").middleware(wrong);
        };
        let error = throttled().routes(routes).try_client().await.err().expect("it is refused");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
async fn nothing_passes_uncounted_while_the_store_is_down() {
    struct Down;
    impl HitStore for Down {
        async fn hit(
            &self,
            _: &str,
            _: i32,
            _: std::time::Duration,
        ) -> std::result::Result<Hits, Box<dyn std::error::Error + Send + Sync>> {
            Err("connection refused".into())
        }
    }
    let client = throttled()
        .register(|app| {
            let counts = RateLimiter::new(Down, Arc::clone(app.clock()));
            app.instance::<RateLimiter>(Arc::new(counts));
        })
        .routes(|route| {
            route.get("/", async || "").middleware("throttle:1,1");
        })
        .client()
        .await;
    client.get("/").await.assert_status(503).assert_dont_see("connection");
}
