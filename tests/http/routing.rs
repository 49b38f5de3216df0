//! Paths, names, groups, and the answers that the router gives by itself.

use http::Method;
use lunox::prelude::*;
use lunox::testing::TestClient;

use crate::visit;

async fn verb(req: HttpRequest) -> String {
    req.method().to_string()
}

async fn send(client: &TestClient, method: &str, path: &str) -> lunox::testing::TestResponse {
    client.request(method.parse::<Method>().expect("a method"), path).send().await
}

#[tokio::test]
async fn every_verb_reaches_its_own_route() {
    let client = visit(|route| {
        route.get("/", verb);
        route.post("/", verb);
        route.put("/", verb);
        route.patch("/", verb);
        route.delete("/", verb);
        route.options("/", verb);
    })
    .await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        send(&client, method, "/").await.assert_ok().assert_text(method);
    }
}

#[tokio::test]
async fn any_answers_every_verb_and_match_those_listed() {
    let client = visit(|route| {
        route.any("/any", verb);
        route.r#match(["get", "POST"], "/match", verb);
    })
    .await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        send(&client, method, "/any").await.assert_ok().assert_text(method);
    }
    client.get("/match").await.assert_text("GET");
    client.post("/match", ()).await.assert_text("POST");
    client.put("/match", ()).await.assert_method_not_allowed("GET, POST, HEAD, OPTIONS");
}

#[tokio::test]
async fn path_parameters_are_parsed_into_the_actions_arguments() {
    let client = visit(|route| {
        route.get("/hello/{id}/{message}", async |_: HttpRequest, id: u64, message: String| {
            format!("{id} {message}")
        });
        route.get("/ask/{id}", async |req: HttpRequest| {
            format!("{:?} {:?}", req.param("id"), req.param("other"))
        });
    })
    .await;
    client.get("/hello/5/good%20day").await.assert_ok().assert_text("5 good day");
    client.get("/ask/x").await.assert_text("Some(\"x\") None");
}

#[tokio::test]
async fn a_parameter_that_does_not_parse_is_a_404() {
    let client = visit(|route| {
        route.get("/photos/{id}", async |_: HttpRequest, id: u8| id.to_string());
        route.get("/ips/{ip}", async |_: HttpRequest, ip: std::net::IpAddr| ip.to_string());
    })
    .await;
    client.get("/photos/255").await.assert_text("255");
    for path in ["/photos/256", "/photos/-1", "/photos/five", "/photos", "/ips/1.2.3"] {
        client.get(path).await.assert_not_found();
    }
    client.get("/ips/::1").await.assert_text("::1");
}

#[tokio::test]
async fn an_optional_parameter_may_be_absent() {
    let client = visit(|route| {
        route.get("/posts/{year?}", async |_: HttpRequest, year: Option<u16>| format!("{year:?}"));
    })
    .await;
    client.get("/posts").await.assert_text("None");
    client.get("/posts/").await.assert_text("None");
    client.get("/posts/2026").await.assert_text("Some(2026)");
    client.get("/posts/then").await.assert_not_found();
    client.get("/posts/2026/1").await.assert_not_found();
}

#[tokio::test]
async fn a_wildcard_takes_the_rest_of_the_path() {
    let client = visit(|route| {
        route.get("/files/{*path}", async |_: HttpRequest, path: String| path);
    })
    .await;
    client.get("/files/a").await.assert_text("a");
    client.get("/files/a/b%20c/d.txt").await.assert_text("a/b c/d.txt");
    client.get("/files").await.assert_not_found();
}

#[tokio::test]
async fn a_parameter_may_share_its_segment_with_text() {
    let client = visit(|route| {
        route.get("/images/{id}.png", async |_: HttpRequest, id: u64| format!("png {id}"));
        route.get("/v{major}/docs", async |_: HttpRequest, major: u8| format!("version {major}"));
    })
    .await;
    client.get("/images/7.png").await.assert_text("png 7");
    client.get("/images/7.jpg").await.assert_not_found();
    client.get("/images/.png").await.assert_not_found();
    client.get("/v2/docs").await.assert_text("version 2");
    client.get("/x2/docs").await.assert_not_found();
}

