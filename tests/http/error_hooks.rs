//! What an application does with errors of its own types.

use std::fmt;
use std::sync::Mutex;

use lunox::foundation::ErrorHooks;
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

#[derive(Debug)]
struct OutOfStock(u64);

#[derive(Debug)]
struct Payment(OutOfStock);

impl fmt::Display for OutOfStock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "product {} is out of stock", self.0)
    }
}

impl fmt::Display for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not paid")
    }
}

impl std::error::Error for OutOfStock {}

impl std::error::Error for Payment {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

struct ErrorsOf<F>(F);

impl<F: Fn(&mut ErrorHooks) + Send + Sync + 'static> ServiceProvider for ErrorsOf<F> {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.errors(&self.0);
        Ok(())
    }
}

async fn shop(hooks: impl Fn(&mut ErrorHooks) + Send + Sync + 'static) -> TestClient {
    let routes = |route: &mut Router| {
        route.get("/buy", async || -> Result { Err(OutOfStock(7))? });
        route.get("/pay", async || -> Result { Err(Payment(OutOfStock(8)))? });
        route.get("/abort", async || -> Result { abort(410) });
        route.get("/other", async || -> Result { Err(std::io::Error::other("disk"))? });
        route.get("/panic", async || -> &'static str { panic!("on purpose") });
    };
    TestApp::new().provider(ErrorsOf(hooks)).routes(routes).client().await
}

#[tokio::test]
async fn a_hook_answers_errors_of_its_type_and_what_they_caused() {
    let client = shop(|errors| {
        errors.render(|error: &OutOfStock, req: &HttpRequest| {
            (409, format!("{} at {}", error.0, req.path())).into_response()
        });
    })
    .await;
    client.get("/buy").await.assert_status(409).assert_text("7 at /buy");
    client.get("/pay").await.assert_status(409).assert_text("8 at /pay");
    client.get("/other").await.assert_status(500).assert_text("500 Server Error\n");
    client.get("/abort").await.assert_status(410).assert_text("410 Gone\n");
    client.get("/nowhere").await.assert_not_found();
}

#[tokio::test]
async fn the_first_hook_that_answers_counts_and_a_plain_answer_gets_the_errors_status() {
    let client = shop(|errors| {
        errors.render(|_: &OutOfStock, req: &HttpRequest| {
            req.has("quiet").then(|| "quiet".into_response())
        });
        errors.render(|error: &Error, _: &HttpRequest| {
            format!("{error} ({})", error.status().as_u16()).into_response()
        });
    })
    .await;
    client.get("/buy?quiet=1").await.assert_status(500).assert_text("quiet");
    client.get("/buy").await.assert_status(500).assert_text("product 7 is out of stock (500)");
    client.get("/abort").await.assert_status(410).assert_text("Gone (410)");
    client.get("/nowhere").await.assert_status(404).assert_text("Not Found (404)");
    client.get("/panic").await.assert_status(500).assert_text("panicked: on purpose (500)");
}

#[tokio::test]
async fn a_hook_may_redirect() {
    let client = shop(|errors| {
        errors.render(|_: &OutOfStock, _: &HttpRequest| redirect("/sold-out").into_response());
    })
    .await;
    client.get("/buy").await.assert_redirect("/sold-out");
}

#[tokio::test]
async fn a_hook_that_fails_itself_leaves_the_error_page() {
    let client = shop(|errors| {
        errors.render(|_: &OutOfStock, _: &HttpRequest| Error::new(400, "hook").into_response());
        errors.render(|_: &std::io::Error, _: &HttpRequest| -> Response { panic!("hook") });
    })
    .await;
    for path in ["/buy", "/other"] {
        client.get(path).await.assert_status(500).assert_text("500 Server Error\n");
    }
}

/// What the hooks were called with.
type Calls = Arc<Mutex<Vec<String>>>;

fn note(calls: &Calls, what: impl Into<String>) {
    calls.lock().expect("no panic holds it").push(what.into());
}

#[tokio::test]
async fn reports_run_for_their_types_until_one_stops() {
    let calls = Calls::default();
    let noted = calls.clone();
    let client = shop(move |errors| {
        let (stock, all) = (noted.clone(), noted.clone());
        errors.report(|_: &OutOfStock, _: &HttpRequest| panic!("a hook that fails"));
        errors
            .report(move |error: &OutOfStock, req: &HttpRequest| {
                note(&stock, format!("stock {} {}", error.0, req.path()));
            })
            .stop();
        errors.report(move |error: &Error, _: &HttpRequest| note(&all, format!("all: {error}")));
        errors.dont_report::<Payment>();
    })
    .await;
    for path in ["/buy", "/pay", "/other", "/abort"] {
        client.get(path).await;
    }
    let calls = calls.lock().expect("no panic holds it").clone();
    assert_eq!(calls, ["stock 7 /buy", "all: disk", "all: Gone"]);
}

#[tokio::test]
async fn an_error_that_a_hook_stops_or_nobody_wants_reported_is_not_in_the_log() {
    let client = shop(|errors| {
        errors.report(|_: &std::io::Error, _: &HttpRequest| {}).stop();
        errors.dont_report::<Payment>();
        errors.report(|_: &Error, _: &HttpRequest| {});
    })
    .await;
    let (log, _guard) = crate::log::Log::take();
    for path in ["/buy", "/pay", "/other"] {
        client.get(path).await.assert_status(500);
    }
    let text = log.text();
    assert!(text.contains("product 7") && text.contains("error_hooks.rs"), "{text}");
    assert!(!text.contains("not paid") && !text.contains("disk"), "{text}");
}
