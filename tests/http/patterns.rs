//! What patterns can say, and that a group can say it too.

use lunox::http::Method;
use lunox::prelude::*;
use lunox::testing::TestApp;

use crate::visit;

/// The parameters of the route that matched.
async fn shown(req: HttpRequest) -> String {
    let values = &req.route_match().expect("a route").values;
    let values: Vec<&str> = values.iter().map(|value| value.as_deref().unwrap_or("-")).collect();
    format!("{} {}", req.route().expect("a route").uri, values.join(" "))
}

#[tokio::test]
async fn optional_parameters_may_follow_one_another() {
    let client = visit(|route| {
        route.get("/a/{foo?}/{baz?}", async |_: HttpRequest, foo: Option<u8>, baz: Option<u8>| {
            format!("{foo:?} {baz:?}")
        });
        route.get("/files/{*path?}", async |_: HttpRequest, path: Option<String>| {
            path.unwrap_or_else(|| "all".to_owned())
        });
        route.redirect("/b/{foo?}/{baz?}", "/c/{foo}/{baz}");
        route.redirect("/d", "/e/{x?}");
    })
    .await;
    client.get("/a").await.assert_text("None None");
    client.get("/a/1").await.assert_text("Some(1) None");
    client.get("/a/1/2").await.assert_text("Some(1) Some(2)");
    client.get("/a/1/2/3").await.assert_not_found();
    client.get("/files").await.assert_text("all");
    client.get("/files/a/b").await.assert_text("a/b");
    client.get("/b").await.assert_redirect("/c");
    client.get("/b/1").await.assert_redirect("/c/1");
    client.get("/b/1/2").await.assert_redirect("/c/1/2");
    client.get("/d").await.assert_redirect("/e");
}

#[tokio::test]
async fn a_segment_may_hold_several_parameters() {
    let client = visit(|r| {
        r.get("/v{major}.{minor}", async |_: HttpRequest, major: u8, minor: u8| {
            format!("{major} and {minor}")
        });
        r.get("/v{word}", shown);
        r.get("/{from}-{to}/{*rest}", shown).where_number("to").name("range");
        r.get("/{name}.{extension}", shown);
        r.get("/url", async || route("range", [("from", "a"), ("to", "2"), ("rest", "x/y")]));
    })
    .await;
    client.get("/v1.2").await.assert_text("1 and 2");
    client.get("/v1.2.3").await.assert_not_found();
    client.get("/v2").await.assert_text("/v{word} 2");
    client.get("/a-2/x/y").await.assert_text("/{from}-{to}/{*rest} a 2 x/y");
    client.get("/a-b/x").await.assert_not_found();
    client.get("/a.tar.gz").await.assert_text("/{name}.{extension} a tar.gz");
    client.get("/.env").await.assert_not_found();
    client.get("/url").await.assert_text("/a-2/x/y");
}

#[tokio::test]
async fn a_suffix_and_a_parameter_may_stand_beside_a_wildcard() {
    let client = visit(|route| {
        route.get("/{*page}", shown);
        route.get("/files/{*path}", shown);
        route.get("/files/{name}.png", shown);
        route.get("/files/{id}", shown).where_number("id");
        route.put("/files/{*path}", shown);
    })
    .await;
    client.get("/files/a.png").await.assert_text("/files/{name}.png a");
    client.get("/files/7").await.assert_text("/files/{id} 7");
    client.get("/files/a.jpg").await.assert_text("/files/{*path} a.jpg");
    client.get("/files/a/b.png").await.assert_text("/files/{*path} a/b.png");
    client.get("/else/a.png").await.assert_text("/{*page} else/a.png");
    client.post("/files/a.png", [("_method", "PUT")]).await.assert_text("/files/{*path} a.png");
    let answer = client.delete("/files/a.png").await;
    answer.assert_method_not_allowed("GET, HEAD, PUT, OPTIONS");
}

#[tokio::test]
async fn the_constraint_of_an_inner_group_replaces_the_outer_one() {
    let client = visit(|route| {
        route.prefix("/n").where_number("id").group(|route| {
            route.get("/outer/{id}", shown);
            route.get("/own/{id}", shown).where_alpha("id").where_in("id", ["b"]);
            route.prefix("/inner").where_alpha("id").group(|route| {
                route.get("/{id}", shown);
            });
        });
    })
    .await;
    client.get("/n/outer/5").await.assert_ok();
    client.get("/n/outer/a").await.assert_not_found();
    client.get("/n/inner/a").await.assert_ok();
    client.get("/n/inner/5").await.assert_not_found();
    client.get("/n/own/b").await.assert_ok();
    client.get("/n/own/a").await.assert_not_found();
}

struct PhotoController;

impl PhotoController {
    async fn index() -> &'static str {
        "photos"
    }

    async fn show(_: HttpRequest, id: String) -> String {
        id
    }
}

