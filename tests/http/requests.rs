//! What actions read from a request: input, headers, and the request from anywhere.

use http::Method;
use lunox::prelude::*;
use lunox::testing::TestApp;
use serde::Deserialize;
use serde_json::json as value;

use crate::visit;

#[tokio::test]
async fn query_and_form_are_one_input_in_which_the_body_wins() {
    let client = visit(|route| {
        route.post("/", async |req: HttpRequest| {
            json(value!([
                req.input::<String>("name"),
                req.query::<String>("name"),
                req.input::<u8>("page"),
                req.input::<Vec<String>>("tags"),
                req.input::<String>("user.city"),
                req.input::<u8>("name"),
                req.all(),
            ]))
        });
    })
    .await;
    let form = [("name", "body"), ("tags[]", "a"), ("tags[]", "b"), ("user[city]", "Paris")];
    let answer = client.post("/?name=query&page=2", form).await;
    answer.assert_exact_json(value!([
        "body",
        "query",
        2,
        ["a", "b"],
        "Paris",
        null,
        {"name": "body", "page": "2", "tags": ["a", "b"], "user": {"city": "Paris"}},
    ]));
}

#[tokio::test]
async fn json_is_input_with_dotted_names_and_types() {
    let client = visit(|route| {
        route.post("/", async |req: HttpRequest| {
            json(value!([
                req.is_json(),
                req.input::<f64>("items.1.price"),
                req.boolean("flags.on"),
                req.string("name"),
                req.has("nothing"),
                req.filled("nothing"),
            ]))
        });
        route.post("/list", async |req: HttpRequest| -> Result {
            Ok(json(req.json::<Vec<u8>>()?.len()))
        });
    })
    .await;
    let body = value!({"items": [{}, {"price": 2.5}], "flags": {"on": true}, "name": " Ada ", "nothing": null});
    client
        .post_json("/", body)
        .await
        .assert_exact_json(value!([true, 2.5, true, "Ada", true, false]));
    client.post_json("/list", [1, 2, 3]).await.assert_text("3");
    client.post_json("/list", ["a"]).await.assert_status(422);
}

#[tokio::test]
async fn a_name_with_dots_is_reached_by_every_reader_at_every_level() {
    let client = visit(|route| {
        route.any("/", async |req: HttpRequest| {
            let read = [
                req.has("filter.a.b"),
                req.filled("filter.a.b"),
                req.boolean("filter.a.b"),
                req.except(["filter.a.b"]) == *value!({"filter": {"c": "2"}}).as_object().unwrap(),
                req.only(["filter.a.b"]).contains_key("filter"),
            ];
            json(value!([
                req.input::<u8>("filter.a.b"),
                req.query::<u8>("filter.a.b"),
                (req.string("filter.a.b"), req.integer("filter.a.b")),
                read,
            ]))
        });
    })
    .await;
    let read = [true; 5];
    let target = "/?filter[a.b]=1&filter[c]=2";
    client.get(target).await.assert_exact_json(value!([1, 1, ["1", 1], read]));
    let form = [("filter[a.b]", "1"), ("filter[c]", "2")];
    client.post("/", form).await.assert_exact_json(value!([1, null, ["1", 1], read]));
    let body = value!({"filter": {"a.b": "1", "c": "2"}});
    client.post_json("/", body).await.assert_exact_json(value!([1, null, ["1", 1], read]));
}

#[tokio::test]
async fn input_can_be_picked_asked_for_and_read_as_types() {
    let client = visit(|route| {
        route.get("/", async |req: HttpRequest| {
            json(value!({
                "only": req.only(["a", "c.d", "none"]),
                "except": req.except(["a", "c.d", "n", "on", "off", "blank"]),
                "has": [req.has("a"), req.has("blank"), req.has("none")],
                "filled": [req.filled("a"), req.filled("blank"), req.filled("none")],
                "boolean": [req.boolean("on"), req.boolean("off"), req.boolean("none")],
                "integer": [req.integer("n"), req.integer("a"), req.integer("none")],
            }))
        });
    })
    .await;
    let answer = client.get("/?a=1x&c[d]=2&c[e]=3&n=-7&on=on&off=0&blank=+").await;
    answer.assert_exact_json(value!({
        "only": {"a": "1x", "c": {"d": "2"}},
        "except": {"c": {"e": "3"}},
        "has": [true, true, false],
        "filled": [true, false, false],
        "boolean": [true, false, false],
        "integer": [-7, 0, 0],
    }));
}

#[derive(Deserialize)]
struct NewPhoto {
    title: String,
    year: u16,
    #[serde(default)]
    public: bool,
}

