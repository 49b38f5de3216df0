//! What the calls on a session do, with Laravel's semantics and the exceptions of the design.

use lunox::prelude::*;
use lunox::testing::TestApp;
use serde_json::{Value, json};

/// Runs `action` on the session of one request, and gives what is stored afterwards.
async fn stored(before: Value, action: fn(&Session)) -> Value {
    let client = TestApp::new()
        .routes(move |route| {
            route.get("/", move |req: HttpRequest| async move { action(&req.session()) });
        })
        .client()
        .await;
    client.with_session(before.as_object().cloned().unwrap_or_default()).await;
    client.get("/").await.assert_ok();
    Value::Object(client.session().await)
}

#[tokio::test]
async fn values_are_put_read_and_forgotten_with_dots() {
    let after = stored(json!({"a": {"b": 1}, "list": [1, 2, 3], "x": 1, "y": 2}), |session| {
        assert_eq!(session.get::<u8>("a.b"), Some(1));
        assert_eq!(session.get::<u8>("list.1"), Some(2));
        session.put("a.c.d", "deep");
        session.forget("list.0");
        session.forget(["x", "y", "missing"]);
    });
    assert_eq!(after.await, json!({"a": {"b": 1, "c": {"d": "deep"}}, "list": [2, 3]}));
}

#[tokio::test]
async fn a_key_with_dots_is_reached_at_every_level() {
    let before = json!({
        "errors": {"default": {"items.0.name": ["required"], "title": ["too short"]}},
        "counts": {"a.b": 1, "list.x": [1]},
        "gone": {"a.b": 1, "c.d": 2, "e": 3},
    });
    let after = stored(before, |session| {
        assert_eq!(session.get("errors.default.items.0.name"), Some(["required".to_owned()]));
        assert_eq!(session.get("errors.default.items.0.name.0"), Some("required".to_owned()));
        assert!(session.has(["errors.default.items.0.name", "errors.default.title"]));
        assert!(session.exists("counts.a.b") && session.missing("counts.a.c"));
        assert_eq!(session.increment("counts.a.b", 1), 2);
        assert_eq!(session.get::<u8>("counts.a.b"), Some(2));
        session.push("counts.list.x", 2);
        assert_eq!(session.pull::<u8>("gone.a.b"), Some(1));
        assert_eq!(session.pull::<u8>("gone.a.b"), None);
        session.forget("gone.c.d");
        session.put("errors.default.items.0.name", ["taken"]);
    });
    let expected = json!({
        "errors": {"default": {"items.0.name": ["taken"], "title": ["too short"]}},
        "counts": {"a.b": 2, "list.x": [1, 2]},
        "gone": {"e": 3},
    });
    assert_eq!(after.await, expected);
}

#[tokio::test]
async fn errors_and_old_input_of_fields_with_dots_are_read_by_their_keys() {
    let client = TestApp::new()
        .routes(|route| {
            route.post("/form", async || {
                redirect("/form").with_input().with_errors([("items.0.name", "It is required.")])
            });
            route.get("/form", async |req: HttpRequest| {
                json(json!([
                    req.session().get::<String>("errors.default.items.0.name.0"),
                    req.old::<String>("filter.a.b"),
                    req.old::<String>("items.0.name"),
                ]))
            });
        })
        .client()
        .await;
    let answer = client.post("/form", [("filter[a.b]", "x"), ("items[0][name]", "Ada")]).await;
    answer.assert_session_has_errors("items.0.name");
    let answer = client.get("/form").await;
    answer.assert_exact_json(json!(["It is required.", "x", "Ada"]));
}

#[tokio::test]
async fn a_value_of_another_type_reads_as_none_and_stays() {
    let after = stored(json!({"name": "Ada"}), |session| {
        assert_eq!(session.get::<u64>("name"), None);
        assert!(session.try_get::<u64>("name").is_err());
        assert_eq!(session.try_get::<u64>("nothing").expect("no error"), None);
        assert_eq!(session.pull::<u64>("name"), None);
        assert_eq!(session.get_or("theme", "light".to_owned()), "light");
    });
    assert_eq!(after.await, json!({"name": "Ada"}));
}

