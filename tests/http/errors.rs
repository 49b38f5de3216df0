//! What a visitor sees of what goes wrong.

use lunox::http::ErrorRenderer;
use lunox::prelude::*;
use lunox::testing::TestApp;
use serde_json::json as value;

use crate::visit;

/// An error of an application, with a cause that is nobody's business.
fn secret() -> std::io::Error {
    std::io::Error::other("password=hunter2")
}

fn routes(route: &mut Router) {
    route.get("/source", async || -> Result { Err(secret())? });
    route.get("/told", async || -> Result {
        Err(Error::with_source(503, secret()).message_for_visitor("back at noon"))
    });
    route.get("/inside", async || Error::with_source(500, secret()).into_response());
    route.get("/panics", async || -> String { panic!("password=hunter2") });
    route.get("/abort", async || -> Result { abort(410) });
    route.get("/with", async || -> Result { abort_with(402, "pay first") });
    route.get("/unless", async || -> Result<&'static str> {
        abort_unless(false, 403)?;
        Ok("never")
    });
    route.get("/odd", async || -> Result { abort(200) });
    route.get("/details", async || -> Result {
        Err(Error::new(409, "taken").details(value!({"name": ["is taken"]})))
    });
    route.get("/fine", async || "fine");
}

#[tokio::test]
async fn abort_ends_an_action_with_a_status() {
    let client = visit(routes).await;
    client.get("/abort").await.assert_status(410).assert_text("410 Gone\n");
    client.get("/with").await.assert_status(402).assert_text("402 pay first\n");
    client.get("/unless").await.assert_forbidden().assert_text("403 Forbidden\n");
    client.get("/odd").await.assert_status(500);
    client.get("/nowhere").await.assert_not_found().assert_text("404 Not Found\n");
}

#[tokio::test]
async fn the_cause_of_an_error_never_reaches_the_visitor() {
    let client = visit(routes).await;
    for client in [client.clone(), client.accept_json()] {
        for path in ["/source", "/inside", "/panics"] {
            let answer = client.get(path).await;
            answer.assert_status(500).assert_see("Server Error").assert_dont_see("hunter2");
            answer.assert_dont_see("errors.rs");
        }
        let told = client.get("/told").await;
        told.assert_status(503).assert_see("back at noon").assert_dont_see("hunter2");
    }
}

#[tokio::test]
async fn errors_are_json_for_a_client_that_expects_json() {
    let client = visit(routes).await.accept_json();
    let answer = client.get("/source").await;
    answer.assert_header("content-type", "application/json");
    answer.assert_exact_json(value!({"message": "Server Error"}));
    client.get("/abort").await.assert_exact_json(value!({"message": "Gone"}));
    let details = value!({"message": "taken", "errors": {"name": ["is taken"]}});
    client.get("/details").await.assert_status(409).assert_exact_json(details);
}

#[tokio::test]
async fn with_debug_on_the_cause_is_shown() {
    let client = TestApp::new().debug().routes(routes).client().await;
    for path in ["/source", "/told", "/inside", "/panics"] {
        client.get(path).await.assert_see("hunter2").assert_see(":");
        let json = client.accept_json().get(path).await;
        json.assert_header("content-type", "application/json").assert_see("hunter2");
    }
    client.get("/source").await.assert_status(500).assert_see("tests/http/errors.rs");
    client.get("/abort").await.assert_status(410);
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_next_request_is_served() {
    let client = visit(routes).await;
    client.get("/panics").await.assert_status(500);
    client.get("/fine").await.assert_ok().assert_text("fine");
    let statuses = client
        .together(16, async |client, number| {
            client.get(if number % 2 == 0 { "/panics" } else { "/fine" }).await.status()
        })
        .await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 8);
}

#[tokio::test]
async fn a_panic_in_one_request_leaves_the_session_as_it_was() {
    let client = visit(|route| {
        route.get("/put", async |req: HttpRequest| req.session().put("count", 1));
        route.get("/panic", async |req: HttpRequest| -> String {
            req.session().put("count", 2);
            panic!("after a put")
        });
        route.get("/fail", async |req: HttpRequest| -> Result {
            req.session().put("failed", true);
            abort(422)
        });
    })
    .await;
    client.get("/put").await.assert_session_has_value("count", 1);
    client.get("/panic").await.assert_status(500).assert_session_has_value("count", 1);
    client.get("/fail").await.assert_status(422).assert_session_has("failed");
}

struct Polite;

impl lunox::http::ErrorRenderer for Polite {
    fn render(&self, error: &Error, req: &HttpRequest) -> Response {
        format!("sorry about {}: {}", req.path(), error.status().as_u16()).into_response()
    }
}

impl ServiceProvider for Polite {
    async fn register(&self, app: &Application) -> Result<()> {
        app.instance::<dyn lunox::http::ErrorRenderer>(
            Arc::new(Polite) as Arc<dyn lunox::http::ErrorRenderer>
        );
        Ok(())
    }
}

#[tokio::test]
async fn an_application_can_render_errors_itself() {
    let client = TestApp::new().provider(Polite).routes(routes).client().await;
    client.get("/source").await.assert_status(500).assert_text("sorry about /source: 500");
    client.get("/nowhere").await.assert_not_found().assert_text("sorry about /nowhere: 404");
    client.get("/source?a=%ff").await.assert_status(400).assert_see("sorry about");
}

