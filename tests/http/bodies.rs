//! When the body is read, and by whom.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use http::Method;
use lunox::http::Body;
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use serde_json::json as value;

use crate::visit;

/// A body that notes when somebody asks for it.
struct Watched {
    text: Option<&'static str>,
    asked: Arc<AtomicBool>,
}

impl futures_core::Stream for Watched {
    type Item = std::io::Result<&'static str>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.asked.store(true, Ordering::Relaxed);
        Poll::Ready(self.text.take().map(Ok))
    }
}

/// The status of the answer, and whether the body was read for it.
async fn post(client: &TestClient, path: &str, content_type: &str) -> (u16, bool) {
    let asked = Arc::new(AtomicBool::new(false));
    let body = Body::stream(Watched { text: Some("a=b"), asked: Arc::clone(&asked) });
    let request = http::Request::post(path)
        .header("host", "a.test")
        .header("content-type", content_type)
        .header("sec-fetch-site", if path.ends_with("forged") { "cross-site" } else { "none" });
    let (parts, body) = request.body(body).expect("a request").into_parts();
    let response = client.app().kernel().handle(parts, body, None).await;
    (response.status_code().as_u16(), asked.load(Ordering::Relaxed))
}

async fn members_only(_req: HttpRequest, _next: Next) -> Result {
    abort(403)
}

const FORM: &str = "application/x-www-form-urlencoded";
const UPLOAD: &str = "multipart/form-data; boundary=b";

#[tokio::test]
async fn a_request_that_its_head_decides_about_leaves_its_body_unread() {
    let client = visit(|route| {
        route.get("/page", async || "page");
        route.post("/taken", async || "taken");
        route.post("/forged", async || "never");
        route.post("/members", async || "never").middleware(members_only);
        route.post("/photos/{id}", async |_: HttpRequest, _id: u64| "never");
    })
    .await;
    for content_type in [FORM, UPLOAD, "application/json", "text/plain"] {
        let sent = async |path: &str| post(&client, path, content_type).await;
        assert_eq!(sent("/nowhere").await, (404, false));
        assert_eq!(sent("/page").await, (405, false));
        assert_eq!(sent("/forged").await, (419, false));
        assert_eq!(sent("/members").await, (403, false));
        assert_eq!(sent("/photos/moon").await, (404, false));
        assert_eq!(sent("/taken?a=%ff").await, (400, false));
    }
    assert_eq!(post(&client, "/taken", FORM).await, (200, true));
    assert_eq!(post(&client, "/taken", "text/plain").await, (200, true));
}

#[tokio::test]
async fn only_a_form_to_a_path_whose_method_it_can_name_is_read_before_the_middleware() {
    let client = visit(|route| {
        route.middleware(members_only).group(|route| {
            route.post("/photos", async || "never");
            route.post("/photos/upload", async || "never");
            route.post("/files/all", async || "never");
            route.patch("/{page}", async || "never").where_in("page", ["home"]);
            route.put("/photos/{id}", async || "never").where_number("id");
            route.delete("/files/{name}", async || "never");
        });
    })
    .await;
    assert_eq!(post(&client, "/photos", FORM).await, (403, false));
    assert_eq!(post(&client, "/photos/upload", UPLOAD).await, (403, false));
    assert_eq!(post(&client, "/photos/5", FORM).await, (405, true));
    assert_eq!(post(&client, "/photos/5", "text/plain").await, (405, false));
    assert_eq!(post(&client, "/home", FORM).await, (405, true));
    assert_eq!(post(&client, "/files/all", FORM).await, (403, true));
    assert_eq!(post(&client, "/files/all", "text/plain").await, (403, false));
}

async fn echo(req: HttpRequest) -> Response {
    json(value!([req.method().as_str(), req.all()])).into_response()
}