#[tokio::test]
async fn the_whole_input_reads_as_a_struct_or_is_a_422_that_names_the_field() {
    let client = visit(|route| {
        route.post("/", async |req: HttpRequest| -> Result {
            let photo: NewPhoto = req.parse()?;
            Ok(format!("{} {} {}", photo.title, photo.year, photo.public).into_response())
        });
    })
    .await;
    let form = [("title", "Moon"), ("year", "1969"), ("public", "on")];
    client.post("/", form).await.assert_text("Moon 1969 true");
    client
        .post_json("/", value!({"title": "Moon", "year": 1969}))
        .await
        .assert_text("Moon 1969 false");
    let json = client.accept_json();
    let answer = json.post("/", [("title", "Moon"), ("year", "soon")]).await;
    answer.assert_status(422).assert_exact_json(value!({
        "message": "The year field must be a whole number.",
        "errors": {"year": ["The year field must be a whole number."]},
    }));
    let answer = json.post_json("/", value!({"year": 1})).await;
    answer.assert_status(422).assert_json_path("errors.title.0", "The title field is required.");
    client.post("/", ()).await.assert_status(422).assert_see("The title field is required.");
}

#[tokio::test]
async fn a_malformed_body_is_a_400() {
    let client = visit(|route| {
        route.post("/", async || "never");
    })
    .await;
    let send = async |content_type: &str, body: &'static str| {
        let request = client.request(Method::POST, "/").header("accept", "application/json");
        request.body(content_type, body).send().await
    };
    for body in ["{", "{\"a\":1}x", "nul", "{\"a\":\u{1}}"] {
        send("application/json", body).await.assert_status(400);
    }
    send("application/vnd.api+json", "{").await.assert_status(400);
    send("application/x-www-form-urlencoded", "a=%ff").await.assert_status(400);
    send("text/plain", "{").await.assert_text("never");
    send("application/json", "").await.assert_text("never");
    client.post("/?a=%ff", ()).await.assert_status(400);
}

#[tokio::test]
async fn an_error_about_the_query_string_names_it_and_not_a_form() {
    let client = visit(|route| {
        route.any("/", async || "read").limits(|limits| limits.fields = 2);
    })
    .await;
    let deep = format!("a{}=1", "[b]".repeat(17));
    for (pairs, status, told) in [
        ("a=%ff", 400, "is not valid UTF-8."),
        ("a=1&b=2&c=3", 413, "has more than 2 fields."),
        (&deep, 413, "is nested more than 16 levels deep."),
    ] {
        let answer = client.get(&format!("/?{pairs}")).await;
        answer.assert_status(status).assert_see("query string").assert_see(told);
        let form = client.request(Method::POST, "/");
        let form = form.body("application/x-www-form-urlencoded", pairs.to_owned());
        form.send().await.assert_status(status).assert_see("form").assert_see(told);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_413_that_ends_the_connection() {
    let client = TestApp::new()
        .http(|http| http.limits.body = 10)
        .routes(|route| {
            route.post("/", async |req: HttpRequest| req.bytes().len().to_string());
        })
        .client()
        .await;
    let send = async |body: &'static str| {
        client.request(Method::POST, "/").body("text/plain", body).send().await
    };
    send("0123456789").await.assert_text("10").assert_header_missing("connection");
    let answer = send("0123456789a").await;
    answer.assert_status(413).assert_header("connection", "close").assert_see("10 bytes");
    let announced = client.request(Method::POST, "/").header("content-length", "999999");
    announced.body("text/plain", "short").send().await.assert_status(413);
}

#[tokio::test]
async fn json_with_too_many_values_is_a_413_and_so_is_text_that_an_action_reads_as_json() {
    let client = TestApp::new()
        .http(|http| http.limits.json_values = 3)
        .routes(|route| {
            route.post("/", async |req: HttpRequest| -> Result {
                Ok(json(req.json::<Vec<u8>>()?.len()))
            });
        })
        .client()
        .await;
    client.post_json("/", [1, 2, 3]).await.assert_text("3");
    client.post_json("/", [1, 2, 3, 4]).await.assert_status(413).assert_see("3 values");
    let send = async |body: &'static str| {
        client.request(Method::POST, "/").body("text/plain", body).send().await
    };
    send("[1,2,3]").await.assert_text("3");
    send("[1,2,3,4]").await.assert_status(413);
}

