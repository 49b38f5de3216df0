use super::{visit, write};

const NOBODY: &str = "Nobody has written anything yet.";

#[tokio::test]
async fn an_empty_book_asks_for_the_first_entry() {
    let client = visit().await;
    client.get("/").await.assert_ok().assert_see(NOBODY).assert_dont_see("Pages of entries");
}

#[tokio::test]
async fn an_entry_is_saved_and_shown_with_a_message_once() {
    let client = visit().await;
    let form = [("name", "Ada"), ("message", "Lovely.\nTruly.")];
    client.post("/entries", form).await.assert_redirect("/");
    let page = client.get("/").await;
    page.assert_see("Thank you, Ada.").assert_see("Lovely.\nTruly.").assert_see("1 entry so far");
    client.get("/").await.assert_dont_see("Thank you").assert_see("Lovely.");
}

#[tokio::test]
async fn a_form_with_mistakes_comes_back_as_it_was_filled_in() {
    let client = visit().await.from("/entries/create");
    let name = "x".repeat(61);
    let answer = client.post("/entries", [("name", name.as_str()), ("message", " ")]).await;
    answer.assert_redirect("/entries/create");
    answer.assert_session_has_error("name", "A name has up to 60 characters.");
    answer.assert_session_has_error("message", "Write a message.");
    let page = client.get("/entries/create").await;
    page.assert_see(&name).assert_see("Write a message.").assert_see("Nothing was saved.");
    client.get("/entries/create").await.assert_dont_see(&name);
    client.get("/").await.assert_see(NOBODY);
}

#[tokio::test]
async fn a_message_may_have_a_thousand_characters_of_any_kind() {
    let client = visit().await;
    let message = "é".repeat(1_000);
    client.post("/entries", [("name", "Ada"), ("message", &message)]).await.assert_redirect("/");
    client.get("/").await.assert_see(&message);
}

#[tokio::test]
async fn a_message_that_is_far_too_long_is_refused_like_another() {
    let client = visit().await.from("/entries/create");
    let message = "x".repeat(1_900_000);
    let answer = client.post("/entries", [("name", "Ada"), ("message", &message)]).await;
    answer.assert_session_has_error("message", "Keep it to 1000 characters.");
    client.get("/entries/create").await.assert_ok().assert_see("Keep it to 1000 characters.");
}

#[tokio::test]
async fn what_visitors_write_is_text() {
    let client = visit().await;
    let form = [("name", "<b>Ada"), ("message", "<script>alert(1)</script>")];
    client.post("/entries", form).await.assert_redirect("/");
    let page = client.get("/").await;
    page.assert_see("&lt;b&gt;Ada").assert_see("&lt;script&gt;").assert_dont_see("<script>");
}

#[tokio::test]
async fn a_page_has_ten_entries_the_newest_first() {
    let client = visit().await;
    write(&client, 21).await;
    let first = client.get("/").await;
    first.assert_see("Message 21.").assert_see("Message 12.").assert_dont_see("Message 11.");
    first.assert_see("rel=\"next\"").assert_dont_see("rel=\"prev\"");
    let last = client.get("/?page=3").await;
    last.assert_see("Message 1.").assert_dont_see("Message 2.").assert_see("rel=\"prev\"");
    last.assert_dont_see("rel=\"next\"");
}

#[tokio::test]
async fn a_page_that_is_none_does_no_harm() {
    let client = visit().await;
    write(&client, 1).await;
    for page in ["-1", "0", "x", "999999999999", "99999999999999999999999"] {
        client.get(&format!("/?page={page}")).await.assert_ok().assert_see("Message 1.");
    }
    client
        .get("/?page=7")
        .await
        .assert_ok()
        .assert_dont_see("Message 1.")
        .assert_see("rel=\"prev\"");
}

#[tokio::test]
async fn the_pages_name_the_styles_by_their_content() {
    let client = visit().await;
    let page = client.get("/").await.text();
    let start = page.find("/css/guestbook.").expect("a stylesheet");
    let url = page[start..].split('"').next().expect("its URL");
    let styles = client.get(url).await;
    styles.assert_ok().assert_header("content-type", "text/css; charset=utf-8");
    styles.assert_header("cache-control", "public, max-age=31536000, immutable");
}
