use std::panic::AssertUnwindSafe;
use std::time::Duration;

use super::*;
use crate::prelude::*;
use crate::session::MemoryDriver;
use crate::support::panic_message;

/// What a failed assertion says.
fn failure(check: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(AssertUnwindSafe(check)).expect_err("the check fails");
    panic_message(&*panic).to_owned()
}

fn routes(route: &mut Router) {
    route.get("/", async |req: HttpRequest| req.session().get_or("name", "nobody".to_owned()));
    route.post("/name", async |req: HttpRequest| {
        req.session().put("name", req.string("name"));
        redirect("/moved")
    });
    route.put("/put/{status}", async |_: HttpRequest, status: u16| redirect("/put").status(status));
    route.any("/put", async |req: HttpRequest| format!("{} {}", req.method(), req.string("name")));
    route.get("/moved", async || redirect("http://localhost/").status(308));
    route.get("/round", async || redirect("/round"));
    route.get("/away", async || redirect("https://elsewhere.test/"));
    route.post("/again", async || redirect("/echo").status(307));
    route.post("/echo", async |req: HttpRequest| req.string("name"));
    route.post("/count", async |req: HttpRequest| req.session().increment("count", 1).to_string());
    route.get("/headers", async |req: HttpRequest| {
        format!("{:?} {:?} {}", req.header("referer"), req.bearer_token(), req.url())
    });
    route.post("/form", async |req: HttpRequest| {
        req.session().put("step", 2);
        back().with_errors([("mail", "taken")]).with_input()
    });
    route.get("/broken", async || -> Result {
        Ok("12x".parse::<u8>()?.to_string().into_response())
    });
    route.get("/json", async || json(serde_json::json!({"user": {"tags": ["a", "b"], "id": 7}})));
    route.get("/cookie", async || cookies().queue(("seen", "a b")));
    route.get("/storage", async || storage_path("x").display().to_string());
    #[cfg(feature = "uploads")]
    route.post("/upload", async |req: HttpRequest| {
        let file = req.file("photo").expect("a file");
        format!("{} {} {:?}", file.client_name(), file.size(), req.string("title"))
    });
}

async fn client() -> TestClient {
    TestApp::new().routes(routes).client().await
}

#[tokio::test]
async fn redirects_are_followed_as_browsers_do() {
    let client = client().await;
    client.post("/name", [("name", "Ada")]).await.assert_redirect("/moved");
    let browser = client.another().following_redirects();
    browser.post("/name", [("name", "Bob")]).await.assert_text("Bob");
    browser.post("/again", [("name", "kept")]).await.assert_text("kept");
    for (status, answer) in [(301, "PUT Bob"), (302, "PUT Bob"), (303, "GET "), (307, "PUT Bob")] {
        let put = browser.put(&format!("/put/{status}"), [("name", "Bob")]).await;
        put.assert_text(answer);
    }
    browser.get("/away").await.assert_redirect("https://elsewhere.test/");
    client.get("/").await.assert_text("Ada");
}

#[tokio::test]
#[should_panic = "11 redirects in a row, the last to /round"]
async fn a_loop_of_redirects_ends() {
    client().await.following_redirects().get("/round").await;
}

#[tokio::test]
async fn a_visitor_can_come_from_somewhere_over_https_to_another_host() {
    let visitor = client().await.host("a.test").https().from("/form");
    let text = r#"Some("https://a.test/form") Some("t0k") https://a.test/headers"#;
    visitor.get("/headers").bearer("t0k").await.assert_text(text);
}

#[tokio::test]
async fn cookies_are_kept_and_read_decoded() {
    let client = client().await;
    let response = client.get("/cookie").await;
    response.assert_cookie_value("seen", "a b").assert_cookie_missing("lunox_session");
    assert_eq!(client.cookie("seen").as_deref(), Some("a b"));
    assert_eq!(client.another().cookie("seen"), None);
    client.forget_cookie("seen");
    assert_eq!(client.cookie("seen"), None);
}