#[tokio::test]
async fn presence_is_told_apart_from_null() {
    let after = stored(json!({"null": null, "zero": 0}), |session| {
        assert!(session.exists("null") && !session.has("null") && !session.missing("null"));
        assert!(session.has("zero") && session.has(["zero"]) && !session.has(["zero", "null"]));
        assert!(session.has_any(["null", "zero"]) && !session.has_any(["null", "x"]));
        assert!(session.missing(["x", "y"]) && !session.missing(["x", "zero"]));
    });
    assert_eq!(after.await, json!({"null": null, "zero": 0}));
}

#[tokio::test]
async fn pull_push_increment_remember_and_replace_do_what_they_say() {
    let after = stored(json!({"once": "x", "n": "41", "null": null}), |session| {
        assert_eq!(session.pull::<String>("once").as_deref(), Some("x"));
        session.push("list", 1);
        session.push("list", 2);
        assert_eq!(session.increment("n", 1), 42);
        assert_eq!(session.decrement("down", 3), -3);
        assert_eq!(session.remember("null", || 7), 7);
        assert_eq!(session.remember("n", || 0), 42);
    });
    assert_eq!(after.await, json!({"n": 42, "null": 7, "list": [1, 2], "down": -3}));
    let after = stored(json!({"old": 1}), |session| session.replace([("new", 2)]));
    assert_eq!(after.await, json!({"new": 2}));
}

#[tokio::test]
async fn only_and_except_understand_dots() {
    let after = stored(json!({"a": {"b": 1, "c": 2}, "d": 3}), |session| {
        assert_eq!(json!(session.only(["a.b", "x"])), json!({"a": {"b": 1}}));
        assert_eq!(json!(session.except(["a.b", "d"])), json!({"a": {"c": 2}}));
    });
    assert_eq!(after.await, json!({"a": {"b": 1, "c": 2}, "d": 3}));
}

#[tokio::test]
async fn now_is_seen_in_this_request_alone() {
    let after = stored(json!({"kept": 1}), |session| {
        session.now("passing", "x");
        assert_eq!(session.get::<String>("passing").as_deref(), Some("x"));
        session.put("stored", 2);
    });
    assert_eq!(after.await, json!({"kept": 1, "stored": 2}));
}

#[tokio::test]
async fn now_gives_way_to_what_comes_after_it() {
    let after = stored(json!({"kept": 1}), |session| {
        session.now("kept", 2);
        session.put("kept", 1);
        assert_eq!(session.get::<u8>("kept"), Some(1));
        session.now("passing", 1);
        session.forget("passing");
        assert!(session.missing("passing"));
    });
    assert_eq!(after.await, json!({"kept": 1}));
    let after = stored(json!({}), |session| {
        session.now("passing", 1);
        session.flush();
        assert!(session.missing("passing"));
    });
    assert_eq!(after.await, json!({}));
}

#[tokio::test]
async fn flash_that_is_kept_lives_for_one_page_more() {
    let client = TestApp::new()
        .routes(|route| {
            route.get("/flash", async |req: HttpRequest| {
                req.session().flash("a", 1);
                req.session().flash("b", 2);
            });
            route.get("/keep", async |req: HttpRequest| {
                req.session().keep(["a", "plain"]);
                "page"
            });
            route.get("/reflash", async |req: HttpRequest| {
                req.session().reflash();
                "page"
            });
            route.get("/nothing", async || "page");
        })
        .client()
        .await;
    client.with_session([("plain", 9)]).await;
    client.get("/flash").await.assert_session_has(["a", "b"]);
    client.get("/reflash").await.assert_session_has(["a", "b"]);
    client.get("/keep").await.assert_session_has("a").assert_session_missing("b");
    client.get("/nothing").await.assert_session_missing("a").assert_session_has_value("plain", 9);
}

#[tokio::test]
async fn old_input_is_there_for_the_next_page_without_passwords() {
    let client = TestApp::new()
        .routes(|route| {
            route
                .post("/form", async || redirect("/form").with_input().with("status", "try again"));
            route.get("/form", async |req: HttpRequest| {
                json(json!({
                    "name": req.old::<String>("name"),
                    "password": req.old::<String>("password"),
                    "status": req.session().get::<String>("status"),
                }))
            });
        })
        .client()
        .await;
    client.post("/form", [("name", "Ada"), ("password", "secret")]).await.assert_redirect("/form");
    client
        .get("/form")
        .await
        .assert_exact_json(json!({"name": "Ada", "password": null, "status": "try again"}));
    client
        .get("/form")
        .await
        .assert_exact_json(json!({"name": null, "password": null, "status": null}));
}