#[tokio::test]
async fn paths_and_names_are_matched_with_stars() {
    let client = visit(|route| {
        route
            .get("/admin/users/{id}", async |req: HttpRequest| {
                json(value!([
                    req.is("admin/*"),
                    req.is("/admin/users/5"),
                    req.is("admin"),
                    req.route_is("admin.*"),
                    req.route_is("admin.users.show"),
                    req.route_is("admin"),
                    req.route().map(|route| route.uri.clone()),
                    req.segments().count(),
                ]))
            })
            .name("admin.users.show");
    })
    .await;
    client.get("/admin/users/5").await.assert_exact_json(value!([
        true,
        true,
        false,
        true,
        true,
        false,
        "/admin/users/{id}",
        3
    ]));
}

#[tokio::test]
async fn the_head_of_a_request_can_be_read() {
    let client = visit(|route| {
        route.get("/a/b", async |req: HttpRequest| {
            json(value!({
                "token": req.bearer_token(),
                "ip": req.ip(),
                "url": [req.url(), req.full_url()],
                "host": req.host(),
                "secure": req.is_secure(),
                "path": req.path(),
                "agent": req.user_agent(),
                "json": [req.wants_json(), req.expects_json()],
                "cookie": [req.cookie("taste"), req.cookie("none")],
                "method": [req.is_method("get"), req.is_method("POST")],
            }))
        });
    })
    .await;
    client.set_cookie("taste", "sweet & sour");
    let request = client
        .request(Method::GET, "/a/b/?q=1%202")
        .header("authorization", "bearer abc.def")
        .header("host", "a.test:8000")
        .header("user-agent", "moon/1")
        .header("accept", "application/json, text/html");
    request.send().await.assert_exact_json(value!({
        "token": "abc.def",
        "ip": "127.0.0.1",
        "url": ["http://a.test:8000/a/b", "http://a.test:8000/a/b?q=1%202"],
        "host": "a.test:8000",
        "secure": false,
        "path": "/a/b",
        "agent": "moon/1",
        "json": [true, true],
        "cookie": ["sweet & sour", null],
        "method": [true, false],
    }));
}

#[tokio::test]
async fn a_script_expects_json_unless_it_asks_for_something_else() {
    let client = visit(|route| {
        route.get("/", async |req: HttpRequest| req.expects_json().to_string());
    })
    .await;
    let ask = async |headers: &[(&str, &str)]| {
        let mut request = client.request(Method::GET, "/");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send().await.text()
    };
    let ajax = ("x-requested-with", "XMLHttpRequest");
    assert_eq!(ask(&[]).await, "false");
    assert_eq!(ask(&[ajax]).await, "true");
    assert_eq!(ask(&[ajax, ("accept", "*/*")]).await, "true");
    assert_eq!(ask(&[ajax, ("accept", "text/html")]).await, "false");
    assert_eq!(ask(&[("accept", "text/html,application/json")]).await, "false");
    assert_eq!(ask(&[("accept", "application/problem+json")]).await, "true");
}

#[tokio::test]
async fn a_proxy_that_is_trusted_tells_who_visits() {
    let routes = |route: &mut Router| {
        route.get("/", async |req: HttpRequest| format!("{} {:?}", req.full_url(), req.ip()));
    };
    let trusting = TestApp::new().http(|http| http.trusted_proxies = vec!["127.0.0.1".into()]);
    let trusting = trusting.routes(routes).client().await;
    let wary = visit(routes).await;
    for (client, expected) in
        [(trusting, "https://a.test Some(203.0.113.7)"), (wary, "http://localhost Some(127.0.0.1)")]
    {
        let request = client
            .request(Method::GET, "/")
            .header("x-forwarded-for", "203.0.113.7")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "a.test");
        request.send().await.assert_text(expected);
    }
}

#[tokio::test]
async fn each_request_has_an_id_of_its_own_that_stays() {
    let client = visit(|route| {
        route.get("/", async |req: HttpRequest| {
            assert_eq!(req.id(), request().id());
            assert_eq!(req.id().get_version_num(), 7);
            req.id().to_string()
        });
    })
    .await;
    assert_ne!(client.get("/").await.text(), client.get("/").await.text());
}

#[derive(Clone)]
struct Seen(u8);

#[tokio::test]
async fn the_request_from_anywhere_is_the_same_request() {
    async fn deep_down() -> String {
        tokio::task::yield_now().await;
        let req = request();
        req.session().put("seen", true);
        let Seen(number) = req.extension().expect("set by the action");
        format!("{number} {}", req.string("added.here"))
    }
    let client = visit(|route| {
        route.get("/", async |req: HttpRequest| {
            req.set_extension(Seen(7));
            let mut more = serde_json::Map::new();
            more.insert("added.here".into(), "merged".into());
            req.merge(more);
            let text = deep_down().await;
            assert_eq!(req.session().get::<bool>("seen"), Some(true));
            text
        });
    })
    .await;
    client.get("/").await.assert_text("7 merged").assert_session_has("seen");
}