struct Clumsy;

impl ErrorRenderer for Clumsy {
    fn render(&self, _: &Error, req: &HttpRequest) -> Response {
        panic!("no idea what to say about {}", req.path())
    }
}

#[tokio::test]
async fn a_renderer_that_panics_leaves_the_visitor_a_plain_answer() {
    let renderer: Arc<dyn ErrorRenderer> = Arc::new(Clumsy);
    let app = TestApp::new().register(move |app| app.instance::<dyn ErrorRenderer>(renderer));
    let client = app.client().await;
    client.get("/nowhere").await.assert_not_found().assert_text("404 Not Found\n");
}

struct Fails;

impl ErrorRenderer for Fails {
    fn render(&self, _: &Error, _: &HttpRequest) -> Response {
        Error::new(400, "of the renderer").into_response()
    }
}

#[tokio::test]
async fn a_renderer_that_fails_itself_does_not_hide_the_error() {
    let renderer: Arc<dyn ErrorRenderer> = Arc::new(Fails);
    let app = TestApp::new().register(move |app| app.instance::<dyn ErrorRenderer>(renderer));
    let client = app.client().await;
    client.get("/nowhere").await.assert_not_found().assert_text("404 Not Found\n");
}

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn a_browser_gets_a_page_for_every_error_and_a_json_client_json() {
    let client = visit(|route| {
        route.get("/status/{status}", async |_: HttpRequest, status: u16| -> Result {
            abort(status)
        });
        route.get("/odd", async || -> Result { abort_with(403, "<script>") });
        route.post("/form", async || "");
    })
    .await;
    let browser = client.with_header("accept", BROWSER);
    for status in [400, 401, 402, 403, 404, 405, 410, 413, 418, 419, 422, 429, 500, 502, 503] {
        let path = format!("/status/{status}");
        let page = browser.get(&path).await;
        page.assert_status(status).assert_header("content-type", "text/html; charset=utf-8");
        page.assert_see("<!doctype html>").assert_see(&format!("<title>{status} "));
        let json = client.accept_json().get(&path).await;
        json.assert_status(status).assert_header("content-type", "application/json");
    }
    // Those that the router and the kernel refuse.
    for (path, status) in [("/nowhere", 404), ("/form", 405), ("/%ff", 400), ("/?a=%ff", 400)] {
        let page = browser.get(path).await;
        page.assert_status(status).assert_header("content-type", "text/html; charset=utf-8");
        let json = client.accept_json().get(path).await;
        json.assert_status(status).assert_header("content-type", "application/json");
        let text = client.get(path).await;
        text.assert_status(status).assert_header("content-type", "text/plain; charset=utf-8");
    }
    browser.get("/odd").await.assert_see("&lt;script&gt;").assert_dont_see("<script>");
}

#[tokio::test]
async fn with_debug_on_json_has_the_cause_and_the_place() {
    let client = TestApp::new().debug().routes(routes).client().await;
    let json = client.accept_json().get("/details").await;
    json.assert_see("\"errors\":{\"name\":[\"is taken\"]}").assert_see("tests/http/errors.rs");
    let page = client.with_header("accept", BROWSER).get("/source").await;
    page.assert_status(500)
        .assert_see("<pre")
        .assert_see("hunter2")
        .assert_see("tests/http/errors.rs");
}

/// Every status that IANA has registered for errors, Laravel's 419, and numbers that nobody has.
const STATUSES: [u16; 49] = [
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418,
    419, 421, 422, 423, 424, 425, 426, 428, 429, 431, 440, 451, 499, 500, 501, 502, 503, 504, 505,
    506, 507, 508, 510, 511, 520, 530, 550, 570, 598, 599,
];

#[tokio::test]
async fn every_status_has_its_page_in_every_environment() {
    for (environment, debug) in [
        (Environment::Local, true),
        (Environment::Local, false),
        (Environment::Testing, false),
        (Environment::Production, false),
    ] {
        for views in [true, false] {
            let app = TestApp::new().app(|app| {
                app.environment = environment.clone();
                app.debug = debug;
            });
            // Those of a new project.
            let app = if views { app.views("resources/views") } else { app };
            let app = app.routes(|route| {
                route.get("/{status}", async |_: HttpRequest, status: u16| -> Result {
                    Err(Error::with_source(status, secret()))
                });
            });
            let client = app.client().await.with_header("accept", BROWSER);
            for status in STATUSES {
                let page = client.get(&format!("/{status}")).await;
                page.assert_status(status)
                    .assert_header("content-type", "text/html; charset=utf-8");
                let text = page.text();
                assert!(text.trim_start().starts_with("<!doctype html>"), "{status}: {text}");
                assert!(text.contains(&format!("<title>{status} ")), "{status}: {text}");
                assert!(
                    text.ends_with("</html>\n") || text.ends_with("</html>"),
                    "{status}: {text}"
                );
                assert_eq!(text.contains("hunter2"), debug, "{environment:?} {status}: {text}");
                let is_own = text.contains("Go to the start page");
                assert_eq!(is_own, views && !debug, "{environment:?} {status}: {text}");
            }
        }
    }
}
