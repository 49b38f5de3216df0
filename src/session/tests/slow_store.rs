//! A store that answers slowly: loading and storing each end within `driver_timeout`, however many calls they take.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::stepping::Stepping;
use crate::session::{Session, SessionConfig, SessionManager, commit_alone};
use crate::support::SystemClock;

fn manager(takes: u64) -> SessionManager {
    let driver = Stepping { takes: Some(Duration::from_secs(takes)), ..Stepping::default() };
    let config =
        SessionConfig { driver_timeout: Duration::from_secs(5), ..SessionConfig::default() };
    SessionManager::with_driver(config, Arc::new(SystemClock), driver)
}

async fn stored(manager: &SessionManager) -> String {
    let session = manager.start(std::iter::empty()).await.expect("a guest");
    session.put("sum", 0);
    commit_alone(manager, &session).await.expect("stored").expect("a cookie")
}

async fn found(manager: &SessionManager, cookie: &str) -> Session {
    let session = manager.start(std::iter::once(cookie)).await.expect("read");
    assert!(session.has("sum"));
    session
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_meets_a_conflict_ends_in_time() {
    let manager = manager(3);
    let cookie = stored(&manager).await;
    let (one, other) = (found(&manager, &cookie).await, found(&manager, &cookie).await);
    one.increment("sum", 1);
    other.increment("sum", 1);
    commit_alone(&manager, &one).await.expect("stored");
    // Three seconds to be told of the conflict, and three to read what is there now.
    let started = Instant::now();
    commit_alone(&manager, &other).await.expect_err("it takes too long");
    assert_eq!(started.elapsed().as_secs(), 5);
    // The next one has its own time.
    let started = Instant::now();
    let third = found(&manager, &cookie).await;
    third.increment("sum", 1);
    commit_alone(&manager, &third).await.expect("stored");
    assert_eq!(started.elapsed().as_secs(), 6);
    assert_eq!(found(&manager, &cookie).await.get("sum"), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_load_of_several_cookies_ends_in_time() {
    let manager = manager(3);
    let (unknown, cookie) = ("A".repeat(43), stored(&manager).await);
    let started = Instant::now();
    let cookies = [unknown.as_str(), &cookie];
    manager.start(cookies.into_iter()).await.expect_err("it takes too long");
    assert_eq!(started.elapsed().as_secs(), 5);
}
