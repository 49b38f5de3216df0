//! The middleware `trim_strings` and `convert_empty_strings_to_null`.

use std::sync::atomic::{AtomicBool, Ordering};

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use serde_json::{Value, json as value};

/// The skeleton's.
#[path = "../../app/http/kernel.rs"]
mod kernel;

/// An application with these global middleware, whose `/` shows the input.
async fn with(global: &'static [&'static str]) -> TestClient {
    let app = TestApp::new().middleware(|middleware| {
        global.iter().for_each(|name| middleware.global(*name));
    });
    let app = app.routes(|route| {
        route.any("/", async |req: HttpRequest| json(req.all()));
        route.get("/query", async |req: HttpRequest| json(req.query::<Value>("q")));
        route.post("/json", async |req: HttpRequest| -> Result { Ok(json(req.json::<Value>()?)) });
        route.post("/form", async || redirect("/form").with_input());
        route.get("/form", async |req: HttpRequest| {
            let session = req.session();
            json(value!([req.old::<String>("name"), session.get::<Value>("_old_input")]))
        });
    });
    app.client().await
}

const BOTH: &[&str] = &["trim_strings", "convert_empty_strings_to_null"];

#[tokio::test]
async fn text_is_trimmed_and_an_empty_field_is_null_wherever_it_came_from() {
    let client = with(BOTH).await;
    let expected = value!({"a": "x y", "b": null, "c": {"d": ["1", null]}});
    let pairs = [("a", "\t x y\r\n"), ("b", "  "), ("c[d][]", " 1"), ("c[d][]", "")];
    let answer = client.get("/?a=%09+x+y%0d%0a&b=++&c[d][]=+1&c[d][]=").await;
    answer.assert_exact_json(expected.clone());
    client.post("/", pairs).await.assert_exact_json(expected.clone());
    let body = value!({"a": " x y ", "b": "", "c": {"d": ["1 ", " "]}});
    client.post_json("/", body).await.assert_exact_json(expected);
    client
        .post("/?q=+query+", [("f", " form ")])
        .await
        .assert_exact_json(value!({"q": "query", "f": "form"}));
    client.get("/query?q=+x+").await.assert_exact_json(value!("x"));
    client.get("/query?q=+").await.assert_exact_json(value!(null));
    let list = value!([" a ", {"n": ""}, 1, true, null]);
    client
        .post_json("/json", list)
        .await
        .assert_exact_json(value!(["a", {"n": null}, 1, true, null]));
    client.get("/").await.assert_exact_json(value!({}));
}

#[tokio::test]
async fn passwords_are_not_trimmed_at_any_depth_and_further_names_may_be_given() {
    let body = value!({
        "password": " a ", "password_confirmation": " a ", "current_password": " a ",
        "user": {"newPassword": " a ", "name": " a "}, "passwords": [" a "],
        "bio": " a ", "token": " a ",
    });
    let mut expected = body.clone();
    (expected["user"]["name"], expected["token"]) = (value!("a"), value!("a"));
    let client = with(&["trim_strings:bio"]).await;
    client.post_json("/", &body).await.assert_exact_json(expected);
    // An empty password is null nevertheless, as in Laravel.
    with(BOTH)
        .await
        .post("/", [("password", "")])
        .await
        .assert_exact_json(value!({"password": null}));
}

#[tokio::test]
async fn invisible_characters_are_trimmed_as_laravel_does() {
    let client = with(&["trim_strings"]).await;
    for blank in
        "\0\t\n\u{b}\r \u{85}\u{a0}\u{1680}\u{180e}\u{2003}\u{200b}\u{200e}\u{2028}\u{3000}\u{feff}"
            .chars()
    {
        let body = value!({"a": format!("{blank}x{blank}y{blank}")});
        let kept = value!({"a": format!("x{blank}y")});
        client.post_json("/", body).await.assert_exact_json(kept);
    }
    // A joiner is part of an emoji.
    client
        .post_json("/", value!({"a": "\u{200d}x"}))
        .await
        .assert_exact_json(value!({"a": "\u{200d}x"}));
}

