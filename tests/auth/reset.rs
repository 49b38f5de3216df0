//! Forgotten passwords.

use std::sync::Mutex;
use std::time::Duration;

use lunox::auth::MemoryUsers;
use lunox::prelude::*;
use lunox::testing::TestClient;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::stores::{Devices, Resets};
use crate::support::{User, ada, bare_with, populate, users, visit_with};

const MINUTE: Duration = Duration::from_secs(60);

struct Site {
    client: TestClient,
    users: MemoryUsers<User>,
    resets: Resets,
    sent: UnboundedReceiver<(String, String)>,
}

impl Site {
    async fn new() -> Self {
        let resets = Resets::default();
        let (send, sent) = unbounded_channel();
        let store = resets.clone();
        let (client, users) = visit_with(|app| {
            app.register(|app| {
                app.booted(async move |_| {
                    auth().reset_in(store);
                    auth().remember_in(Devices::default());
                    auth().send_resets(move |user: Arc<User>, token| {
                        let send = send.clone();
                        async move {
                            send.send((user.email.clone(), token)).expect("a test that listens");
                            Ok(())
                        }
                    })
                });
            })
            .routes(routes)
        })
        .await;
        Self { client, users, resets, sent }
    }

    async fn ask(&self, email: &str) {
        let answer = self.client.another().post("/forgot", [("email", email)]).await;
        answer.assert_ok().assert_text("If there is such an account, a link is on its way.");
    }

    async fn sent_to_ada(&mut self) -> String {
        let (email, token) = self.sent.recv().await.expect("a link");
        assert_eq!(email, "ada@example.com");
        token
    }

    /// The token of a link that Ada was sent.
    async fn link(&mut self) -> String {
        self.ask("ada@example.com").await;
        self.sent_to_ada().await
    }

    async fn reset(&self, token: &str, password: &str) -> String {
        let form = [("token", token), ("password", password)];
        self.client.another().post("/reset", form).await.text()
    }
}

fn routes(route: &mut Router) {
    route.post("/forgot", async |req: HttpRequest| {
        auth().send_reset_link([("email", req.string("email"))]).await?;
        Ok::<_, Error>("If there is such an account, a link is on its way.")
    });
    route.post("/reset", async |req: HttpRequest| {
        let (token, password) = (req.string("token"), req.string("password"));
        Ok::<_, Error>(auth().reset_password(&token, &password).await?.to_string())
    });
    route.get("/reset/{token}", async || "a form").name("password.reset");
    route.post("/remember", async || auth().remember().await);
}

#[tokio::test]
async fn a_link_sets_a_new_password_once() {
    let mut site = Site::new().await;
    let token = site.link().await;
    assert!(!format!("{:?}", site.resets).contains(&token), "{:?}", site.resets);
    for bad in ["", "x", &token[1..], &format!("{token}A")] {
        assert_eq!(site.reset(bad, "loom").await, "false");
    }
    assert_eq!(site.reset(&token, "loom").await, "true");
    assert_eq!(site.reset(&token, "again").await, "false");
    site.client.post("/login", ada()).await.assert_redirect("/login");
    let new = [("email", "ada@example.com"), ("password", "loom")];
    site.client.post("/login", new).await.assert_redirect("/account");
}

#[tokio::test]
async fn a_reset_logs_nobody_in_and_everybody_else_out() {
    let mut site = Site::new().await;
    let (session, device) = (site.client.another(), site.client.another());
    session.post("/login", ada()).await;
    device.post("/login", ada()).await;
    device.post("/remember", ()).await.assert_ok();
    device.forget_cookie("lunox_session");
    let token = site.link().await;
    let form = [("token", token.as_str()), ("password", "loom")];
    session.post("/reset", form).await.assert_text("true");
    session.get("/account").await.assert_redirect("/login");
    device.get("/account").await.assert_redirect("/login");
}

#[tokio::test]
async fn a_link_is_of_use_for_sixty_minutes() {
    let mut site = Site::new().await;
    let token = site.link().await;
    site.client.travel(MINUTE * 60 - Duration::from_secs(1));
    assert_eq!(site.reset(&token, "loom").await, "true");
    site.client.travel(MINUTE);
    let token = site.link().await;
    site.client.travel(MINUTE * 60);
    assert_eq!(site.reset(&token, "late").await, "false");
}

#[tokio::test]
async fn an_unknown_account_is_answered_alike_and_nothing_is_sent() {
    let mut site = Site::new().await;
    site.ask("eve@example.com").await;
    site.ask("").await;
    // The first that is sent is what was asked for last.
    site.link().await;
    assert!(site.sent.is_empty());
}