#[tokio::test]
async fn a_method_field_counts_where_the_path_has_such_a_route_and_is_a_field_elsewhere() {
    let client = visit(|route| {
        route.post("/cards", echo);
        route.post("/photos", echo);
        route.delete("/photos", echo);
    })
    .await;
    let posted = |method: &str| value!(["POST", {"_method": method}]);
    client.post("/cards", [("_method", "DELETE")]).await.assert_exact_json(posted("DELETE"));
    client.post("/cards", [("_method", "bank")]).await.assert_exact_json(posted("bank"));
    client.post("/photos", [("_method", "PUT")]).await.assert_status(405);
    client.post("/photos", [("_method", "bank")]).await.assert_status(400);
    let json = value!({"_method": "delete"});
    client.post_json("/photos", json.clone()).await.assert_exact_json(value!(["DELETE", json]));
    for other in [value!({"_method": "bank"}), value!({"_method": "GET"}), value!({"_method": 1})] {
        let answer = client.post_json("/photos", other.clone()).await;
        answer.assert_exact_json(value!(["POST", other]));
    }
}

#[tokio::test]
async fn a_middleware_that_looks_at_the_input_reads_the_body_first() {
    async fn capitals(req: HttpRequest, next: Next) -> Result {
        req.read_body().await?;
        let name = req.string("name").to_uppercase();
        req.merge(serde_json::Map::from_iter([("name".to_owned(), name.into())]));
        req.read_body().await?;
        Ok(next.run(req).await)
    }
    let client = visit(|route| {
        route.any("/", echo).middleware(capitals);
    })
    .await;
    let form = [("name", "ada"), ("city", "London")];
    let answer = client.put("/?page=2", form).await;
    answer.assert_exact_json(value!(["PUT", {"name": "ADA", "city": "London", "page": "2"}]));
    client.post_json("/", value!({"name": "ada"})).await.assert_see("ADA");
    client.put("/", [("name", "%")]).await.assert_ok();
    client.get("/?name=ada").await.assert_see("ADA");
    let malformed = client.request(Method::PUT, "/").body("application/json", "{");
    malformed.send().await.assert_status(400);
}

/// What a panic in `look` says; nothing if there is none.
fn said(look: impl FnOnce()) -> String {
    match catch_unwind(AssertUnwindSafe(look)) {
        Ok(()) => String::new(),
        Err(panic) => panic.downcast_ref::<String>().expect("a message").clone(),
    }
}

#[tokio::test]
async fn a_middleware_that_forgets_to_read_the_body_is_told_so_and_where() {
    async fn forgetful(req: HttpRequest, _next: Next) -> Result {
        let looks: [&dyn Fn(); 9] = [
            &|| drop(req.input::<String>("a")),
            &|| drop(req.string("a")),
            &|| drop(req.all()),
            &|| _ = req.has("a"),
            &|| req.merge(serde_json::Map::new()),
            &|| drop(req.parse::<serde_json::Value>()),
            &|| drop(req.json::<serde_json::Value>()),
            &|| _ = req.bytes().len(),
            &|| _ = req.has_file("a"),
        ];
        let page = req.query::<String>("page");
        let said: Vec<String> = looks.into_iter().map(said).collect();
        Ok(json(value!([req.has_unread_body(), page, said])).into_response())
    }
    let client = visit(|route| {
        route.any("/", echo).middleware(forgetful);
    })
    .await;
    let answer = client.put("/?page=2", [("a", "1")]).await.json::<serde_json::Value>();
    assert_eq!((&answer[0], &answer[1]), (&value!(true), &value!("2")));
    for said in answer[2].as_array().expect("a list") {
        let said = said.as_str().expect("text");
        assert!(said.contains("PUT / has not been read yet (tests/http/bodies.rs:"), "{said}");
        assert!(said.contains("`req.read_body().await?`"), "{said}");
    }
    client.get("/?page=2").await.assert_exact_json(value!([false, "2", vec![""; 9]]));
}

