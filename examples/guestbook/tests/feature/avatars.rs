use lunox::testing::{Multipart, TestClient};

use super::{PNG, ada, files, write};

fn avatar(name: &str, bytes: &[u8]) -> Multipart {
    let form = Multipart::new().text("_method", "PUT");
    form.file("avatar", name, "image/png", bytes)
}

async fn send(client: &TestClient, form: Multipart) {
    client.request("POST", "/account/avatar").multipart(form).await.assert_redirect("/account");
}

#[tokio::test]
async fn an_avatar_is_shown_beside_the_entries_and_replaces_the_one_before() {
    let client = ada().await.from("/account");
    client.post("/entries", [("message", "Lovely.")]).await.assert_redirect("/");
    client.get("/").await.assert_see(">A</span>").assert_dont_see("/storage/avatars/");
    send(&client, avatar("../../me.png", PNG)).await;
    client.get("/account").await.assert_see("This is you now.").assert_see("Remove your picture");
    let first = files(&client, "avatars");
    client.get("/").await.assert_see(&format!("/storage/avatars/{}", first[0]));
    send(&client, avatar("other.png", PNG)).await;
    let second = files(&client, "avatars");
    assert!(second.len() == 1 && second != first, "{second:?}");
    client.delete("/account/avatar").await.assert_redirect("/account");
    assert!(files(&client, "avatars").is_empty());
    client.get("/").await.assert_see(">A</span>");
}

#[tokio::test]
async fn what_is_not_a_picture_is_no_avatar() {
    let client = ada().await.from("/account");
    let large = [PNG, &vec![0; 1_000_000]].concat();
    for (form, error) in [
        (avatar("me.png", b"<script>"), "Choose a picture"),
        (avatar("me.svg", PNG), "Choose a picture"),
        (avatar("me.png", &large), "A picture of you has up to 1 MB."),
        (Multipart::new().text("_method", "PUT"), "Choose a picture"),
        (Multipart::new().text("_method", "PUT").text("avatar", "/etc/passwd"), "icture"),
    ] {
        send(&client, form).await;
        client.get("/account").await.assert_see(error).assert_see("avatar-error");
    }
    assert!(files(&client, "avatars").is_empty());
}

#[tokio::test]
async fn guests_have_no_avatar() {
    let client = super::visit().await;
    let answer = client.request("POST", "/account/avatar").multipart(avatar("me.png", PNG)).await;
    answer.assert_redirect("/login");
    assert!(files(&client, "avatars").is_empty());
    write(&client, 1).await;
    client.get("/").await.assert_see(">A</span>");
}
