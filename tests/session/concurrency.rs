//! Parallel requests in one session.

use lunox::prelude::*;
use lunox::session::FileDriver;
use lunox::testing::TestClient;

use super::support::{Gate, Spy, app};

/// Adds the file driver on a temporary folder as a driver named `files`.
struct Files(std::path::PathBuf);

impl ServiceProvider for Files {
    async fn boot(&self, app: &Application) -> Result<()> {
        let folder = self.0.clone();
        app.make::<SessionManager>()?.extend("files", move |_| Ok(FileDriver::new(folder.clone())));
        Ok(())
    }
}

async fn sixty_four_each(visitor: TestClient) {
    visitor.get("/put/first/1").await.assert_ok();
    let puts = visitor.together(64, |visitor, n| async move {
        visitor.get(&format!("/put/k{n}/v{n}")).await.assert_ok();
        visitor.get("/increment/hits").await.assert_ok();
        visitor.get(&format!("/push/{n}")).await.assert_ok();
    });
    puts.await;
    let session = visitor.session().await;
    for n in 0..64 {
        assert_eq!(session[&format!("k{n}")], format!("v{n}"));
    }
    assert_eq!(session["hits"], 64);
    assert_eq!(session["list"].as_array().expect("a list").len(), 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_parallel_requests_lose_nothing_in_memory() {
    sixty_four_each(app(&Spy::default(), &Gate::new()).client().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_parallel_requests_lose_nothing_on_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let visitor = app(&Spy::default(), &Gate::new())
        .provider(Files(folder.path().to_owned()))
        .session(|session| session.driver = "files".to_owned())
        .client()
        .await;
    sixty_four_each(visitor).await;
}

#[tokio::test]
async fn requests_that_all_read_the_same_version_still_keep_every_key() {
    let spy = Spy::default();
    let gate = Gate::new();
    let visitor = app(&spy, &gate).client().await;
    visitor.get("/put/first/1").await.assert_ok();
    let all = tokio::spawn({
        let visitor = visitor.clone();
        async move {
            visitor
                .together(
                    64,
                    |visitor, n| async move { visitor.get(&format!("/slow-put/k{n}")).await },
                )
                .await
        }
    });
    // Every one of them has read the record before the first one commits.
    gate.wait_for(64).await;
    gate.let_go(64);
    for response in all.await.expect("ends") {
        response.assert_ok();
    }
    let session = visitor.session().await;
    assert_eq!((0..64).filter(|n| session.contains_key(&format!("k{n}"))).count(), 64);
}

#[tokio::test]
async fn visitors_never_see_each_others_sessions() {
    let visitor = app(&Spy::default(), &Gate::new()).client().await;
    visitor
        .together(64, |visitor, n| async move {
            let own = visitor.another();
            own.get(&format!("/put/name/visitor{n}")).await.assert_ok();
            for _ in 0..5 {
                own.get("/read/name").await.assert_text(&format!("\"visitor{n}\""));
            }
        })
        .await;
}