#[tokio::test]
async fn a_session_can_be_given_and_dies_of_old_age() {
    let client = client().await;
    client.with_session([("name", "Ada")]).await;
    client.get("/").await.assert_text("Ada").assert_session_has_all([("name", "Ada")]);
    assert_eq!(client.session().await.len(), 1);
    client.travel(Duration::from_secs(121 * 60));
    client.get("/").await.assert_text("nobody").assert_session_missing("name");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_run_together_as_one_visitor() {
    let client = client().await;
    client.with_session([("count", 0)]).await;
    let numbers = client.together(16, |client, number| async move {
        client.post("/count", ()).await.assert_ok();
        number
    });
    assert_eq!(numbers.await, (0..16).collect::<Vec<_>>());
    client.get("/").await.assert_session_has_value("count", 16);
}

#[cfg(feature = "uploads")]
#[tokio::test]
async fn a_form_can_carry_files() {
    let form = Multipart::new().text("title", "Lake").file("photo", "lake.png", "image/png", "123");
    let request = client().await.request(http::Method::POST, "/upload").multipart(form);
    request.await.assert_text("lake.png 3 \"Lake\"");
}

#[tokio::test]
async fn what_the_application_writes_goes_with_the_test() {
    let client = client().await;
    let path = client.get("/storage").await.text();
    let storage = client.app().storage_path("");
    assert_eq!(path, storage.join("x").display().to_string());
    assert!(storage.starts_with(std::env::temp_dir()));
    std::fs::create_dir_all(&storage).expect("made");
    drop(client);
    assert!(!storage.exists());
}

#[tokio::test]
async fn a_failed_assertion_shows_the_response_and_the_error_but_no_token() {
    let client = client().await;
    let broken = client.get("/broken").await;
    let text = failure(|| _ = broken.assert_ok());
    for part in [
        "the status is 500 and not 200 (src/testing/tests.rs:",
        "GET /broken was answered with 500 Internal Server Error\ncontent-type: text/plain",
        "the error behind it: 500 at src/testing/tests.rs:",
        "invalid digit found in string",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let stored = client.post("/name", [("name", "Ada")]).await;
    let token = client.cookie("lunox_session").expect("a session");
    let text = failure(|| _ = stored.assert_session_has_value("name", "Bob"));
    assert!(text.contains("`name` is \"Ada\" and not \"Bob\""), "{text}");
    assert!(text.contains("set-cookie: lunox_session=********; HttpOnly"), "{text}");
    assert!(!text.contains(&token), "{text}");
}

#[tokio::test]
async fn an_assertion_of_several_values_names_all_that_differ() {
    let client = client().await;
    client.with_session([("name", "Ada"), ("city", "Ulm")]).await;
    let response = client.get("/").await;
    response.assert_session_has_all([("name", "Ada"), ("city", "Ulm")]);
    let expected = [("name", "Bob"), ("city", "Ulm"), ("street", "Kai"), ("_x.y", "z")];
    let text = failure(|| _ = response.assert_session_has_all(expected));
    let all = "`name` is \"Ada\" and not \"Bob\"; it has no `street`; it has no `_x.y`";
    assert!(text.starts_with(&format!("the session: {all}\n")), "{text}");
}

#[tokio::test]
async fn old_input_can_be_asserted() {
    let form = [("mail", "a@b.test"), ("user[name]", "Ada"), ("password", "secret")];
    let response = client().await.from("/form").post("/form", form).await;
    response
        .assert_session_has_errors("mail")
        .assert_session_has_input(["mail", "user.name"])
        .assert_session_has_input_value("user.name", "Ada")
        .assert_session_has_input_value("user", serde_json::json!({"name": "Ada"}))
        .assert_session_missing_input(["password", "step", "street"]);
    let text = failure(|| _ = response.assert_session_has_input(["mail", "step", "password"]));
    assert!(text.starts_with("the session: the old input has no `step`, `password`\n"), "{text}");
    let text = failure(|| _ = response.assert_session_has_input_value("mail", "c"));
    assert!(
        text.starts_with("the session: old input: `mail` is \"a@b.test\" and not \"c\""),
        "{text}"
    );
    let text = failure(|| _ = response.assert_session_missing_input(["x", "mail"]));
    assert!(text.starts_with("the session: the old input has `mail`\n"), "{text}");
    assert!(text.contains("(src/testing/tests.rs:"), "{text}");
}

#[tokio::test]
async fn json_is_compared_in_part_in_whole_and_at_a_path() {
    let response = client().await.get("/json").await;
    response
        .assert_json(serde_json::json!({"user": {"id": 7}}))
        .assert_exact_json(serde_json::json!({"user": {"id": 7, "tags": ["a", "b"]}}))
        .assert_json_path("user.tags.1", "b")
        .assert_json_missing("user.name");
    let text = failure(|| _ = response.assert_json(serde_json::json!({"user": {"id": 8}})));
    assert!(text.starts_with("user.id: expected 8, found 7"), "{text}");
}

#[tokio::test]
async fn variables_and_a_clock_that_the_test_chose_stay() {
    let clock = Arc::new(crate::support::ManualClock::at(5));
    let builder = TestApp::new().set("APP_ENV", "staging").builder().clock(clock);
    let client = TestClient::new(builder).await;
    assert_eq!(client.app().env().string("APP_ENV", ""), "staging");
    assert_eq!(client.app().clock().unix(), 5);
    assert!(failure(|| client.travel_minutes(1)).contains("turn that clock"));
}

#[tokio::test]
async fn sessions_are_kept_by_the_driver_that_the_test_gave() {
    let store = FaultyDriver::new(MemoryDriver::new());
    // As a project's `application()`, whose configuration names a driver that this test does not want.
    let project = TestApp::new().driver("mongo").routes(routes).builder();
    let clients = [
        TestApp::new().driver(store.clone()).routes(routes).client().await,
        TestClient::new(project.session_driver(store.clone())).await,
    ];
    for client in clients {
        client.post("/name", [("name", "Ada")]).await.assert_session_has_value("name", "Ada");
        assert!(store.calls().contains(&Operation::Create));
        store.at(1, Operation::Read, Fault::Fails);
        client.get("/").await.assert_status(503);
        client.get("/").await.assert_text("Ada");
    }
}

#[tokio::test]
async fn a_driver_can_be_named_and_the_last_choice_counts() {
    let store = FaultyDriver::new(MemoryDriver::new());
    let client = TestApp::new().driver(store.clone()).driver("file").routes(routes).client().await;
    client.post("/name", [("name", "Ada")]).await;
    client.get("/").await.assert_text("Ada");
    assert_eq!(store.calls(), []);
    assert!(client.app().storage_path("framework/sessions").is_dir());
}

#[tokio::test]
async fn a_boot_error_names_the_line_of_the_test() {
    let app = TestApp::bare().routes(|route| {
        route.get("/", async || "");
    });
    let Err(error) = app.try_client().await else { panic!("it boots") };
    assert!(error.to_string().contains("add SessionServiceProvider"), "{error}");
}
