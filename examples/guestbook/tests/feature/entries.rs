use super::{ada, visit, write};

const NOBODY: &str = "Nobody has written anything yet.";

#[tokio::test]
async fn an_empty_book_asks_for_the_first_entry() {
    let client = visit().await;
    client.get("/").await.assert_ok().assert_see(NOBODY).assert_dont_see("More pages");
}

#[tokio::test]
async fn an_entry_is_saved_and_shown_with_a_message_once() {
    let client = ada().await;
    client.post("/entries", [("message", "Lovely.\nTruly.")]).await.assert_redirect("/");
    let page = client.get("/").await;
    page.assert_see("Thank you, Ada.").assert_see("Lovely.\nTruly.").assert_see("1 entry so far");
    client.get("/").await.assert_dont_see("Thank you").assert_see("Lovely.");
}

#[tokio::test]
async fn guests_read_and_log_in_to_write() {
    let client = visit().await;
    client.get("/entries/create").await.assert_redirect("/login");
    client.post("/entries", [("message", "Lovely.")]).await.assert_redirect("/login");
    client.get("/").await.assert_see(NOBODY).assert_see("Log in").assert_dont_see("Account");
    let client = ada().await;
    client.get("/").await.assert_see("Account").assert_dont_see("Log in");
}

#[tokio::test]
async fn a_form_with_mistakes_comes_back_as_it_was_filled_in() {
    let client = ada().await.from("/entries/create");
    client.post("/entries", [("message", " ")]).await.assert_redirect("/entries/create");
    client.get("/entries/create").await.assert_see("Write a message.");
    let message = "x".repeat(1_001);
    let answer = client.post("/entries", [("message", &message)]).await;
    answer.assert_redirect("/entries/create");
    answer.assert_session_has_error("message", "Keep it to 1000 characters.");
    let page = client.get("/entries/create").await;
    page.assert_see(&message).assert_see("Nothing was saved.");
    client.get("/entries/create").await.assert_dont_see(&message);
    client.get("/").await.assert_see(NOBODY);
}

#[tokio::test]
async fn a_message_may_have_a_thousand_characters_of_any_kind() {
    let client = ada().await;
    let message = "é".repeat(1_000);
    client.post("/entries", [("message", &message)]).await.assert_redirect("/");
    client.get("/").await.assert_see(&message);
}

#[tokio::test]
async fn a_message_that_is_far_too_long_is_refused_like_another() {
    let client = ada().await.from("/entries/create");
    let message = "x".repeat(1_900_000);
    let answer = client.post("/entries", [("message", &message)]).await;
    answer.assert_session_has_error("message", "Keep it to 1000 characters.");
    client.get("/entries/create").await.assert_ok().assert_see("Keep it to 1000 characters.");
}

#[tokio::test]
async fn what_visitors_write_is_text() {
    let client = visit().await;
    let user = super::user(&client, "<b>Ada").await;
    let client = client.acting_as(&user).await;
    client.post("/entries", [("message", "<script>alert(1)</script>")]).await.assert_redirect("/");
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

#[tokio::test]
async fn somebody_who_writes_without_a_pause_is_stopped() {
    let client = ada().await;
    for number in 0..30 {
        let answer = client.post("/entries", [("message", format!("{number}"))]).await;
        answer.assert_redirect("/");
    }
    client.post("/entries", [("message", "31")]).await.assert_status(429);
}
