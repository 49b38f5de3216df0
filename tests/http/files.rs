//! Files that visitors name.

use std::path::Path;

use lunox::http::{asset, inline_file_from};
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use tempfile::TempDir;

use crate::visit;

/// A folder `files`, and beside it what nobody may see.
fn folder() -> TempDir {
    let outside = tempfile::tempdir().expect("a folder");
    let root = outside.path();
    for (name, text) in [
        ("secret.txt", "secret"),
        ("files-private/x", "secret"),
        ("files/a.txt", "a"),
        ("files/sub/é b.txt", "b"),
        ("files/.env", "secret"),
        ("files/.git/config", "secret"),
        ("files/sub/.hidden", "secret"),
    ] {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    #[cfg(unix)]
    for (link, target) in [
        ("inside", "a.txt"),
        ("folder", "sub"),
        ("out", "../secret.txt"),
        ("up", ".."),
        ("private", "../files-private/x"),
        ("dangling", "nowhere"),
    ] {
        std::os::unix::fs::symlink(target, root.join("files").join(link)).expect("linked");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(root.join("files/a.txt"), root.join("files/absolute"))
        .expect("linked");
    outside
}

async fn client(outside: &Path) -> TestClient {
    let folder = outside.join("files");
    visit(move |route| {
        let dir = folder.clone();
        route.get("/named", move |req: HttpRequest| {
            let dir = dir.clone();
            async move { download_from(dir, &req.string("name")).await }
        });
        route.get("/files/{*path}", move |req: HttpRequest| {
            let dir = folder.clone();
            async move { inline_file_from(dir, req.param("path").unwrap_or_default()).await }
        });
    })
    .await
}

#[tokio::test]
async fn a_file_of_the_folder_is_sent() {
    let outside = folder();
    let client = client(outside.path()).await;
    let names = "filename=\"_ b.txt\"; filename*=UTF-8''%C3%A9%20b.txt";
    for (path, kind) in
        [("/files/sub/%C3%A9%20b.txt", "inline"), ("/named?name=sub/%C3%A9+b.txt", "attachment")]
    {
        let answer = client.get(path).await;
        answer.assert_ok().assert_text("b");
        answer.assert_header("content-type", "text/plain; charset=utf-8");
        answer.assert_header("content-disposition", &format!("{kind}; {names}"));
    }
}

#[tokio::test]
async fn a_download_is_asked_for_again_and_in_part() {
    let outside = folder();
    let client = client(outside.path()).await;
    let whole = client.get("/files/a.txt").await;
    whole.assert_ok().assert_header("cache-control", "no-cache");
    let etag = whole.header("etag").expect("an entity tag").to_owned();
    client.get("/files/a.txt").header("if-none-match", &etag).await.assert_status(304);
    let part = client.get("/named?name=sub/%C3%A9+b.txt").header("range", "bytes=0-0").await;
    part.assert_status(206).assert_text("b").assert_header("content-range", "bytes 0-0/1");
    assert!(part.header("content-disposition").expect("a name").starts_with("attachment;"));
    let none = client.get("/files/a.txt").header("range", "bytes=5-").await;
    none.assert_status(416).assert_header("content-range", "bytes */1");
}

/// The client has a condition for the page that it posts to, not for the file that answers.
#[tokio::test]
async fn a_download_that_answers_a_post_is_whole() {
    let outside = folder();
    let path = outside.path().join("files/a.txt");
    let client = visit(move |route| {
        route.post("/export", move |_: HttpRequest| {
            let path = path.clone();
            async move { download(path, "a.txt").await }
        });
    })
    .await;
    let conditions = [("if-none-match", "*"), ("range", "bytes=5-")];
    for (name, value) in conditions {
        client.post("/export", ()).header(name, value).await.assert_ok().assert_text("a");
    }
}

#[tokio::test]
async fn a_path_parameter_names_no_file_outside_the_folder() {
    let outside = folder();
    let client = client(outside.path()).await;
    let secret = outside.path().join("secret.txt").display().to_string();
    let encoded = secret.replace('/', "%2f");
    for path in [&secret, &encoded, "/etc/passwd", "%2fetc%2fpasswd", "sub%2f%2fa.txt"] {
        client.get(&format!("/files/{path}")).await.assert_not_found();
    }
    client.get("/files/..%2fsecret.txt").await.assert_status(400);
}

#[tokio::test]
async fn a_name_that_leads_out_of_the_folder_is_not_found() {
    let outside = folder();
    let client = client(outside.path()).await;
    let secret = outside.path().join("secret.txt").display().to_string();
    let long = "x".repeat(300);
    for name in [
        &secret,
        "",
        ".",
        "..",
        "../secret.txt",
        "sub/../../secret.txt",
        "sub/../a.txt",
        "./a.txt",
        "/a.txt",
        "sub//a.txt",
        "sub/",
        "sub",
        "..\\secret.txt",
        "sub\\a.txt",
        "a.txt\0",
        "a.txt/b",
        "missing",
        "out",
        "up/secret.txt",
        "private",
        "dangling",
        "inside",
        "folder/\u{e9} b.txt",
        "absolute",
        ".env",
        ".git/config",
        "sub/.hidden",
        "a\u{7}.txt",
        &long,
    ] {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("name", name).finish();
        let answer = client.get(&format!("/named?{query}")).await;
        answer.assert_not_found().assert_dont_see("secret");
    }
}

/// Opening a pipe for reading waits for someone who writes.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_in_the_folder_is_not_a_file() {
    let outside = folder();
    let client = client(outside.path()).await;
    let pipe = outside.path().join("files/pipe");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().expect("runs").success());
    client.get("/files/pipe").await.assert_not_found();
}