#[tokio::test]
async fn an_action_does_not_run_without_the_body_that_a_middleware_has_lost() {
    /// Goes on after an error.
    async fn careless(req: HttpRequest, next: Next) -> Result {
        let _ = req.read_body().await;
        let input = req.all();
        assert!(input.is_empty(), "{input:?}");
        Ok(next.run(req).await)
    }
    /// Gives up in the middle.
    async fn hasty(req: HttpRequest, next: Next) -> Result {
        begin(Box::pin(req.read_body()));
        Ok(next.run(req).await)
    }
    fn begin(mut reading: Pin<Box<impl Future>>) {
        let mut context = Context::from_waker(Waker::noop());
        assert!(reading.as_mut().poll(&mut context).is_pending());
    }
    let client = visit(|route| {
        route.post("/careless", async || "never").middleware(careless);
        route.post("/hasty", async || "never").middleware(hasty);
    })
    .await;
    let malformed = client.request(Method::POST, "/careless").body("application/json", "{");
    malformed.send().await.assert_status(400);

    let never = Body::stream(Never);
    let request = http::Request::post("/hasty").header("host", "a.test");
    let request = request.header("sec-fetch-site", "same-origin").body(never);
    let (parts, body) = request.expect("a request").into_parts();
    assert_eq!(client.app().kernel().handle(parts, body, None).await.status_code(), 400);
}

/// A body of which nothing comes.
struct Never;

impl futures_core::Stream for Never {
    type Item = std::io::Result<&'static str>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_body_that_is_refused_is_an_answer_that_the_middleware_sees() {
    async fn seen(req: HttpRequest, next: Next) -> Result {
        Ok(next.run(req).await.header("x-seen", "yes"))
    }
    let client = TestApp::new()
        .http(|http| http.limits.body = 3)
        .routes(|route| {
            route.post("/", async || "taken").middleware(seen);
        })
        .client()
        .await;
    let answer = client.request(Method::POST, "/").body("text/plain", "long").send().await;
    answer.assert_status(413).assert_header("x-seen", "yes").assert_header("connection", "close");
}

async fn length(req: HttpRequest) -> String {
    format!("{} {}", req.method(), req.bytes().len())
}

#[tokio::test]
async fn a_route_or_group_changes_the_limits_and_the_innermost_has_the_last_word() {
    let client = TestApp::new()
        .http(|http| http.limits.body = 10)
        .routes(|route| {
            route.post("/plain", length);
            route.post("/large", length).limits(|limits| limits.body = 100);
            route.limits(|limits| limits.body *= 2).limits(|limits| limits.fields = 2).group(
                |route| {
                    route.post("/group", length);
                    route.post("/inner", length).limits(|limits| limits.body *= 2);
                    route.prefix("/deep").limits(|limits| limits.body = 5).post("/", length);
                },
            );
        })
        .client()
        .await;
    for (path, limit) in
        [("/plain", 10), ("/large", 100), ("/group", 20), ("/inner", 40), ("/deep", 5)]
    {
        let send = async |length: usize| {
            let request = client.request(Method::POST, path);
            request.body("text/plain", "x".repeat(length)).send().await
        };
        send(limit).await.assert_text(&format!("POST {limit}"));
        send(limit + 1).await.assert_status(413).assert_see(&format!("{limit} bytes"));
    }
    let form = [("a", "1"), ("b", "2"), ("c", "3")];
    client.post("/large", form).await.assert_ok();
    client.post("/group", form).await.assert_status(413);
}

#[tokio::test]
async fn a_form_that_names_its_method_has_the_largest_limits_of_its_path() {
    let client = TestApp::new()
        .http(|http| http.limits.body = 20)
        .routes(|route| {
            route.post("/both", length);
            route.put("/both", length).limits(|limits| limits.body = 40);
            route.put("/one", length).limits(|limits| limits.body = 15);
        })
        .client()
        .await;
    let send = async |path: &str, length: usize| {
        let body = format!("{:x<length$}", "_method=PUT&a=");
        let kind = "application/x-www-form-urlencoded";
        client.request(Method::POST, path).body(kind, body).send().await
    };
    send("/both", 40).await.assert_text("PUT 40");
    send("/both", 41).await.assert_status(413);
    send("/one", 15).await.assert_text("PUT 15");
    send("/one", 16).await.assert_status(413);
}
