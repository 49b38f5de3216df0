//! An error names the line of the application that it comes from, never one of lunox.

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient, TestResponse};

/// The line of this file with a comment.
fn line_of(mark: &str) -> usize {
    let text = include_str!("error_places.rs");
    let mark = format!("// line: {mark}");
    text.lines().position(|line| line.trim_end().ends_with(&mark)).expect("a marked line") + 1
}

#[derive(serde::Deserialize)]
struct Photo {
    _title: String,
}

struct Broken;

impl serde::Serialize for Broken {
    fn serialize<S: serde::Serializer>(&self, _: S) -> std::result::Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("cannot be written"))
    }
}

async fn in_front(req: HttpRequest, next: Next) -> Result {
    req.read_body().await?;
    Ok(next.run(req).await)
}

async fn fails() -> Result<(), std::num::ParseIntError> {
    "x".parse::<u8>().map(drop)
}

#[rustfmt::skip]
fn routes(route: &mut Router) {
    route.get("/abort", async || -> Result { abort(410) }); // line: abort
    route.get("/question-mark", async || -> Result {
        let number: u8 = "x".parse()?; // line: question-mark
        Ok(number.to_string().into_response())
    });
    route.post("/parse", async |req: HttpRequest| -> Result {
        let _: Photo = req.parse()?; // line: parse
        Ok(().into_response())
    });
    route.post("/json", async |req: HttpRequest| -> Result {
        let _: Photo = req.json()?; // line: json
        Ok(().into_response())
    });
    route.get("/view", async || {
        view("missing", ()) // line: view
    });
    route.get("/broken", async || {
        json(Broken) // line: broken
    });
    route.get("/header", async || {
        "x".into_response().header("a", "b\n") // line: header
    });
    route.get("/cookie", async || {
        "x".into_response().cookie(lunox::web::Cookie::new("", "x")) // line: cookie
    });
    route.get("/expect", async |req: HttpRequest| {
        req.query::<String>("name").expect("a name") // line: expect
    });
    route.get("/panic", async || -> &'static str {
        panic!("on purpose") // line: panic
    });
    route.get("/session", async |req: HttpRequest| {
        req.session().put("x", 1); // line: session
    }).without_middleware("session");
    // For these no line of an action is at fault, so it is the line of the route.
    route.view("/view-route", "missing"); // line: view-route
    route.get("/none", async || None::<String>); // line: none
    route.get("/error-of-others", fails); // line: error-of-others
    route.get("/number/{number}", async |_: HttpRequest, _: u8| ()); // line: number
    route.post("/large", async || "").limits(|limits| limits.body = 4); // line: large
    route.put("/form", async || ""); // line: form
    route.post("/early", async || "").limits(|limits| limits.body = 4).middleware(in_front); // line: early
}

async fn client() -> TestClient {
    TestApp::new().views("resources/views").routes(routes).client().await
}

/// Where the log says that the error of a response comes from.
fn place(response: &TestResponse) -> String {
    let error = response.error().expect("an error");
    error.place().map_or_else(|| "nowhere".to_owned(), ToString::to_string)
}

fn at(mark: &str) -> String {
    format!("tests/http/error_places.rs:{}", line_of(mark))
}

#[tokio::test]
async fn an_error_names_the_line_of_the_action() {
    let client = client().await;
    for mark in [
        "abort",
        "question-mark",
        "view",
        "broken",
        "header",
        "cookie",
        "expect",
        "panic",
        "session",
    ] {
        let answer = client.get(&format!("/{mark}")).await;
        assert_eq!(place(&answer), at(mark), "{mark}");
    }
    for mark in ["parse", "json"] {
        let answer = client.post_json(&format!("/{mark}"), serde_json::json!({})).await;
        assert_eq!(place(answer.assert_status(422)), at(mark), "{mark}");
    }
}

#[tokio::test]
async fn what_lunox_itself_refuses_names_the_line_of_the_route() {
    let client = client().await;
    for (path, mark) in [
        ("/view-route", "view-route"),
        ("/none", "none"),
        ("/error-of-others", "error-of-others"),
        ("/number/x", "number"),
        ("/none?a=%ff", "none"),
        ("/large", "large"),
        ("/large?a=%ff", "large"),
    ] {
        assert_eq!(place(&client.get(path).await), at(mark), "{path}");
    }
    for mark in ["large", "early"] {
        let answer = client.post_json(&format!("/{mark}"), serde_json::json!({"x": "long"})).await;
        assert_eq!(place(answer.assert_status(413)), at(mark), "{mark}");
    }
    let form = client.post("/form", [("_method", "GET")]).await;
    assert_eq!(place(form.assert_status(400)), at("form"));
    let nowhere = client.get("/nowhere").await;
    assert_eq!(place(nowhere.assert_not_found()), "nowhere");
}

#[tokio::test]
async fn a_panic_that_somebody_has_caught_is_not_the_place_of_another() {
    let client = TestApp::new()
        .routes(|route| {
            let action = async || -> &'static str {
                let _ = std::panic::catch_unwind(|| panic!("caught"));
                std::panic::resume_unwind(Box::new("of a thread"))
            };
            route.get("/again", action); // line: again
        })
        .client()
        .await;
    assert_eq!(place(&client.get("/again").await), at("again"));
}