#[tokio::test]
async fn a_merge_in_a_middleware_is_seen_by_the_action() {
    async fn trim(req: HttpRequest, next: Next) -> Result {
        let name = req.string("name").to_uppercase();
        req.merge(serde_json::Map::from_iter([("name".to_owned(), name.into())]));
        Ok(next.run(req).await)
    }
    let client = visit(|route| {
        route.get("/", async || request().input::<String>("name")).middleware(trim);
    })
    .await;
    client.get("/?name=ada").await.assert_text("ADA");
}

#[tokio::test]
async fn a_spawned_task_has_the_request_only_when_lunox_spawns_it() {
    let client = visit(|route| {
        route.get("/", async |req: HttpRequest| {
            let carried = lunox::spawn(async { try_request().map(|req| req.id()) });
            let lost = tokio::spawn(async { try_request().is_none() });
            let carried = carried.await.expect("the task ends");
            format!("{} {}", carried == Some(req.id()), lost.await.expect("the task ends"))
        });
    })
    .await;
    client.get("/").await.assert_text("true true");
    assert!(try_request().is_none());
    assert!(lunox::spawn(async { try_request().is_none() }).await.expect("the task ends"));
}

#[tokio::test]
async fn asking_for_the_request_outside_one_says_what_to_do() {
    let panic = tokio::spawn(async { request().id() }).await.expect_err("panics").into_panic();
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("pass the HttpRequest as an argument"), "{message}");
    assert!(message.contains("tests/http/requests.rs"), "{message}");
}

/// Asks for its request when it goes.
#[derive(Clone)]
struct Curious;

impl Drop for Curious {
    fn drop(&mut self) {
        // The last one goes with the request itself, when nobody can ask for it any more.
        let number = lunox::http::try_request().and_then(|req| req.extension::<u8>());
        assert_ne!(number, Some(3));
    }
}

#[tokio::test]
async fn what_an_extension_takes_the_place_of_may_ask_for_the_request() {
    let client = TestApp::new()
        .routes(|route| {
            route.get("/", async |req: HttpRequest| {
                req.set_extension(1_u8);
                for _ in 0..2 {
                    req.set_extension(Curious);
                    req.set_extension(2_u8);
                }
                req.extension::<u8>().map(|number| number.to_string())
            });
        })
        .client()
        .await;
    client.get("/").await.assert_text("2");
}

#[tokio::test]
async fn a_key_with_a_dot_hides_nothing_from_except_and_merge() {
    #[derive(Deserialize)]
    struct User {
        role: String,
    }
    #[derive(Deserialize)]
    struct Account {
        user: User,
    }
    let client = visit(|route| {
        route.post("/except", async |req: HttpRequest| json(req.except(["user.role"])));
        route.post("/merge", async |req: HttpRequest| -> Result {
            req.merge([("user.role".to_owned(), value!("guest"))].into_iter().collect());
            let account: Account = req.parse()?;
            Ok(json([Some(account.user.role), req.input("user.role")]))
        });
    })
    .await;
    let hostile = value!({"user.role": "x", "user": {"role": "admin", "name": "Mallory"}});
    let answer = client.post_json("/except", &hostile).await;
    answer.assert_exact_json(value!({"user": {"name": "Mallory"}}));
    let answer = client.post_json("/merge", &hostile).await;
    answer.assert_exact_json(value!(["guest", "guest"]));
    let form = [("user.role", "x"), ("user[role]", "admin")];
    client.post("/merge", form).await.assert_exact_json(value!(["guest", "guest"]));
}

#[tokio::test]
async fn a_body_of_a_type_that_is_not_read_is_a_415_that_names_it() {
    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }
    let client = TestApp::new()
        .routes(|route| {
            route.post("/", async |req: HttpRequest| -> Result {
                Ok(req.parse::<Named>()?.name.into_response())
            });
            route.post("/raw", async |req: HttpRequest| req.bytes().len().to_string());
        })
        .client()
        .await;
    let send = |path, kind| client.post(path, ()).body(kind, r#"{"name":"Ada"}"#).accept_json();

    send("/", "application/json").await.assert_text("Ada");
    send("/", "text/plain")
        .await
        .assert_status(415)
        .assert_see("the content type text/plain, which is not read");
    send("/raw", "text/plain").await.assert_text("14");
    client.post_json("/", serde_json::json!({})).await.assert_status(422);
    // The field may as well come with the query.
    client.post("/?name=Ada", ()).body("text/plain", "hello").await.assert_text("Ada");
}