#[tokio::test]
async fn an_encoded_slash_stays_inside_its_parameter() {
    let client = visit(|route| {
        route.get("/tags/{tag}", async |_: HttpRequest, tag: String| tag);
        route
            .get("/tags/{tag}/posts", async |req: HttpRequest| req.param("tag").map(str::to_owned));
    })
    .await;
    client.get("/tags/ac%2Fdc").await.assert_ok().assert_text("ac/dc");
    client.get("/tags/ac%2fdc/posts").await.assert_ok().assert_text("ac/dc");
    client.get("/tags/ac/dc").await.assert_not_found();
}

#[tokio::test]
async fn an_encoded_slash_is_shown_as_one_in_the_path_of_the_request() {
    let client = visit(|route| {
        route.get("/tags/{tag}", async |req: HttpRequest| {
            let segments: Vec<&str> = req.segments().collect();
            format!("{} {} {}", req.path(), segments.join("|"), req.is("tags/a%2Fb"))
        });
    })
    .await;
    client.get("/tags/a%2fb").await.assert_text("/tags/a%2Fb tags|a%2Fb true");
    client.get("/tags/a%20b").await.assert_text("/tags/a b tags|a b false");
    let refused = client.accept_json().put("/tags/a%2Fb", ()).await;
    assert!(refused.text().contains("/tags/a%2Fb."), "{}", refused.text());
}

#[tokio::test]
async fn a_value_that_its_constraint_refuses_is_a_404() {
    let client = visit(|route| {
        let show = async |_: HttpRequest, value: String| value;
        route.get("/number/{v}", show).where_number("v");
        route.get("/alpha/{v}", show).where_alpha("v");
        route.get("/both/{v}", show).where_alpha_numeric("v");
        route.get("/uuid/{v}", show).where_uuid("v");
        route.get("/in/{v}", show).where_in("v", ["red", "blue"]);
        route.get("/even/{v}", show).where_matches("v", |value| value.len() % 2 == 0);
        route
            .get("/optional/{v?}", async |_: HttpRequest, v: Option<u8>| format!("{v:?}"))
            .where_number("v");
    })
    .await;
    for path in [
        "/number/0123",
        "/alpha/abC",
        "/both/a1",
        "/uuid/67e55044-10b1-426f-9247-bb680e5fe0c8",
        "/in/red",
        "/even/ab",
        "/optional",
        "/optional/5",
    ] {
        client.get(path).await.assert_ok();
    }
    for path in [
        "/number/1a",
        "/alpha/a1",
        "/both/a-1",
        "/uuid/67e5",
        "/in/green",
        "/even/abc",
        "/optional/x",
    ] {
        client.get(path).await.assert_not_found();
    }
}

#[tokio::test]
async fn constraints_tell_two_routes_of_one_shape_apart() {
    let client = visit(|route| {
        route.get("/users/{name}", async |_: HttpRequest, name: String| format!("name {name}"));
        route
            .get("/users/{id}", async |_: HttpRequest, id: u64| format!("id {id}"))
            .where_number("id");
        route
            .post("/users/{id}", async |_: HttpRequest, id: u64| id.to_string())
            .where_number("id");
    })
    .await;
    client.get("/users/7").await.assert_text("id 7");
    client.get("/users/ada").await.assert_text("name ada");
    client.post("/users/7", ()).await.assert_text("7");
    client.post("/users/ada", ()).await.assert_method_not_allowed("GET, HEAD, OPTIONS");
}

#[tokio::test]
async fn a_wider_route_answers_what_the_constraint_of_a_narrower_one_refuses() {
    let client = visit(|route| {
        route
            .get("/pages/{id}", async |_: HttpRequest, id: u64| format!("id {id}"))
            .where_number("id");
        route.get("/{*path}", async |_: HttpRequest, path: String| format!("any {path}"));
    })
    .await;
    client.get("/pages/7").await.assert_text("id 7");
    client.get("/pages/about").await.assert_text("any pages/about");
    client.get("/else").await.assert_text("any else");
}

