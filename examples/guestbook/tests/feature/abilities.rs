use lunox::testing::TestClient;

use super::{PASSWORD, PNG, ada, files, form, user, write};
use crate::db::db;

/// A visitor who has logged in as an admin.
async fn admin(client: &TestClient) -> TestClient {
    let grace = user(client, "Grace").await;
    let sql = "update users set admin = true where id = ?";
    let set = client.run(async { sqlx::query(sql).bind(grace.id).execute(db()).await });
    set.await.expect("written");
    let admin = client.another();
    admin.acting_as(&grace).await;
    admin
}

#[tokio::test]
async fn authors_change_and_delete_their_own_entries() {
    let client = ada().await;
    client.post("/entries", [("message", "Lovley.")]).await.assert_redirect("/");
    client.get("/").await.assert_see("Change").assert_see("Delete");
    client.get("/entries/1/edit").await.assert_ok().assert_see("Lovley.");
    let answer = client.from("/entries/1/edit").put("/entries/1", [("message", "")]).await;
    answer.assert_redirect("/entries/1/edit").assert_session_has_errors("message");
    client.put("/entries/1", [("message", "Lovely.")]).await.assert_redirect("/");
    client.get("/").await.assert_see("Lovely.").assert_see("Your entry has been changed.");
    client.delete("/entries/1").await.assert_redirect("/");
    client.get("/").await.assert_see("The entry has been deleted.").assert_dont_see("Lovely.");
    client.get("/entries/1/edit").await.assert_not_found();
}

#[tokio::test]
async fn nobody_touches_the_entries_of_others() {
    let client = ada().await;
    write(&client, 1).await;
    client.get("/").await.assert_dont_see("Change").assert_dont_see("Delete");
    client.get("/entries/1/edit").await.assert_forbidden();
    client.put("/entries/1", [("message", "Mine.")]).await.assert_forbidden();
    client.delete("/entries/1").await.assert_forbidden();
    let guest = client.another();
    guest.get("/entries/1/edit").await.assert_redirect("/login");
    guest.put("/entries/1", [("message", "Mine.")]).await.assert_redirect("/login");
    guest.delete("/entries/1").await.assert_redirect("/login");
    client.get("/").await.assert_see("Message 1.");
}

#[tokio::test]
async fn the_admin_area_is_for_admins_who_gave_their_password() {
    let client = ada().await;
    client.another().get("/admin").await.assert_redirect("/login");
    client.get("/admin").await.assert_forbidden();
    client.delete("/admin/users/1").await.assert_forbidden();
    client.get("/account").await.assert_dont_see("/admin");
    let admin = admin(&client).await;
    admin.get("/account").await.assert_see("/admin");
    admin.get("/admin").await.assert_redirect("/confirm-password");
    admin.delete("/admin/users/1").await.assert_redirect("/confirm-password");
    admin.post("/confirm-password", [("password", PASSWORD)]).await.assert_redirect("/admin");
    admin.get("/admin").await.assert_ok().assert_see("ada@example.com").assert_see("Grace");
    // Admins delete entries, and put no words into anyone's mouth.
    write(&client, 1).await;
    admin.get("/").await.assert_see("Delete").assert_dont_see("Change");
    admin.put("/entries/1", [("message", "Mine.")]).await.assert_forbidden();
    admin.delete("/entries/1").await.assert_redirect("/");
}

#[tokio::test]
async fn a_user_who_is_removed_goes_with_entries_and_pictures() {
    let client = ada().await;
    client.request("POST", "/entries").multipart(form("me.png", PNG)).await.assert_redirect("/");
    let admin = admin(&client).await;
    admin.post("/confirm-password", [("password", PASSWORD)]).await;
    admin.delete("/admin/users/1").await.assert_redirect("/admin");
    admin.get("/admin").await.assert_see("Ada is removed").assert_dont_see("ada@example.com");
    admin.get("/").await.assert_dont_see("Look.");
    assert!(files(&client, "pictures").is_empty());
    client.get("/account").await.assert_redirect("/login");
    admin.delete("/admin/users/2").await.assert_forbidden();
    admin.delete("/admin/users/99").await.assert_not_found();
}
