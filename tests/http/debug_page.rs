//! The page that shows a developer what went wrong.

use std::fmt;

use lunox::error::{Excerpt, Place};
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[derive(Debug)]
struct Unpaid(std::io::Error);

impl fmt::Display for Unpaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the order could not be paid")
    }
}

impl std::error::Error for Unpaid {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn unpaid(cause: &str) -> Unpaid {
    Unpaid(std::io::Error::other(cause.to_owned()))
}

/// Fails with what the visitor sends, after storing it.
async fn echo(req: HttpRequest) -> Result {
    for (name, value) in req.all() {
        req.session().put(&name, value);
    }
    let text = req.string("text");
    let cause = unpaid(&format!("the disk said: {text}"));
    Err(Error::with_source(500, cause)
        .message_for_visitor(text.clone())
        .details(serde_json::json!({ "field": [text] })))
}

fn routes(route: &mut Router) {
    route
        .get("/pay/{order}", async |req: HttpRequest, _: u64| -> Result {
            req.session().put("cart", serde_json::json!({"product": "telescope"}));
            Err(unpaid("no route to the bank"))? // the line that is shown
        })
        .name("orders.pay");
    route.any("/echo", echo);
    route.get("/remember", async || cookies().queue(("remember", "open sesame")));
    route.get("/recall", async |req: HttpRequest| -> Result {
        Err(unpaid(&format!("the cookie is {}", req.cookie("remember").unwrap_or_default())))?
    });
    route.get("/reset/{token}", async |req: HttpRequest, _: String| -> Result {
        Err(unpaid(&format!("no user for {}", req.path())))?
    });
    route.get("/template", async || -> Result {
        let text = "<h1>{{ name }}</h1>\n{% if broken %}\n<p>the end</p>\n";
        let excerpt = Excerpt::new(Place::new("resources/views/broken.html", 2), text);
        Err(Error::with_source(500, "unexpected end of input").with_excerpt(excerpt))
    });
    route.get("/env", async |req: HttpRequest| -> Result {
        let name = req.string("name");
        Err(unpaid(&format!("cannot connect with {}", req_env(&name))))?
    });
    route.post("/small", async || "").limits(|limits| limits.body = 4);
    route.post("/guarded", async || "").middleware(async |_: HttpRequest, _: Next| abort(403));
}

/// What a careless error says of the environment.
fn req_env(name: &str) -> String {
    app().env().optional(name).unwrap_or_default()
}

async fn developer() -> TestClient {
    let app = TestApp::new()
        .debug()
        .set("DATABASE_URL", "postgres://lunox:s3cr3t-pass@db.internal/app")
        .set("STRIPE_SECRET", "sk_live_51H");
    app.routes(routes).client().await.with_header("accept", BROWSER)
}

#[tokio::test]
async fn the_page_is_shown_only_where_the_environment_is_local_and_debug_is_on() {
    for (environment, debug, shown) in [
        (Environment::Local, true, true),
        (Environment::Local, false, false),
        (Environment::Testing, true, false),
        (Environment::Other("staging".into()), true, false),
        (Environment::Production, false, false),
    ] {
        let app = TestApp::new().routes(routes).app(|app| {
            app.environment = environment.clone();
            app.debug = debug;
        });
        let client = app.client().await;
        let clients = [client.with_header("accept", BROWSER), client.accept_json(), client];
        for client in clients {
            let answer = client.get("/pay/5").await;
            let text = answer.assert_status(500).text();
            for detail in ["no route to the bank", "debug_page.rs"] {
                assert_eq!(text.contains(detail), shown, "{environment:?} {debug}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn debug_that_shows_nothing_is_reported_at_boot() {
    let boot = async |environment: Environment| {
        let (log, _guard) = crate::log::Log::take();
        let app = TestApp::new().debug().app(|app| app.environment = environment);
        app.client().await;
        log.text()
    };
    let staging = boot(Environment::Other("staging".into())).await;
    assert!(staging.contains("APP_DEBUG is true, but") && staging.contains("staging"), "{staging}");
    assert!(!boot(Environment::Local).await.contains("APP_DEBUG"));
}

#[tokio::test]
async fn the_page_has_what_a_developer_needs() {
    let client = developer().await;
    let page = client.get("/pay/7?coupon=spring").await;
    page.assert_status(500).assert_header("content-type", "text/html; charset=utf-8");
    let text = include_str!("debug_page.rs");
    let line = text.lines().position(|line| line.ends_with("// the line that is shown"));
    let place = format!("tests/http/debug_page.rs:{}", line.expect("a line") + 1);
    for detail in [
        // The message, the cause, the source.
        "<h1>the order could not be paid</h1>",
        "<li>no route to the bank</li>",
        &place,
        "<mark><i>",
        "// the line that is shown</mark>",
        "req.session().put(&quot;cart&quot;",
        // The request.
        "GET /pay/7",
        "<dt>coupon</dt><dd>spring</dd>",
        "<dt>accept</dt><dd>text/html,application/xhtml+xml",
        // The route.
        "<dt>Path</dt><dd>/pay/{order}</dd>",
        "<dt>Name</dt><dd>orders.pay</dd>",
        "<dt>order</dt><dd>7</dd>",
        "<dt>Middleware</dt><dd>cookies, session, csrf</dd>",
        // The session.
        "<dt>cart</dt>",
        "telescope",
        "Visitors see a plain page instead",
    ] {
        page.assert_see(detail);
    }
    page.assert_dont_see("<script").assert_dont_see("onclick");
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline';"), "{policy}");
    page.assert_header("cache-control", "no-store");
}

#[tokio::test]
async fn a_broken_template_is_shown_where_it_is_broken() {
    let page = developer().await.get("/template").await;
    page.assert_see("unexpected end of input").assert_see("resources/views/broken.html:2");
    page.assert_see("<span><i>1</i>&lt;h1&gt;{{ name }}&lt;/h1&gt;</span>");
    page.assert_see("<mark><i>2</i>{% if broken %}</mark>");
}

#[tokio::test]
async fn whatever_somebody_else_wrote_is_escaped() {
    let client = developer().await.with_header("x-odd", "<script>alert(1)</script>");
    let attack = "<script>alert(1)</script>'\"";
    let page = client.post("/echo", [("text", attack), ("<script>", attack)]).await;
    let text = page.assert_status(500).text();
    assert!(!text.contains("<script"), "{text}");
    // Message, cause, details, input (name and value twice), header, session.
    assert!(text.matches("&lt;script&gt;").count() >= 9, "{text}");
    assert!(text.contains("&#39;&quot;"), "{text}");
    for path in ["/%3Cscript%3E", "/reset/%3Cscript%3E", "/pay/%3Cscript%3E"] {
        let text = client.get(path).await.text();
        assert!(!text.contains("<script"), "{path}: {text}");
        assert!(!text.contains("No route") || text.contains("/&lt;script&gt;"), "{text}");
    }
}

#[tokio::test]
async fn credentials_of_the_request_are_masked_wherever_they_occur() {
    let client = developer()
        .await
        .with_header("authorization", "Bearer eyJhbGciOi.abc")
        .with_header("x-api-key", "key-of-the-api")
        .with_header("x-csrf-token", "csrf-of-the-page")
        .with_header("referer", "http://localhost/a?page=2&reset_token=from-the-mail");
    client.set_cookie("remember", "of-the-cookie");
    let form = [
        ("text", "hunter2 and of-the-cookie and eyJhbGciOi.abc and key-of-the-api, 12 34%"),
        ("password", "hunter2"),
        ("user[new_password]", "12 34%"),
        ("card_number", "4111111111111111"),
        ("city", "London"),
    ];
    let page = client.post("/echo?token=in-the-query&page=1", form).await;
    let text = page.assert_status(500).text();
    for secret in [
        "hunter2",
        "12 34%",
        "4111111111111111",
        "eyJhbGciOi",
        "key-of-the-api",
        "csrf-of-the-page",
        "of-the-cookie",
        "in-the-query",
        "from-the-mail",
    ] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert!(text.contains("<dt>city</dt><dd>London</dd>"), "{text}");
    assert!(text.contains("/a?page=2&amp;reset_token=********"), "{text}");
    assert!(text.contains("<h1>******** and ******** and ********"), "{text}");
    assert!(text.contains("<dt>cookie</dt><dd>********</dd>"), "{text}");
    // The session holds the same values from now on; its own token is in the cookie alone.
    let page = client.get("/pay/5").await;
    let text = page.text();
    assert!(text.contains("<dt>password</dt><dd>********</dd>"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("4111111111111111"), "{text}");
    for cookie in client.get("/pay/5").await.set_cookies() {
        assert!(!text.contains(cookie), "{text}");
    }
}

#[tokio::test]
async fn an_encrypted_cookie_is_masked_as_it_was_before_it_was_encrypted() {
    let app = TestApp::new().debug().routes(routes).middleware(|middleware| {
        middleware.group("web", ["encrypt_cookies", "cookies", "session", "csrf"]);
    });
    let client = app.client().await.with_header("accept", BROWSER);
    client.get("/remember").await.assert_ok();
    for client in [client.clone(), client.accept_json()] {
        let text = client.get("/recall").await.assert_status(500).text();
        assert!(text.contains("the cookie is ********"), "{text}");
        assert!(!text.contains("open sesame"), "{text}");
    }
}

#[tokio::test]
async fn a_secret_with_quotes_is_masked_however_it_is_quoted() {
    let client = developer().await;
    let secret = "it's \"open\"\tsesame";
    for (text, shown) in [
        (secret.to_owned(), "said: ********"),
        (format!("{secret:?}"), "said: &quot;********&quot;"),
        (serde_json::json!([secret]).to_string(), "said: [&quot;********&quot;]"),
        (secret.escape_debug().to_string(), "said: ********"),
    ] {
        let page = client.post("/echo", [("text", &*text), ("password", secret)]).await.text();
        assert!(page.contains(shown) && !page.contains("sesame"), "{text}: {page}");
    }
}

#[tokio::test]
async fn a_secret_in_the_path_is_masked_in_the_message_too() {
    let client = developer().await;
    for client in [client.clone(), client.accept_json(), client.with_header("accept", "*/*")] {
        let text = client.get("/reset/b8f1c2d3").await.text();
        assert!(!text.contains("b8f1c2d3"), "{text}");
        assert!(text.contains("no user for /reset/********"), "{text}");
    }
}

#[tokio::test]
async fn a_secret_in_the_address_of_another_page_is_masked() {
    let client = developer().await;
    for url in ["/reset/b8f1c2d3", "http://localhost/reset/b8f1c2d3?page=2", "/a?api_key=b8f1c2d3"]
    {
        let text = client.with_header("referer", url).get("/pay/5").await.text();
        assert!(!text.contains("b8f1c2d3") && text.contains("<dt>referer</dt>"), "{url}: {text}");
        let text = client.post("/echo", [("text", "ok"), ("next", url)]).await.text();
        assert!(!text.contains("b8f1c2d3") && text.contains("<dt>next</dt>"), "{url}: {text}");
    }
}

#[tokio::test]
async fn the_password_of_basic_authentication_is_masked() {
    // ada:opensesame
    let client = developer().await.with_header("authorization", "Basic YWRhOm9wZW5zZXNhbWU=");
    let text = client.post("/echo", [("text", "ada has opensesame")]).await.text();
    assert!(text.contains("ada has ********"), "{text}");
    assert!(!text.contains("opensesame") && !text.contains("YWRhOm"), "{text}");
}

#[tokio::test]
async fn the_environment_is_not_shown_even_if_an_error_quotes_it() {
    let client = developer().await;
    for (name, secret) in [
        ("DATABASE_URL", "postgres://"),
        ("DATABASE_URL", "s3cr3t-pass"),
        ("STRIPE_SECRET", "sk_live"),
        ("APP_KEY", "base64:"),
    ] {
        for client in [client.clone(), client.accept_json()] {
            let text = client.get(&format!("/env?name={name}")).await.text();
            assert!(text.contains("cannot connect with ********"), "{text}");
            assert!(!text.contains(secret), "{name}: {text}");
        }
    }
    let text = client.get("/pay/5").await.text();
    for name in ["STRIPE_SECRET", "SESSION_DRIVER", "DATABASE_URL=", "s3cr3t-pass"] {
        assert!(!text.contains(name), "{name}: {text}");
    }
}

#[tokio::test]
async fn a_request_whose_body_was_not_read_or_has_no_route_has_its_page_too() {
    let client = developer().await;
    let large = client.post("/small", [("a", "too long for this")]).await;
    large.assert_status(413).assert_see("debug_page.rs:").assert_see("Written at");
    let guarded = client.post("/guarded?x=of-the-query", [("a", "b")]).await;
    guarded.assert_status(403).assert_see("of-the-query").assert_see("Written at");
    let nowhere = client.get("/nowhere").await;
    nowhere.assert_not_found().assert_see("No route answers <code>GET /nowhere</code>");
    client.get("/small").await.assert_status(405).assert_see("debug_page.rs:");
}