#[tokio::test]
async fn asvs_s25_no_secret_of_a_form_is_kept_whatever_its_depth_and_case() {
    let routes = |route: &mut Router| {
        route.post("/form", async || redirect("/form").with_input());
    };
    let client = TestApp::new().routes(routes).client().await;
    let form = [
        ("user[name]", "Ada"),
        ("user[password]", "hidden"),
        ("new_password", "hidden"),
        ("Password", "hidden"),
        ("card[cvc]", "hidden"),
        ("card[holder]", "Ada"),
        ("items[0][api_key]", "hidden"),
    ];
    client.post("/form?token=hidden", form).await.assert_redirect("/form");
    let kept = Value::Object(client.session().await).to_string();
    assert!(kept.contains(r#""user":{"name":"Ada"}"#) && !kept.contains("hidden"), "{kept}");
    assert!(kept.contains(r#""card":{"holder":"Ada"}"#), "{kept}");

    let secret_input = vec!["*maiden*".to_owned()];
    let app = TestApp::new().session(|session| session.secret_input = secret_input);
    let client = app.routes(routes).client().await;
    client.post("/form", [("MaidenName", "hidden"), ("pin", "1")]).await.assert_redirect("/form");
    let kept = Value::Object(client.session().await).to_string();
    assert!(kept.contains(r#""pin":"1""#) && !kept.contains("hidden"), "{kept}");
}

#[tokio::test]
async fn the_id_is_public_and_stays_while_the_token_changes() {
    let client = TestApp::new()
        .routes(|route| {
            route.get("/id", async |req: HttpRequest| {
                req.session().put("here", true);
                req.session().id().to_string()
            });
            route.get("/rotate", async |req: HttpRequest| {
                req.session().regenerate();
                req.session().id().to_string()
            });
        })
        .client()
        .await;
    let id = client.get("/id").await.text();
    assert_eq!(client.get("/rotate").await.text(), id);
    assert_eq!(client.get("/id").await.text(), id);
    assert_ne!(client.another().get("/id").await.text(), id);
}

#[tokio::test]
async fn what_a_spawned_task_changes_after_the_commit_is_not_stored() {
    let go = Arc::new(tokio::sync::Notify::new());
    let done = Arc::new(tokio::sync::Notify::new());
    let (start, end) = (Arc::clone(&go), Arc::clone(&done));
    let client = TestApp::new()
        .routes(move |route| {
            route.get("/", move |req: HttpRequest| {
                let (start, end) = (Arc::clone(&start), Arc::clone(&end));
                async move {
                    req.session().put("before", true);
                    lunox::spawn(async move {
                        start.notified().await;
                        let session = request().session();
                        assert_eq!(
                            session.get::<bool>("before"),
                            Some(true),
                            "it is still readable"
                        );
                        session.put("late", true);
                        end.notify_one();
                    });
                }
            });
        })
        .client()
        .await;
    client.get("/").await.assert_session_has("before");
    go.notify_one();
    done.notified().await;
    let session = client.session().await;
    assert!(session.contains_key("before") && !session.contains_key("late"));
}

#[tokio::test]
async fn what_lies_too_deep_to_be_read_back_is_refused_and_nothing_is_lost() {
    let client = TestApp::new()
        .routes(|route| {
            route.get(
                "/{depth}/{segments}",
                async |req: HttpRequest, depth: usize, segments: usize| {
                    let value = (0..depth).fold(json!(1), |value, _| json!([value]));
                    req.session().put(&vec!["k"; segments].join("."), value);
                },
            );
            route.get("/push", async |req: HttpRequest| {
                req.session().push("list", (0..99).fold(json!(1), |value, _| json!([value])));
            });
        })
        .client()
        .await;
    client.with_session([("kept", 1)]).await;
    for (depth, segments) in [(120, 32), (100, 1), (1, 100), (200, 1), (1, 5_000)] {
        client
            .get(&format!("/{depth}/{segments}"))
            .await
            .assert_status(500)
            .assert_session_missing("k");
    }
    client.get("/push").await.assert_status(500);
    client.get("/99/1").await.assert_ok().assert_session_has("k");
    client
        .get("/1/99")
        .await
        .assert_ok()
        .assert_session_has("k.k")
        .assert_session_has_value("kept", 1);
}

#[tokio::test]
async fn a_cached_text_counts_as_in_the_session_and_what_is_no_number_is_named() {
    let client = TestApp::new()
        .debug()
        .routes(|route| {
            route.get("/count/{key}", async |req: HttpRequest, key: String| {
                req.session().put("seen", true);
                req.session().cache().increment(&key, 2).to_string()
            });
            route.get("/odd", async |req: HttpRequest| {
                req.session().cache().forever("50%.off", f64::NAN);
            });
        })
        .client()
        .await;
    let cached = json!({"tries": {"value": "5"}, "user%2Ename": {"value": "Ada"}});
    client.with_session([("_cache", cached)]).await;
    client.get("/count/tries").await.assert_text("7");
    client.with_session([("seen", false)]).await;
    for (path, complaint) in [
        (
            "/count/user.name",
            "the session's cache entry `user.name` cannot be stored: it holds text",
        ),
        ("/odd", "the session's cache entry `50%.off` cannot be stored: JSON has no NaN"),
    ] {
        let refused = client.get(path).await;
        refused.assert_status(500).assert_see(complaint);
        refused.assert_session_has_all([("seen", json!(false)), ("_cache.tries.value", json!(7))]);
    }
}

#[tokio::test]
async fn rule_17_where_laravel_surprises_the_names_are_taken_at_their_word() {
    let after = stored(json!({"a": 1, "list": [1, 2, 3], "user": {"name": "Ada"}}), |session| {
        assert!(session.missing(["x", "y"]) && !session.missing(["a", "x"]));
        assert_eq!(Value::Object(session.only("user.name")), json!({"user": {"name": "Ada"}}));
        session.forget("list.0");
        session.keep("a");
        let token = session.token();
        session.flush();
        assert_eq!(session.token(), token, "a flush keeps the CSRF token");
        session.replace([("list", json!([2, 3])), ("b", json!(2))]);
        session.forget("list.1");
    });
    assert_eq!(after.await, json!({"list": [2], "b": 2}));
}

/// Reads the session behind every middleware that commits it.
async fn reads_afterwards(req: HttpRequest, next: Next) -> Result {
    let response = next.run(req.clone()).await;
    let seen = req.try_session().and_then(|session| session.get::<String>("name"));
    Ok(response.header("x-seen", seen.unwrap_or_default()))
}

#[tokio::test]
async fn a_session_can_be_read_after_its_commit() {
    let visitor = TestApp::new()
        .middleware(|registry| registry.global(reads_afterwards))
        .routes(|route| {
            route.get("/put/{name}", async |req: HttpRequest, name: String| {
                req.session().put("name", name);
                "put"
            });
            route.get("/look/{name}", async |req: HttpRequest, name: String| {
                req.session().put("name", name);
                req.session().get::<String>("name")
            });
            route.get("/login/{name}", async |req: HttpRequest, name: String| {
                req.session().regenerate();
                req.session().put("name", name);
                "in"
            });
        })
        .client()
        .await;
    for path in ["/put/Ada", "/put/Bob", "/look/Cyd", "/login/Dee", "/look/Eve"] {
        let seen = path.rsplit('/').next().unwrap();
        visitor.get(path).await.assert_ok().assert_header("x-seen", seen);
        visitor.another().get(path).await.assert_ok().assert_header("x-seen", seen);
    }
}

/// What docs/session.md says of them, so that no change passes unnoticed.
#[tokio::test]
async fn null_and_now_after_flash_differ_from_laravel_as_documented() {
    let after = stored(json!({"null": null}), |session| {
        assert_eq!(session.get_or("null", "default".to_owned()), "default");
        assert_eq!(session.get::<Option<String>>("null"), Some(None));
        assert_eq!(session.pull::<String>("null"), None);
        session.flash("status", "Saved.");
        session.now("status", "Not yet.");
        assert_eq!(session.get::<String>("status").as_deref(), Some("Not yet."));
    });
    let flash = json!({"new": [], "old": ["status"]});
    assert_eq!(after.await, json!({"null": null, "status": "Saved.", "_flash": flash}));
}