#[tokio::test]
async fn a_parameter_answers_the_verbs_that_a_literal_path_beside_it_does_not() {
    let client = visit(|route| {
        route.post("/photos/import", async || "import");
        route.get("/photos/{name}", async |_: HttpRequest, name: String| name);
    })
    .await;
    client.post("/photos/import", ()).await.assert_text("import");
    client.get("/photos/import").await.assert_text("import");
    client.post("/photos/x", ()).await.assert_method_not_allowed("GET, HEAD, OPTIONS");
}

#[tokio::test]
async fn nested_groups_add_up_their_prefixes_and_names() {
    let client = visit(|r| {
        r.prefix("/admin").name("admin.").group(|r| {
            r.get("/", async |req: HttpRequest| req.route_is("admin.home").to_string())
                .name("home");
            r.prefix("users").name("users.").group(|r| {
                r.get("/{id}", async |_: HttpRequest, id: u64| id.to_string()).name("show");
            });
            r.prefix("/late").get("/x", async || "one route").name("late");
        });
        r.get("/urls", async || {
            [
                route_url("admin.home"),
                route_url("admin.late"),
                route("admin.users.show", [("id", 3)]),
            ]
            .join(" ")
        });
    })
    .await;
    client.get("/admin").await.assert_text("true");
    client.get("/admin/users/9").await.assert_text("9");
    client.get("/admin/late/x").await.assert_text("one route");
    client.get("/urls").await.assert_text("/admin /admin/late/x /admin/users/3");
}

fn route_url(name: &str) -> String {
    route(name, ())
}

#[tokio::test]
async fn a_groups_constraint_holds_for_its_routes() {
    let client = visit(|route| {
        route.prefix("/n").where_number("id").group(|route| {
            route.get("/{id}", async |_: HttpRequest, id: String| id);
            route.get("/{id}/x", async |_: HttpRequest, id: String| id);
            route.get("/free", async || "free");
        });
    })
    .await;
    client.get("/n/5").await.assert_text("5");
    client.get("/n/a/x").await.assert_not_found();
    client.get("/n/free").await.assert_text("free");
}

#[tokio::test]
async fn names_become_urls_with_encoded_values_and_a_query_of_the_rest() {
    let client = visit(|r| {
        r.get("/photos/{id}/{size?}", async || "photo").name("photo");
        r.get("/files/{*path}", async || "file").name("file");
        r.get("/show", async || {
            [
                route("photo", [("id", "a/b c"), ("page", "2")]),
                route("photo", [("id", "1"), ("size", "xl")]),
                route("file", [("path", "x/y z")]),
            ]
            .join(" ")
        });
        r.get("/go", async || to_route("photo", [("id", 5)]));
        r.get("/lost", async || route("nowhere", ()));
    })
    .await;
    client.get("/show").await.assert_text("/photos/a%2Fb%20c?page=2 /photos/1/xl /files/x/y%20z");
    client.get("/go").await.assert_status(302).assert_redirect("/photos/5");
    client.get("/lost").await.assert_status(500).assert_dont_see("nowhere");
}

#[tokio::test]
async fn the_fallback_answers_what_no_route_matches() {
    let client = visit(|route| {
        route.get("/home", async || "home");
        route.post("/form", async || "form");
        route.fallback(async |req: HttpRequest| (404, format!("no {}", req.path())));
        route.prefix("/api").group(|route| {
            route.fallback(async || (404, "no api"));
        });
    })
    .await;
    client.get("/home").await.assert_text("home");
    client.get("/x/y").await.assert_not_found().assert_text("no /x/y");
    client.get("/").await.assert_not_found().assert_text("no /");
    client.get("/api/x").await.assert_text("no api");
    client.get("/apix").await.assert_text("no /apix");
    client.post("/x", ()).await.assert_not_found().assert_dont_see("no /x");
}

