//! Where redirects and named routes lead, whatever a visitor sends.

use lunox::prelude::*;
use lunox::routing::try_route;

use crate::visit;

#[tokio::test]
async fn a_redirect_route_never_leads_to_another_host_or_out_of_its_segment() {
    let client = visit(|route| {
        route.redirect("/old/{*path}", "/{path}");
        route.redirect("/swap/{b}/{a?}", "/{a}/{b}");
        route.redirect("/tail/{a?}", "/x/{a}");
        route.redirect("/image/{name}.png", "/users/{name}/delete");
        route.redirect("/out/{*path}", "https://docs.test/{path}?from={path}");
        route.any("/{*path}", async |_: HttpRequest, path: String| path);
    })
    .await;
    for (path, location) in [
        ("/old//evil.test/x", "/%2Fevil.test/x"),
        ("/old/%2fevil.test/x", "/%2Fevil.test/x"),
        ("/old/%2f%2fevil.test", "/%2F/evil.test"),
        ("/old/%2f", "/%2F"),
        ("/old/a//b", "/a//b"),
        ("/swap/evil.test", "/evil.test"),
        ("/swap/a/b", "/b/a"),
        ("/tail", "/x"),
        ("/out//evil.test", "https://docs.test//evil.test?from=/evil.test"),
    ] {
        client.get(path).await.assert_redirect(location);
    }
    client.get("/%2Fevil.test/x").await.assert_ok().assert_text("/evil.test/x");
    // Browsers take `..` for a step upwards, `%2e%2e` as well.
    for path in ["/image/..png", "/image/...png", "/image/%2e%2e.png"] {
        client.get(path).await.assert_not_found().assert_header_missing("location");
    }
    client.get("/image/%252e.png").await.assert_redirect("/users/%252e/delete");
}

#[tokio::test]
async fn a_named_route_never_leads_to_another_host_or_out_of_its_segment() {
    let client = visit(|route| {
        route.get("/to", async |req: HttpRequest| {
            let name = req.string("name");
            try_route(&name, [("x", req.string("x"))]).unwrap_or_else(|error| error.to_string())
        });
        route.get("/u/{x}/delete", async || "").name("delete");
        route.get("/{*x}", async |_: HttpRequest, x: String| x).name("page");
        route.get("/go", async || to_route("delete", [("x", "..")]));
    })
    .await;
    for (name, x, url) in [
        ("page", "/evil.test/x", "/%2Fevil.test/x"),
        ("page", "\\evil.test", "/%5Cevil.test"),
        ("page", "a//b", "/a//b"),
        ("delete", "/evil", "/u/%2Fevil/delete"),
        ("delete", "%252e%252e", "/u/%252e%252e/delete"),
        ("delete", "...", "/u/.../delete"),
    ] {
        client.get(&format!("/to?name={name}&x={x}")).await.assert_text(url);
    }
    for (name, x) in
        [("delete", "."), ("delete", ".."), ("delete", "a/.."), ("page", ".."), ("page", "a/./b")]
    {
        let answer = client.get(&format!("/to?name={name}&x={x}")).await;
        answer.assert_see(&format!("`{name}`")).assert_see("`x`").assert_see("`.` or `..`");
    }
    client.get("/go").await.assert_status(500).assert_header_missing("location");
}

#[tokio::test]
async fn a_page_to_return_to_stays_encoded() {
    let client = visit(|route| {
        route.get("/login", async || Redirect::intended("/home"));
        route.get("/back", async || back());
        route.get("/local", async |req: HttpRequest| Redirect::local(&req.string("to"), "/home"));
        route.get("/{*page}", async || Redirect::guest("/login"));
    })
    .await;
    for page in ["/%2fevil.test", "/%2F%2Fevil.test/%2f", "/a//evil.test"] {
        client.get(page).await.assert_redirect("/login");
        client.get("/login").await.assert_redirect(page);
        let referer = format!("http://localhost{page}");
        client.with_header("referer", &referer).get("/back").await.assert_redirect(page);
    }
    client.get("/local?to=/%252fevil.test").await.assert_redirect("/%2fevil.test");
    client.get("/local?to=/%2fevil.test").await.assert_redirect("/home");
}