#[tokio::test]
async fn a_group_has_what_a_router_has() {
    let client = TestApp::new()
        .middleware(|middleware| {
            middleware.alias("mark", |req: HttpRequest, next: Next| async move {
                Ok(next.run(req).await.header("x-marked", "yes"))
            });
        })
        .routes(|route| {
            route
                .middleware("mark")
                .resource("photos", resource!(PhotoController: index, show))
                .where_number("photo");
            route.middleware("mark").any("/any", shown);
            route.middleware("mark").r#match(["GET", "PUT"], "/match", shown);
            route.prefix("/old").middleware("mark").redirect("/{id}", "/new/{id}").name("old");
            route.prefix("/gone").middleware("mark").permanent_redirect("/", "/");
            route.prefix("/{locale}").middleware("mark").where_in("locale", ["de"]).fallback(shown);
        })
        .client()
        .await;
    let marked = |answer: lunox::testing::TestResponse| {
        answer.assert_header("x-marked", "yes");
        answer
    };
    marked(client.get("/photos").await).assert_text("photos");
    marked(client.get("/photos/7").await).assert_text("7");
    client.get("/photos/x").await.assert_not_found();
    marked(client.delete("/any").await).assert_ok();
    marked(client.put("/match", ()).await).assert_ok();
    marked(client.get("/old/5").await).assert_status(302).assert_redirect("/new/5");
    marked(client.get("/gone").await).assert_status(301).assert_redirect("/");
    marked(client.get("/de/a/b").await).assert_text("/{locale}/{*fallback?} de a/b");
    client.get("/fr/a/b").await.assert_not_found();
}

#[tokio::test]
async fn a_route_of_a_group_is_reported_where_it_was_written() {
    let line = line!() + 2;
    let app = TestApp::new().routes(|route| {
        route.prefix("/a").redirect("/needs", "/to/{x}");
        route.prefix("/b").any("/{x}{y}", shown);
        route.get("/{page}", shown);
        route.get("/{name}", shown);
    });
    let error = app.try_client().await.err().expect("three problems").to_string();
    for (line, what) in [
        (line, "`/a/needs` has no parameter `x`"),
        (line + 1, "text has to stand between `x` and `y`"),
        (line + 3, "is already the route at tests/http/patterns.rs"),
    ] {
        let found = error
            .lines()
            .any(|text| text.contains(&format!("patterns.rs:{line}")) && text.contains(what));
        assert!(found, "{line} {what}: {error}");
    }
}

#[tokio::test]
async fn a_fallback_is_tried_before_405() {
    let client = visit(|route| {
        route.post("/form", shown);
        route.fallback(async |req: HttpRequest| {
            (404, format!("none of {:?}", req.param("fallback")))
        });
    })
    .await;
    client.get("/form").await.assert_not_found().assert_text("none of Some(\"form\")");
    client.get("/").await.assert_not_found().assert_text("none of None");
    client.put("/form", ()).await.assert_method_not_allowed("POST, OPTIONS");
}

#[tokio::test]
async fn the_405_names_method_path_and_what_is_supported() {
    let client = visit(|route| {
        route.get("/photos/{id}", shown);
    })
    .await;
    let answer = client.accept_json().put("/photos/a%2Fb", ()).await;
    answer.assert_method_not_allowed("GET, HEAD, OPTIONS").assert_exact_json(serde_json::json!({
        "message": "The PUT method is not supported for /photos/a%2Fb. Supported methods: GET, HEAD, OPTIONS."
    }));
}

#[tokio::test]
async fn a_backslash_in_a_path_is_data() {
    let client = visit(|route| {
        route.get("/classes/{class}", async |_: HttpRequest, class: String| class);
        route.get("/go/{*to}", async |_: HttpRequest, to: String| redirect(format!("/{to}")));
        route.redirect("/old/{*to}", "/{to}");
        route.get("/login", async || Redirect::intended("/home"));
        route.get("/back", async || back());
        route.get("/{*page}", async || Redirect::guest("/login"));
    })
    .await;
    client.get("/classes/App%5CUser").await.assert_ok().assert_text("App\\User");
    client.get("/classes/a%5C..%5Cb").await.assert_status(400);
    client.get("/go/%5Cevil.test").await.assert_redirect("/%5Cevil.test");
    client.get("/old/%5Cevil.test").await.assert_redirect("/%5Cevil.test");
    client.get("/%5Cevil.test").await.assert_redirect("/login");
    client.get("/login").await.assert_redirect("/%5Cevil.test");
    client.get("/\\evil.test").await.assert_redirect("/login");
    client.get("/login").await.assert_redirect("/home");
    client
        .with_header("referer", "http://localhost/\\evil.test")
        .get("/back")
        .await
        .assert_redirect("/");
}

#[tokio::test]
async fn options_of_the_server_is_204() {
    let client = visit(|route| {
        route.get("/{*all?}", shown);
    })
    .await;
    client.request(Method::OPTIONS, "*").send().await.assert_status(204).assert_text("");
}
