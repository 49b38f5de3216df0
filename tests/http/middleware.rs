//! What runs around actions: order, names, parameters, errors, tower layers, and forged requests.

use http::Method;
use lunox::http::{Body, BoxMiddleware, TowerLayer, tower_service};
use lunox::prelude::*;
use lunox::testing::{Multipart, TestApp, TestClient};
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;

use crate::visit;

/// Writes its name down on the way in, and around the body on the way out.
struct Tag(String);

impl Middleware for Tag {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let before = req.extension::<String>().unwrap_or_default();
        req.set_extension(format!("{before}{}>", self.0));
        let response = next.run(req).await;
        let after = response.headers().get("x-after").and_then(|value| value.to_str().ok());
        let after = format!("{}<{}", after.unwrap_or_default(), self.0);
        Ok(response.header("x-after", after))
    }
}

async fn plain(req: HttpRequest, next: Next) -> Result {
    Tag("fn".into()).handle(req, next).await
}

async fn refuse(_req: HttpRequest, _next: Next) -> Result {
    abort_with(403, "members only")
}

async fn panics(_req: HttpRequest, _next: Next) -> Result {
    panic!("a broken middleware")
}

async fn trail(req: HttpRequest) -> String {
    req.extension::<String>().unwrap_or_default()
}

fn names(registry: &mut MiddlewareRegistry) {
    registry.alias_with("tag", |parameters| match parameters {
        [] => Err(lunox::routing::ParameterError("it needs a name".into())),
        names => Ok(BoxMiddleware::new(Tag(names.join("+")))),
    });
    registry.alias("fn", plain);
    registry.alias("refuse", refuse);
    registry.alias("panics", panics);
    registry.group("both", ["tag:a", "tag:b"]);
    registry.group("nested", ["tag:n", "both"]);
}

async fn visit_named(routes: impl FnOnce(&mut Router) + Send + 'static) -> TestClient {
    TestApp::new().middleware(names).routes(routes).client().await
}

#[tokio::test]
async fn middleware_runs_from_the_outside_in_and_back_out() {
    let client = visit_named(|route| {
        route.middleware("both").group(|route| {
            route
                .middleware("tag:c")
                .get("/", trail)
                .middleware("fn")
                .middleware(Tag("own".into()));
        });
    })
    .await;
    let answer = client.get("/").await;
    answer.assert_text("a>b>c>fn>own>").assert_header("x-after", "<own<fn<c<b<a");
}

#[tokio::test]
async fn a_name_carries_its_parameters() {
    let client = visit_named(|route| {
        route.get("/", trail).middleware("tag:a,b").middleware("tag: x , y ");
    })
    .await;
    client.get("/").await.assert_text("a+b>x+y>");
}

#[tokio::test]
async fn a_group_named_twice_runs_once_where_it_came_first() {
    let client = visit_named(|route| {
        route.middleware("both").middleware("nested").group(|route| {
            route.get("/", trail).middleware("both").middleware("tag:a").middleware("tag:a,b");
        });
    })
    .await;
    client.get("/").await.assert_text("a>b>n>a+b>");
}

#[tokio::test]
async fn a_route_or_group_can_leave_middleware_out() {
    let client = visit_named(|route| {
        route.middleware("both").group(|route| {
            route.get("/one", trail).without_middleware("tag:a");
            route.get("/name", trail).without_middleware("tag");
            route.get("/group", trail).without_middleware("both");
            route.without_middleware("tag:b").group(|route| {
                route.get("/inner", trail);
            });
            route.get("/all", trail);
        });
        route
            .get("/bare", async |req: HttpRequest| req.try_session().is_none().to_string())
            .without_middleware("web");
    })
    .await;
    client.get("/one").await.assert_text("b>");
    client.get("/name").await.assert_text("");
    client.get("/group").await.assert_text("");
    client.get("/inner").await.assert_text("a>");
    client.get("/all").await.assert_text("a>b>");
    client.get("/bare").await.assert_text("true");
}

#[tokio::test]
async fn an_error_or_a_panic_in_a_middleware_is_rendered_and_seen_further_out() {
    let client = visit_named(|route| {
        route.get("/refused", trail).middleware("tag:out").middleware("refuse");
        route.get("/broken", trail).middleware("tag:out").middleware("panics");
    })
    .await;
    client.get("/refused").await.assert_forbidden().assert_see("members only");
    client.get("/refused").await.assert_header("x-after", "<out");
    client
        .accept_json()
        .get("/refused")
        .await
        .assert_exact_json(serde_json::json!({"message": "members only"}));
    let broken = client.get("/broken").await;
    broken.assert_status(500).assert_dont_see("broken middleware").assert_header("x-after", "<out");
}

#[tokio::test]
async fn a_middleware_may_panic_before_it_has_a_future() {
    let client = visit(|route| {
        let broken = |req: HttpRequest, next: Next| {
            assert!(req.path() != "/", "too early");
            async { Ok(next.run(req).await) }
        };
        route.get("/", async || "never").middleware(broken).without_middleware("web");
        route.get("/fine", async || "fine");
    })
    .await;
    client.get("/").await.assert_status(500).assert_dont_see("too early");
    client.get("/fine").await.assert_text("fine");
}