#[tokio::test]
async fn an_account_is_sent_one_link_a_minute_and_the_newest_alone_counts() {
    let mut site = Site::new().await;
    let first = site.link().await;
    site.ask("ada@example.com").await;
    site.client.travel(MINUTE - Duration::from_secs(1));
    site.ask("ada@example.com").await;
    site.client.travel(Duration::from_secs(1));
    let second = site.link().await;
    assert!(site.sent.is_empty());
    assert_eq!(site.reset(&first, "loom").await, "false");
    assert_eq!(site.reset(&second, "loom").await, "true");
}

#[tokio::test]
async fn a_link_is_of_no_use_after_the_password_has_changed_or_the_user_is_gone() {
    let mut site = Site::new().await;
    let token = site.link().await;
    let ada = site.users.find("7").expect("Ada");
    site.users.insert(User { password: "another".to_owned(), ..ada.clone() });
    assert_eq!(site.reset(&token, "loom").await, "false");
    site.users.remove("7");
    assert_eq!(site.reset(&token, "loom").await, "false");
    // Nothing has happened, and the link is as good as it was.
    site.users.insert(ada);
    assert_eq!(site.reset(&token, "loom").await, "true");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_uses_of_a_link_one_wins() {
    let mut site = Site::new().await;
    let token = site.link().await;
    let answers = site
        .client
        .together(4, move |client, number| {
            let form = [("token", token.clone()), ("password", format!("loom {number}"))];
            async move { client.another().post("/reset", form).await.text() }
        })
        .await;
    assert_eq!(answers.iter().filter(|answer| *answer == "true").count(), 1, "{answers:?}");
}

#[tokio::test]
async fn the_answer_does_not_wait_for_the_link_to_be_sent() {
    let (open, gate) = tokio::sync::oneshot::channel::<()>();
    let gate = Arc::new(Mutex::new(Some(gate)));
    let (done, finished) = tokio::sync::oneshot::channel();
    let done = Arc::new(Mutex::new(Some(done)));
    let (client, _) = visit_with(|app| {
        app.register(|app| {
            app.booted(async move |_| {
                auth().reset_in(Resets::default());
                auth().send_resets(move |_: Arc<User>, _| {
                    let gate = gate.lock().expect("a lock").take().expect("one link");
                    let done = done.lock().expect("a lock").take().expect("one link");
                    async move {
                        gate.await.expect("opened");
                        // The request is still there to make the link's address from.
                        done.send(request().path().to_owned()).expect("a test that waits");
                        abort(500)
                    }
                })
            });
        })
        .routes(routes)
    })
    .await;
    client.post("/forgot", [("email", "ada@example.com")]).await.assert_ok();
    open.send(()).expect("a sender that waits");
    assert_eq!(finished.await.expect("sent"), "/forgot");
}

#[tokio::test]
async fn what_is_missing_is_said_to_known_and_unknown_alike() {
    let (client, _) = visit_with(|app| app.routes(routes)).await;
    for email in ["ada@example.com", "eve@example.com"] {
        client.post("/forgot", [("email", email)]).await.assert_status(500);
    }
    let (client, _) = visit_with(|app| {
        app.routes(routes).register(|app| {
            app.booted(async |_| {
                auth().reset_in(Resets::default());
                Ok(())
            });
        })
    })
    .await;
    for email in ["ada@example.com", "eve@example.com"] {
        client.post("/forgot", [("email", email)]).await.assert_status(500);
    }
}

#[tokio::test]
async fn without_a_way_to_send_the_link_is_logged_where_the_environment_is_local() {
    let (log, _guard) = crate::log::Log::take();
    let users = users();
    let client = bare_with(&users, |_| AuthConfig::default())
        .debug()
        .routes(routes)
        .register(|app| {
            app.booted(async |_| {
                auth().reset_in(Resets::default());
                Ok(())
            });
        })
        .client()
        .await;
    populate(&client, &users).await;
    client.post("/forgot", [("email", "ada@example.com")]).await.assert_ok();
    let logged = async {
        loop {
            let text = log.text();
            if let Some(token) = text.split("token=\"").nth(1) {
                break token.split('"').next().unwrap_or_default().to_owned();
            }
            tokio::task::yield_now().await;
        }
    };
    let token = tokio::time::timeout(MINUTE, logged).await.expect("a token in the log");
    assert!(log.text().contains(&format!("/reset/{token}")), "{}", log.text());
    let form = [("token", token.as_str()), ("password", "loom")];
    client.post("/reset", form).await.assert_text("true");
}
