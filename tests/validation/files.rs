//! Uploaded files are fields.

use lunox::http::uploads::UploadedFile;
use lunox::prelude::*;
use lunox::testing::{Multipart, TestApp, TestClient};
use lunox::validation::image;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, Validate)]
struct NewPhoto {
    #[garde(length(chars, min = 3))]
    title: String,
    #[garde(length(max = 5), custom(picture))]
    photo: UploadedFile,
    #[garde(skip)]
    thumbnail: Option<UploadedFile>,
    #[serde(default)]
    #[garde(length(max = 1))]
    more: Vec<UploadedFile>,
}

fn picture(file: &UploadedFile, _: &()) -> garde::Result {
    match file.extension() {
        Some("png" | "jpg") => Ok(()),
        _ => Err(garde::Error::new("The photo must be a PNG or JPEG file.")),
    }
}

async fn store(req: HttpRequest) -> Result {
    let form: NewPhoto = req.validate().await?;
    let content = String::from_utf8_lossy(&form.photo.bytes().await?).into_owned();
    let thumbnail = form.thumbnail.is_some();
    Ok(format!("{} {content} {thumbnail} {}", form.title, form.more.len()).into_response())
}

async fn visit() -> TestClient {
    TestApp::new()
        .routes(|route| {
            route.post("/photos", store);
        })
        .client()
        .await
}

#[tokio::test]
async fn a_file_is_a_field() {
    let client = visit().await;
    let form = Multipart::new()
        .text("title", "Moon")
        .file("photo", "moon.png", "image/png", "bytes")
        .file("thumbnail", "", "application/octet-stream", "")
        .file("more[]", "a.png", "image/png", "x");
    client
        .request("POST", "/photos")
        .multipart(form)
        .await
        .assert_ok()
        .assert_text("Moon bytes false 1");
}

#[tokio::test]
async fn a_missing_file_is_required_and_the_other_rules_run() {
    let client = visit().await;
    let form = Multipart::new().text("title", "ab").file("photo", "", "image/png", "");
    let answer = client.request("POST", "/photos").accept_json().multipart(form).await;
    answer.assert_unprocessable().assert_json_path(
        "errors",
        json!({
            "photo": ["The photo field is required."],
            "title": ["The title field must be at least 3 characters."],
        }),
    );
}

#[tokio::test]
async fn rules_look_at_files() {
    let client = visit().await;
    let form = Multipart::new()
        .file("title", "title.txt", "text/plain", "a file")
        .file("photo", "moon.gif", "image/gif", "six by")
        .file("more[]", "a.png", "image/png", "x")
        .file("more[]", "b.png", "image/png", "x");
    let answer = client.request("POST", "/photos").accept_json().multipart(form).await;
    answer.assert_unprocessable().assert_json_path(
        "errors",
        json!({
            "title": ["The title field must be text."],
            "photo": [
                "The photo must be a PNG or JPEG file.",
                "The photo field must not be greater than 5 bytes.",
            ],
            "more": ["The more field must not have more than 1 item."],
        }),
    );
}

#[tokio::test]
async fn text_is_not_a_file() {
    let client = visit().await;
    let answer = client.post_json("/photos", json!({"title": "Moon", "photo": [255, 0]})).await;
    answer.assert_unprocessable();
    answer.assert_json_path("errors", json!({"photo": ["The photo field must be a file."]}));
    let answer = client.from("/").post("/photos", [("title", "Moon"), ("photo", "moon.png")]).await;
    answer.assert_session_has_error("photo", "The photo field must be a file.");
}

#[derive(Deserialize, Validate)]
struct NewPicture {
    #[garde(inner(custom(image)))]
    picture: Option<UploadedFile>,
}

#[tokio::test]
async fn an_image_is_one_by_its_name_and_by_what_it_begins_with() {
    let client = TestApp::new()
        .routes(|route| {
            route.post("/", async |req: HttpRequest| -> Result {
                let form: NewPicture = req.validate().await?;
                Ok(form.picture.is_some().to_string().into_response())
            });
        })
        .client()
        .await;
    let send = async |name: &str, bytes: &[u8]| {
        let form = Multipart::new().file("picture", name, "image/png", bytes);
        client.request("POST", "/").multipart(form).await
    };
    for (name, bytes) in [
        ("a.png", &b"\x89PNG\r\n\x1a\n...."[..]),
        ("A.JPG", b"\xff\xd8\xff\xe0"),
        ("a.jpeg", b"\xff\xd8\xff\xe1"),
        ("a.gif", b"GIF89a...."),
        ("a.webp", b"RIFF....WEBPVP8 "),
    ] {
        send(name, bytes).await.assert_ok().assert_text("true");
    }
    for (name, bytes) in [
        ("a.png", &b"<svg onload='alert(1)'>"[..]),
        ("a.png", b"GIF89a...."),
        ("a.html", b"\x89PNG\r\n\x1a\n...."),
        ("a.svg", b"<svg/>"),
        ("a", b"\xff\xd8\xff\xe0"),
        ("a.webp", b"RIFF....AVI "),
        ("a.png", b"\x89PN"),
        ("a.png", b""),
    ] {
        let message = "Choose a picture: a PNG, JPEG, GIF or WebP file.";
        send(name, bytes).await.assert_session_has_error("picture", message);
    }
    client.post("/", [("picture", "")]).await.assert_ok().assert_text("false");
}
