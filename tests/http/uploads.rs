//! Files that visitors send.

use http::Method;
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient, TestResponse};
use serde_json::json as value;

const BOUNDARY: &str = "moonboundary";

/// A multipart form of these parts: the headers' end of `Content-Disposition` and the content.
fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (head, content) in parts {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn send(client: &TestClient, path: &str, body: Vec<u8>) -> TestResponse {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    client.request(Method::POST, path).body(&content_type, body).send().await
}

fn picture(content: &[u8]) -> Vec<u8> {
    let head = "name=\"photo\"; filename=\"C:\\\\x\\\\Moon.PNG\"\r\nContent-Type: image/png";
    multipart(&[("name=\"title\"", b"Full moon"), ("name=\"tags[]\"", b"a"), (head, content)])
}

#[tokio::test]
async fn a_form_with_a_file_has_fields_and_files() {
    let client = crate::visit(|route| {
        route.post("/", async |req: HttpRequest| -> Result {
            let Some(file) = req.file("photo") else { return abort(422) };
            Ok(json(value!({
                "title": req.input::<String>("title"),
                "tags": req.input::<Vec<String>>("tags"),
                "name": file.client_name(),
                "mime": file.client_mime(),
                "extension": file.extension(),
                "size": file.size(),
                "content": file.bytes().await?.to_vec(),
                "files": req.files().count(),
                "has": [req.has_file("photo"), req.has_file("title")],
                "bytes": req.bytes().len(),
            })))
        });
    })
    .await;
    send(&client, "/", picture(b"\x89P\r\n")).await.assert_ok().assert_exact_json(value!({
        "title": "Full moon",
        "tags": ["a"],
        "name": "Moon.PNG",
        "mime": "image/png",
        "extension": "png",
        "size": 4,
        "content": [0x89, 0x50, 13, 10],
        "files": 1,
        "has": [true, false],
        "bytes": 0,
    }));
    client.post("/", [("photo", "no file")]).await.assert_status(422);
}

#[tokio::test]
async fn a_file_that_is_stored_stays_and_one_that_is_not_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("photos");
    let kept = target.clone();
    let client = crate::visit(move |route| {
        route.post("/keep", move |req: HttpRequest| {
            let target = kept.clone();
            async move {
                let Some(file) = req.file("photo") else { return abort(422) };
                let fresh = file.store(&target).await?;
                file.move_to(&target, "moon.png").await?;
                let again = file.move_to(&target, "moon.png").await.is_err();
                let out = file.move_to(&target, "../moon.png").await.is_err();
                Ok(json(value!([fresh.extension().is_some_and(|end| end == "png"), again, out])))
            }
        });
        route.post("/drop", async |req: HttpRequest| -> Result {
            let Some(file) = req.file("photo") else { return abort(422) };
            Ok(file.path().display().to_string().into_response())
        });
    })
    .await;
    send(&client, "/keep", picture(b"moon")).await.assert_exact_json([true, true, true]);
    assert_eq!(std::fs::read(target.join("moon.png")).expect("stored"), b"moon");
    assert_eq!(std::fs::read_dir(&target).expect("a folder").count(), 2);
    let dropped = send(&client, "/drop", picture(b"moon")).await;
    dropped.assert_ok();
    assert!(!std::path::Path::new(&dropped.text()).exists());
}

#[tokio::test]
async fn a_method_field_counts_in_a_multipart_form_too() {
    let client = crate::visit(|route| {
        route.put("/", async |req: HttpRequest| req.has_file("photo").to_string());
    })
    .await;
    let head = "name=\"photo\"; filename=\"a.txt\"";
    let body = multipart(&[("name=\"_method\"", b"PUT"), (head, b"a")]);
    send(&client, "/", body).await.assert_ok().assert_text("true");
    let body = multipart(&[("name=\"_method\"", b"GET"), (head, b"a")]);
    send(&client, "/", body).await.assert_status(400);
}

#[tokio::test]
async fn a_file_or_form_over_its_limit_is_a_413_that_ends_the_connection() {
    let client = TestApp::new()
        .http(|http| {
            http.limits.file = 10;
            http.limits.upload = 1_000;
            http.limits.fields = 4;
        })
        .routes(|route| {
            route.post("/", async || "taken");
        })
        .client()
        .await;
    send(&client, "/", picture(b"0123456789")).await.assert_text("taken");
    let long_file = send(&client, "/", picture(b"0123456789a")).await;
    long_file.assert_status(413).assert_header("connection", "close");
    let long_form = send(&client, "/", multipart(&[("name=\"a\"", &[b'a'; 1_000])])).await;
    long_form.assert_status(413).assert_header("connection", "close");
    let many = multipart(&[("name=\"a\"", b"a" as &[u8]); 5]);
    send(&client, "/", many).await.assert_status(413).assert_header("connection", "close");
}

#[tokio::test]
async fn a_multipart_form_that_is_cut_is_a_400() {
    let client = crate::visit(|route| {
        route.post("/", async || "never");
    })
    .await;
    let mut body = picture(b"moon");
    body.truncate(body.len() - 20);
    send(&client, "/", body).await.assert_status(400).assert_header("connection", "close");
    let without = client.request(Method::POST, "/").body("multipart/form-data", "x").send().await;
    without.assert_status(400).assert_header("connection", "close");
}
