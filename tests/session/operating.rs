//! What operators do to sessions: finding, ending, pruning, counting.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use lunox::session::{FileDriver, Key, SessionConfig, SessionDriver, SessionManager};
use lunox::support::{Clock, ManualClock};
use lunox::testing::TestClient;
use uuid::Uuid;

use super::log::Log;
use super::support::{Gate, Spy, app, app_on, client};

const COOKIE: &str = "lunox_session";

fn manager(visitor: &TestClient) -> Arc<SessionManager> {
    visitor.app().make::<SessionManager>().expect("bound")
}

async fn only_id(manager: &SessionManager) -> Uuid {
    let sessions = manager.list().await.expect("lists").expect("can list");
    assert_eq!(sessions.len(), 1);
    sessions[0].id
}

#[tokio::test]
async fn a_destroyed_session_stays_dead_for_requests_in_flight() {
    for renew in [None, Some(Duration::from_secs(60))] {
        let (spy, gate) = (Spy::default(), Gate::new());
        let visitor =
            app(&spy, &gate).session(|session| session.renew_every = renew).client().await;
        visitor.get("/put/name/Ada").await.assert_ok();
        // Old enough to be renewed, so that the requests in flight carry the session on if they can.
        visitor.travel_minutes(2);
        let flying = visitor.clone();
        let requests = tokio::spawn(async move {
            let paths = ["/slow-put/late", "/slow-read", "/slow-put/later", "/slow-read"];
            let visit = |visitor: TestClient, n: usize| async move { visitor.get(paths[n]).await };
            flying.together(4, visit).await
        });
        gate.wait_for(4).await;
        let manager = manager(&visitor);
        let id = only_id(&manager).await;
        assert!(manager.destroy(id).await.expect("destroys"));
        gate.let_go(4);
        for response in requests.await.expect("ends") {
            response.assert_ok().assert_cookie_missing(COOKIE);
        }
        visitor.get("/read/name").await.assert_text("null");
        assert_eq!(spy.records().await.len(), 0, "{renew:?}");
        assert!(!manager.destroy(id).await.expect("finds none"));
    }
}

#[tokio::test]
async fn a_session_that_rotates_while_it_is_destroyed_does_not_escape() {
    for steps in 0..40 {
        let (spy, gate) = (Spy::default(), Gate::new());
        let visitor = app(&spy, &gate)
            .session(|session| session.renew_every = Some(Duration::from_secs(60)))
            .client()
            .await;
        visitor.get("/put/name/Ada").await.assert_ok();
        let manager = manager(&visitor);
        let id = only_id(&manager).await;
        if steps % 2 == 0 {
            visitor.travel_minutes(2);
        }
        let destroy = async {
            for _ in 0..steps / 2 {
                tokio::task::yield_now().await;
            }
            manager.destroy(id).await.expect("destroys")
        };
        let (destroyed, _) = tokio::join!(destroy, visitor.get("/login"));
        assert!(destroyed, "after {steps} steps");
        assert_eq!(manager.find(&id.to_string()).await.expect("finds").len(), 0, "{steps}");
        visitor.get("/read/name").await.assert_text("null");
    }
}

#[tokio::test]
async fn everybody_is_logged_out_at_once_and_may_come_back() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    for _ in 0..20 {
        visitor.another().get("/put/name/Ada").await.assert_ok();
    }
    let manager = manager(&visitor);
    let (ended, _) = tokio::join!(manager.destroy_all(), visitor.get("/login"));
    assert!((20..=22).contains(&ended.expect("destroys")));
    visitor.get("/read/name").await.assert_text("null");
    visitor.get("/put/name/Eve").await.assert_ok();
    visitor.get("/read/name").await.assert_text("\"Eve\"");
}

#[tokio::test]
async fn a_session_that_one_walk_misses_does_not_outlive_the_end_of_all() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    spy.miss_once();
    assert_eq!(manager(&visitor).destroy_all().await.expect("destroys"), 1);
    visitor.get("/read/name").await.assert_text("null");
}

#[tokio::test]
async fn thousands_of_sessions_are_met_once_each_batch_by_batch() {
    const MANY: usize = 2_500;
    let spy = Spy::default();
    let visitor = client(&spy).await;
    for _ in 0..MANY {
        visitor.another().get("/put/name/Ada").await.assert_ok();
    }
    let manager = manager(&visitor);
    let mut met = HashSet::new();
    let mut batches = manager.batches();
    let mut count = 0;
    while let Some(batch) = batches.next().await.expect("lists") {
        assert!(batch.len() <= 1_000);
        met.extend(batch.iter().map(|session| session.id));
        count += batch.len();
    }
    assert_eq!((met.len(), count), (MANY, MANY));
    let stats = manager.stats().await.expect("counts");
    assert_eq!((stats.living, stats.expired, stats.unreadable), (MANY as u64, 0, 0));
    let sizes = stats.sizes.expect("sizes");
    assert_eq!(sizes.smallest * MANY as u64, stats.bytes, "all are alike");
    assert_eq!(
        (sizes.median, sizes.p99, sizes.largest),
        (sizes.smallest, sizes.smallest, sizes.smallest)
    );
    assert_eq!(manager.destroy_all().await.expect("destroys"), MANY as u64);
    assert_eq!(spy.records().await.len(), 0);
}

#[tokio::test]
async fn a_session_is_found_by_the_beginning_of_its_id_and_its_values_are_not_printed() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let manager = manager(&visitor);
    let id = only_id(&manager).await;
    let found = manager.find(&id.to_string()[..9]).await.expect("finds");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].data().expect("JSON")["name"], "Ada");
    assert!(!format!("{found:?}").contains("Ada"));
    assert_eq!(found[0].summary.extended, Some(found[0].summary.created));
    visitor.travel_minutes(121);
    assert_eq!(manager.find("").await.expect("finds").len(), 0, "it has expired");
}

#[tokio::test]
async fn pruning_goes_on_behind_thousands_that_live() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::default());
    let now = clock.unix();
    let driver = FileDriver::new(folder.path());
    let key = |first: u8, n: u32| {
        let mut key = [first; 32];
        key[4..8].copy_from_slice(&n.to_be_bytes());
        Key::from_bytes(key)
    };
    // More than one batch of the sweeper looks at, all in the folder that it looks at first.
    for n in 0..8_200 {
        driver.create(&key(0, n), "x".into(), now + 60).await.expect("creates");
    }
    driver.create(&key(255, 0), "x".into(), now - 300).await.expect("creates");
    let manager = SessionManager::with_driver(SessionConfig::default(), clock, driver);
    assert_eq!(manager.prune().await.expect("sweeps"), 1);
    assert_eq!(manager.prune().await.expect("sweeps"), 0);
}

#[tokio::test]
async fn a_folder_that_holds_more_than_sessions_is_named_at_boot_with_the_cure() {
    let storage = tempfile::tempdir().expect("a folder");
    let boot = async || {
        let (log, _guard) = Log::take();
        let files = storage.path().to_owned();
        let app = app_on("file", &Gate::new()).session(|session| session.files = files);
        app.client().await.get("/put/name/Ada").await.assert_ok();
        log.text()
    };
    let text = boot().await;
    assert!(!text.contains("not sessions"), "a warning about its own files: {text}");
    assert!(!boot().await.contains("not sessions"));
    for name in ["app", "framework"] {
        std::fs::create_dir(storage.path().join(name)).expect("makes a folder");
    }
    let text = boot().await;
    for part in [
        &format!("the session folder `{}`", storage.path().display()),
        "`app`, `framework`",
        "`files` in config/session.rs",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.matches("not sessions").count(), 1, "once: {text}");
}
