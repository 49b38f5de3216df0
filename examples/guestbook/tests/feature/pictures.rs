use super::{form, visit};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe rest";

#[tokio::test]
async fn a_picture_is_kept_under_a_random_name_and_shown() {
    let client = visit().await;
    client.request("POST", "/entries").multipart(form("../me.PNG", PNG)).await.assert_redirect("/");
    let page = client.get("/").await;
    page.assert_see("/storage/pictures/").assert_dont_see("me.PNG");
    let folder = client.app().storage_path("app/public/pictures");
    let files: Vec<_> = std::fs::read_dir(folder).expect("a folder").flatten().collect();
    assert_eq!(files.len(), 1);
    let name = files[0].file_name().into_string().expect("a name");
    page.assert_see(&name);
    assert_eq!(std::fs::read(files[0].path()).expect("read"), PNG);
}

#[tokio::test]
async fn a_file_that_is_not_a_picture_is_refused() {
    let client = visit().await.from("/entries/create");
    for (name, bytes) in [("page.html", &b"<script>"[..]), ("me.png", b"<script>"), ("me.svg", PNG)]
    {
        let answer = client.request("POST", "/entries").multipart(form(name, bytes)).await;
        answer.assert_session_has_errors(["picture"]).assert_session_has_input_value("name", "Ada");
    }
    assert!(!client.app().storage_path("app/public/pictures").exists());
}

#[tokio::test]
async fn a_picture_that_is_too_large_is_refused() {
    let client = visit().await.from("/entries/create");
    let large = [PNG, &vec![0; 2_000_000]].concat();
    let answer = client.request("POST", "/entries").multipart(form("me.png", &large)).await;
    answer.assert_session_has_error("picture", "A picture has up to 2 MB.");
    let huge = [PNG, &vec![0; 11 << 20]].concat();
    client.request("POST", "/entries").multipart(form("me.png", &huge)).await.assert_status(413);
}
