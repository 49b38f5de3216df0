use super::{PNG, ada, files, form};

#[tokio::test]
async fn a_picture_is_kept_under_a_random_name_and_shown() {
    let client = ada().await;
    client.request("POST", "/entries").multipart(form("../me.PNG", PNG)).await.assert_redirect("/");
    let page = client.get("/").await;
    page.assert_see("/storage/pictures/").assert_dont_see("me.PNG");
    let names = files(&client, "pictures");
    assert_eq!(names.len(), 1);
    page.assert_see(&names[0]);
    let file = client.app().storage_path("app/public/pictures").join(&names[0]);
    assert_eq!(std::fs::read(file).expect("read"), PNG);
}

#[tokio::test]
async fn a_picture_goes_with_its_entry() {
    let client = ada().await;
    client.request("POST", "/entries").multipart(form("me.png", PNG)).await.assert_redirect("/");
    let first = files(&client, "pictures");
    client.put("/entries/1", [("message", "Look again.")]).await.assert_redirect("/");
    assert_eq!(files(&client, "pictures"), first, "it stays when the text changes");
    let other = form("other.png", PNG).text("_method", "PUT");
    client.request("POST", "/entries/1").multipart(other).await.assert_redirect("/");
    let second = files(&client, "pictures");
    assert!(second.len() == 1 && second != first, "{second:?}");
    client.delete("/entries/1").await.assert_redirect("/");
    assert!(files(&client, "pictures").is_empty());
}

#[tokio::test]
async fn a_file_that_is_not_a_picture_is_refused() {
    let client = ada().await.from("/entries/create");
    for (name, bytes) in [("page.html", &b"<script>"[..]), ("me.png", b"<script>"), ("me.svg", PNG)]
    {
        let answer = client.request("POST", "/entries").multipart(form(name, bytes)).await;
        let answer = answer.assert_session_has_errors(["picture"]);
        answer.assert_session_has_input_value("message", "Look.");
    }
    assert!(files(&client, "pictures").is_empty());
}

#[tokio::test]
async fn a_picture_that_is_too_large_is_refused() {
    let client = ada().await.from("/entries/create");
    let large = [PNG, &vec![0; 2_000_000]].concat();
    let answer = client.request("POST", "/entries").multipart(form("me.png", &large)).await;
    answer.assert_session_has_error("picture", "A picture has up to 2 MB.");
    let huge = [PNG, &vec![0; 11 << 20]].concat();
    client.request("POST", "/entries").multipart(form("me.png", &huge)).await.assert_status(413);
}