#[tokio::test]
async fn global_middleware_runs_where_no_route_matches() {
    let client = TestApp::new()
        .middleware(|registry| registry.global(Tag("all".into())))
        .routes(|route| {
            route.get("/", trail);
        })
        .client()
        .await;
    client.get("/").await.assert_text("all>").assert_header("x-after", "<all");
    client.get("/nowhere").await.assert_not_found().assert_header("x-after", "<all");
    client.post("/", ()).await.assert_status(405).assert_header("x-after", "<all");
}

#[tokio::test]
async fn compression_of_tower_http_serves_as_it_is() {
    let client = TestApp::new()
        .middleware(|registry| registry.global(TowerLayer::new(CompressionLayer::new())))
        .routes(|route| {
            route.get("/", async |req: HttpRequest| {
                req.session().put("seen", true);
                "moon ".repeat(500)
            });
            route.get("/fails", async || -> Result { abort(404) });
        })
        .client()
        .await;
    let plain = client.get("/").await;
    plain.assert_ok().assert_header_missing("content-encoding");
    assert_eq!(plain.bytes().len(), 2_500);
    let zipped = client.request(Method::GET, "/").header("accept-encoding", "gzip").send().await;
    zipped.assert_ok().assert_header("content-encoding", "gzip").assert_session_has("seen");
    assert_eq!(&zipped.bytes()[..2], [0x1f, 0x8b]);
    assert!(zipped.bytes().len() < 200);
    client.get("/fails").await.assert_not_found();
}

#[tokio::test]
async fn cors_of_tower_http_answers_preflights_and_marks_answers() {
    let client = TestApp::new()
        .middleware(|registry| registry.global(TowerLayer::new(CorsLayer::permissive())))
        .routes(|route| {
            route.put("/api", async || "put");
            route.get("/api", async || "got");
        })
        .client()
        .await;
    let preflight = client
        .request(Method::OPTIONS, "/api")
        .header("origin", "https://a.test")
        .header("access-control-request-method", "PUT");
    let answer = preflight.send().await;
    answer.assert_ok().assert_header("access-control-allow-origin", "*");
    answer.assert_header("access-control-allow-methods", "*");
    let get = client.request(Method::GET, "/api").header("origin", "https://a.test").send().await;
    get.assert_text("got").assert_header("access-control-allow-origin", "*");
}

/// Answers with what it was asked, and refuses what has no body.
#[derive(Clone)]
struct Echo {
    ready: bool,
}

impl tower_service::Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = std::io::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = std::io::Result<Self::Response>> + Send>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        self.ready = true;
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called before it was ready");
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let text = body.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let text =
                text.filter(|text| !text.is_empty()).ok_or(std::io::ErrorKind::Unsupported)?;
            lunox::request().session().put("echoed", true);
            let body = format!("{} {}: {text}", parts.method, parts.uri);
            let mut response = http::Response::new(Body::from(body));
            *response.status_mut() = http::StatusCode::ACCEPTED;
            Ok(response)
        })
    }
}

#[tokio::test]
async fn a_tower_service_is_an_action() {
    let client = visit(|route| {
        route.any("/echo/{*path?}", tower_service(Echo { ready: false }));
    })
    .await;
    for _ in 0..2 {
        let answer = client.post("/echo/a%20b?x=1", [("name", "Ada")]).await;
        answer.assert_status(202).assert_text("POST /echo/a%20b?x=1: name=Ada");
        answer.assert_session_has("echoed");
    }
    client.put("/echo", [("name", "Ada")]).await.assert_text("PUT /echo: name=Ada");
    client.get("/echo").await.assert_status(500);
    let form = Multipart::new().text("name", "Ada");
    client.request(Method::POST, "/echo").multipart(form).await.assert_status(415);
}

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused_with_419() {
    let client = visit(|route| {
        route.any("/", async |req: HttpRequest| {
            req.session().put("done", true);
            "done"
        });
        route.post("/hook", async || "hook").without_middleware("csrf");
    })
    .await;
    let send = async |method: Method, path: &str, header: (&str, &str)| {
        client.another().request(method, path).header(header.0, header.1).send().await
    };
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.test"),
        ("origin", "null"),
    ] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = send(method, "/", header).await;
            answer.assert_status(419).assert_session_missing("done");
        }
        send(Method::GET, "/", header).await.assert_ok();
        send(Method::POST, "/hook", header).await.assert_text("hook");
    }
    for header in [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("origin", "http://localhost"),
    ] {
        send(Method::POST, "/", header).await.assert_ok();
    }
}

#[tokio::test]
async fn a_method_field_cannot_smuggle_a_form_past_the_check_of_its_origin() {
    let client = visit(|route| {
        route.any("/", async || "done");
    })
    .await
    .with_header("sec-fetch-site", "cross-site");
    client.post("/", [("_method", "GET")]).await.assert_status(400);
    client.post("/", [("_method", "PUT")]).await.assert_status(419);
    client.post("/?_method=GET", ()).await.assert_status(419);
}