#[tokio::test]
async fn each_works_without_the_other_and_neither_by_itself() {
    let body = value!({"a": " x ", "b": "", "c": " "});
    for (global, expected) in [
        (&[][..], body.clone()),
        (&["trim_strings"], value!({"a": "x", "b": "", "c": ""})),
        (&["convert_empty_strings_to_null"], value!({"a": " x ", "b": null, "c": " "})),
        (BOTH, value!({"a": "x", "b": null, "c": null})),
    ] {
        with(global).await.post_json("/", &body).await.assert_exact_json(expected);
    }
}

#[tokio::test]
async fn old_input_is_what_the_action_saw() {
    let client = with(BOTH).await;
    client.post("/form", [("name", " Ada "), ("city", " "), ("password", " x ")]).await;
    client.get("/form").await.assert_exact_json(value!(["Ada", {"name": "Ada", "city": null}]));
}

#[tokio::test]
async fn the_body_is_read_no_earlier_and_a_middleware_further_out_sees_what_was_sent() {
    static SAW: AtomicBool = AtomicBool::new(false);
    async fn outside(req: HttpRequest, next: Next) -> Result {
        req.read_body().await?;
        SAW.store(req.input::<String>("a").as_deref() == Some(" x "), Ordering::SeqCst);
        Ok(next.run(req).await)
    }
    async fn unread(req: HttpRequest, next: Next) -> Result {
        assert!(req.has_unread_body());
        Ok(next.run(req).await)
    }
    let app = TestApp::new().middleware(|middleware| {
        middleware.alias("outside", outside);
        middleware.alias("unread", unread);
        middleware.group("looked", ["outside", "trim_strings"]);
        middleware.group("late", ["trim_strings", "unread"]);
    });
    let client = app.plain_routes(|route| {
        let show = async |req: HttpRequest| req.input::<String>("a").unwrap_or_default();
        route.post("/looked", show).middleware("looked");
        route.post("/late", show).middleware("late");
    });
    let client = client.client().await;
    client.post("/looked", [("a", " x ")]).await.assert_text("x");
    assert!(SAW.load(Ordering::SeqCst));
    client.post("/late", [("a", " x ")]).await.assert_text("x");
}

#[tokio::test]
async fn a_new_project_normalises_input() {
    let app = TestApp::new().middleware(kernel::middleware);
    let app = app.routes(|route| {
        route.post("/", async |req: HttpRequest| json(req.all()));
    });
    let client = app.client().await;
    let answer = client.post("/", [("a", " x "), ("b", " "), ("password", " x ")]).await;
    answer.assert_exact_json(value!({"a": "x", "b": null, "password": " x "}));
}

#[tokio::test]
async fn an_empty_field_is_the_same_bool_with_and_without_the_middleware() {
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Search {
        exact: bool,
        tag: Option<String>,
    }
    for global in [&[][..], BOTH] {
        let app = TestApp::new().middleware(|middleware| {
            global.iter().for_each(|name| middleware.global(*name));
        });
        let app = app.routes(|route| {
            let parse = async |req: HttpRequest| -> Result { Ok(json(req.parse::<Search>()?)) };
            route.post("/", parse);
        });
        let answer = app.client().await.post("/", [("exact", ""), ("tag", "")]).await;
        answer.assert_exact_json(value!({"exact": false, "tag": null}));
    }
}

#[tokio::test]
async fn a_path_where_the_name_of_a_field_belongs_is_refused_at_boot() {
    for wrong in ["trim_strings:code,user.bio", "trim_strings:user[bio]"] {
        let app = TestApp::new().middleware(move |middleware| {
            middleware.global(wrong);
        });
        let error = app.try_client().await.err().expect("refused").to_string();
        assert!(error.contains("`bio` and not `user.bio`"), "{error}");
    }
}