#[cfg(unix)]
#[tokio::test]
async fn a_device_is_not_a_file() {
    let client = visit(|route| {
        route.get("/named", async |req: HttpRequest| {
            download_from("/dev", &req.string("name")).await
        });
        route.get("/own", async |_: HttpRequest| download("/dev/zero", "zero").await);
    })
    .await;
    client.get("/named?name=zero").await.assert_not_found();
    client.get("/own").await.assert_not_found();
}

/// A visitor of an application whose page names a file of this folder.
async fn page(public: Option<&Path>) -> TestClient {
    let public = public.map(Path::to_owned);
    TestApp::new()
        .http(|http| {
            http.public = public;
            http.trusted_proxies = vec!["*".to_owned()];
        })
        .routes(|route| {
            route.get("/", async |req: HttpRequest| asset(&req.string("name")));
        })
        .client()
        .await
}

#[tokio::test]
async fn the_url_of_a_public_file_has_the_hash_of_its_content() {
    let outside = folder();
    let client = page(Some(&outside.path().join("files"))).await;
    let ask = async |name: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        client.get(&format!("/?{}", query.append_pair("name", name).finish())).await.text()
    };
    // The first digits of the SHA-256 of `a` and `b`.
    assert_eq!(ask("a.txt").await, "/a.ca978112ca1bbdca.txt");
    assert_eq!(ask("/a.txt").await, "/a.ca978112ca1bbdca.txt");
    let url = ask("sub/\u{e9} b.txt").await;
    assert_eq!(url, "/sub/%C3%A9%20b.3e23e8160039594a.txt");
    let kept = "public, max-age=31536000, immutable";
    client.get(&url).await.assert_ok().assert_text("b").assert_header("cache-control", kept);

    std::fs::write(outside.path().join("files/a.txt"), "another").expect("written");
    let url = ask("a.txt").await;
    assert_ne!(url, "/a.ca978112ca1bbdca.txt");
    client.get(&url).await.assert_text("another").assert_header("cache-control", kept);

    for missing in ["missing.css", "../secret.txt", ".env", "sub"] {
        assert_eq!(ask(missing).await, format!("/{missing}"));
    }
}

#[tokio::test]
async fn the_url_of_a_public_file_begins_with_the_prefix_of_a_proxy() {
    let outside = folder();
    let client = page(Some(&outside.path().join("files"))).await;
    let answer = client.get("/?name=a.txt").header("x-forwarded-prefix", "/shop").await;
    answer.assert_text("/shop/a.ca978112ca1bbdca.txt");
}

#[tokio::test]
async fn without_a_public_folder_urls_have_no_hash_and_nothing_is_served() {
    let client = page(None).await;
    client.get("/?name=a.txt").await.assert_text("/a.txt");
    client.get("/a.txt").await.assert_not_found();
    assert_eq!(asset("/css/a b.css"), "/css/a%20b.css");
}
