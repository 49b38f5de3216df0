//! The files of `public/` as a part of the program.

use std::path::Path;

use include_dir::{Dir, DirEntry, File};
use lunox::http::asset;
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use tempfile::TempDir;

use crate::log::Log;

static LARGE: [u8; 100_000] = [b'x'; 100_000];

/// As `include_dir!` makes it of a folder with links and dotfiles.
static PUBLIC: Dir<'static> = Dir::new(
    "",
    &[
        DirEntry::File(File::new(".env", b"secret")),
        DirEntry::Dir(Dir::new(".git", &[DirEntry::File(File::new(".git/config", b"secret"))])),
        DirEntry::Dir(Dir::new(
            "css",
            &[
                DirEntry::File(File::new("css/.hidden.css", b"secret")),
                DirEntry::File(File::new("css/app.css", b"body {}")),
            ],
        )),
        DirEntry::File(File::new("empty.txt", b"")),
        DirEntry::File(File::new("large.bin", &LARGE)),
        DirEntry::File(File::new("robots.txt", b"0123456789")),
        DirEntry::Dir(Dir::new(
            "storage",
            &[DirEntry::File(File::new("storage/at_build.svg", b"<svg/>"))],
        )),
    ],
);

/// A folder with other files than the program has.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    for (name, text) in [
        ("public/robots.txt", "changed"),
        ("public/on_disk.txt", "of the disk"),
        ("stored/upload.svg", "<svg/>"),
    ] {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("../stored", root.join("public/storage")).expect("linked");
    folder
}

async fn client(root: &Path) -> TestClient {
    let public = root.join("public");
    TestApp::new()
        .http(|http| {
            http.public = Some(public);
            http.embedded_public = Some(&PUBLIC);
        })
        .routes(|route| {
            route.get("/", async |req: HttpRequest| asset(&req.string("name")));
            route.get("/hello/{name}", async |_: HttpRequest, name: String| name);
        })
        .client()
        .await
}

#[tokio::test]
async fn an_embedded_file_is_sent_like_one_of_the_folder() {
    let folder = folder();
    let client = client(folder.path()).await;
    for (path, text, kind) in [
        ("/robots.txt", "0123456789", "text/plain; charset=utf-8"),
        ("/css/app.css?v=1", "body {}", "text/css; charset=utf-8"),
        ("/empty.txt", "", "text/plain; charset=utf-8"),
    ] {
        let answer = client.get(path).await;
        answer.assert_ok().assert_text(text).assert_header("content-type", kind);
        answer.assert_header("content-length", &text.len().to_string());
        answer.assert_header("cache-control", "no-cache").assert_header("accept-ranges", "bytes");
        answer.assert_header("x-content-type-options", "nosniff");
        answer.assert_header_missing("last-modified");
        let etag = answer.header("etag").expect("an entity tag").to_owned();
        let known = client.get(path).header("if-none-match", &etag).await;
        known.assert_status(304).assert_text("").assert_header("etag", &etag);
    }
    client.get("/on_disk.txt").await.assert_not_found();
    client.post("/robots.txt", ()).await.assert_not_found();
}

#[tokio::test]
async fn an_embedded_file_is_sent_in_part() {
    let folder = folder();
    let client = client(folder.path()).await;
    let etag = client.get("/robots.txt").await.header("etag").expect("an entity tag").to_owned();
    for (range, if_range, status, body, part) in [
        ("bytes=2-4", None, 206, "234", Some("bytes 2-4/10")),
        ("bytes=-2", None, 206, "89", Some("bytes 8-9/10")),
        ("bytes=7-99", None, 206, "789", Some("bytes 7-9/10")),
        ("bytes=10-", None, 416, "", Some("bytes */10")),
        ("bytes=0-1,4-5", None, 200, "0123456789", None),
        ("bytes=2-4", Some(etag.as_str()), 206, "234", Some("bytes 2-4/10")),
        ("bytes=2-4", Some("\"another\""), 200, "0123456789", None),
    ] {
        let mut request = client.get("/robots.txt").header("range", range);
        if let Some(tag) = if_range {
            request = request.header("if-range", tag);
        }
        let answer = request.await;
        answer.assert_status(status).assert_text(body);
        assert_eq!(answer.header("content-range"), part, "{range}");
    }
    let head = client.head("/large.bin").await;
    head.assert_ok().assert_text("").assert_header("content-length", "100000");
    let part = client.get("/large.bin").header("range", "bytes=10-89999").await;
    part.assert_status(206).assert_header("content-length", "89990");
    assert_eq!(part.text().len(), 89_990);
}

#[tokio::test]
async fn the_url_of_an_embedded_file_has_the_hash_of_its_content() {
    let folder = folder();
    let client = client(folder.path()).await;
    // The first digits of the SHA-256 of `body {}`.
    let url = "/css/app.62368a1a29259b30.css";
    client.get("/?name=css/app.css").await.assert_text(url);
    let kept = "public, max-age=31536000, immutable";
    client.get(url).await.assert_ok().assert_text("body {}").assert_header("cache-control", kept);
    let older = client.get("/css/app.0123456789abcdef.css").await;
    older.assert_ok().assert_text("body {}").assert_header("cache-control", "no-cache");
    client.get("/css/none.0123456789abcdef.css").await.assert_not_found();
    for missing in ["on_disk.txt", ".env", "css"] {
        client.get(&format!("/?name={missing}")).await.assert_text(&format!("/{missing}"));
    }
}

#[tokio::test]
async fn what_the_folder_would_not_show_is_not_shown() {
    let (log, _guard) = Log::take();
    let folder = folder();
    let client = client(folder.path()).await;
    assert!(log.text().contains("6 bytes of public/storage are in this program"), "{}", log.text());
    for path in [
        "/.env",
        "/.git/config",
        "/css/.hidden.css",
        "/css/.hidden.62368a1a29259b30.css",
        "/css",
        "/css/",
        "//robots.txt",
        "/css//app.css",
        "/robots.txt/a.css",
        "/css%2fapp.css",
        "/css%5capp.css",
        "/css/../robots.txt",
        "/%2e%2e/robots.txt",
        "/ROBOTS.txt",
        // It was on the disk when the program was built.
        "/storage/at_build.svg",
    ] {
        let answer = client.get(path).await;
        assert!(matches!(answer.status(), 400 | 404), "{path}: {}", answer.status());
        answer.assert_dont_see("secret");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_folder_storage_stays_on_the_disk() {
    let folder = folder();
    let client = client(folder.path()).await;
    let answer = client.get("/storage/upload.svg").await;
    answer.assert_ok().assert_text("<svg/>").assert_header("content-security-policy", "sandbox");
    assert!(answer.header("last-modified").is_some());
    client.get("/?name=storage/upload.svg").await.assert_see("/storage/upload.");
}

#[test]
fn release_builds_have_the_files_inside() {
    let files: Option<&Dir<'static>> = public_files!("$CARGO_MANIFEST_DIR/public");
    assert_eq!(files.is_some(), !cfg!(debug_assertions));
}