#[tokio::test]
async fn a_redirect_route_fills_the_parameters_of_its_target() {
    let client = visit(|route| {
        route.redirect("/here", "/there");
        route.permanent_redirect("/old/{id}", "/new/{id}");
        route.redirect("/docs/{*path}", "/manual/{path}");
    })
    .await;
    client.get("/here").await.assert_status(302).assert_redirect("/there");
    client.get("/old/a%20b").await.assert_status(301).assert_redirect("/new/a%20b");
    client.get("/docs/a/b%20c").await.assert_redirect("/manual/a/b%20c");
    client.get("/old/%2F%2Fevil.test").await.assert_redirect("/new/%2F%2Fevil.test");
    client.get("/docs/%2F%2Fevil.test").await.assert_redirect("/manual///evil.test");
}

#[tokio::test]
async fn head_and_options_are_answered_without_routes_of_their_own() {
    let client = visit(|route| {
        route.get("/", async || "twelve bytes");
        route.post("/", async || "posted");
        route.put("/only", async || "put");
    })
    .await;
    let head = client.head("/").await;
    head.assert_ok().assert_text("").assert_header("content-length", "12");
    head.assert_header("content-type", "text/plain; charset=utf-8");
    client
        .options("/")
        .await
        .assert_ok()
        .assert_text("")
        .assert_header("allow", "GET, HEAD, POST, OPTIONS");
    client.options("/only").await.assert_header("allow", "PUT, OPTIONS");
    client.head("/only").await.assert_method_not_allowed("PUT, OPTIONS");
    client.options("/nowhere").await.assert_not_found();
}

#[tokio::test]
async fn a_verb_that_no_route_has_is_a_405_that_says_which_are_allowed() {
    let client = visit(|route| {
        route.get("/", verb);
        route.delete("/", verb);
    })
    .await;
    client.post("/", ()).await.assert_method_not_allowed("GET, HEAD, DELETE, OPTIONS");
}

#[tokio::test]
async fn a_forms_method_field_changes_a_post_into_put_patch_or_delete() {
    let client = visit(|route| {
        route.any("/", verb);
    })
    .await;
    for method in ["PUT", "patch", "Delete", "POST"] {
        let answer = client.post("/", [("_method", method)]).await;
        answer.assert_ok().assert_text(&method.to_uppercase());
    }
}

#[tokio::test]
async fn the_method_field_never_makes_a_request_safe() {
    let client = visit(|route| {
        route.any("/", verb);
    })
    .await;
    for method in ["GET", "get", "HEAD", "OPTIONS", "TRACE", "NONSENSE", ""] {
        client.post("/", [("_method", method)]).await.assert_status(400);
    }
}

#[tokio::test]
async fn the_method_field_counts_only_in_the_body_of_a_post() {
    let client = visit(|route| {
        route.any("/", verb);
    })
    .await;
    client.post("/?_method=DELETE", ()).await.assert_text("POST");
    client.get("/?_method=DELETE").await.assert_text("GET");
    client.put("/", [("_method", "DELETE")]).await.assert_text("PUT");
    let header = client.request(Method::POST, "/").header("x-http-method-override", "DELETE");
    header.send().await.assert_text("POST");
}

/// What docs/session.md says of them, so that no change passes unnoticed.
#[tokio::test]
async fn literal_segments_and_fallbacks_differ_from_laravel_as_documented() {
    let client = visit(|route| {
        route.get("/posts/{id}", async |req: HttpRequest| format!("post {:?}", req.param("id")));
        route.get("/posts/new", async || "a form");
        route.get("/only-get", async || "got");
        route.fallback(async || (404, "nothing here"));
    })
    .await;
    client.get("/posts/new").await.assert_text("a form");
    send(&client, "POST", "/unknown").await.assert_status(404);
    send(&client, "POST", "/only-get").await.assert_status(405);
}
