//! One request that reads and one that writes, for counting the files that they pass through: see `bench/walk.sh`.

use std::sync::Arc;

use super::seed;
use crate::session::api::Session;
use crate::session::{FileDriver, SessionConfig, SessionManager};
use crate::support::ManualClock;

/// What `bench/walk.sh` watches: it counts what is called from here on.
#[inline(never)]
fn watched(runtime: &tokio::runtime::Runtime, manager: &SessionManager, cookie: &str, act: Act) {
    runtime.block_on(seed(manager, Some(cookie), act)).expect("stores");
}

type Act = fn(&Session);

fn walk(act: Act) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (runtime, folder) = (runtime.expect("a runtime"), tempfile::tempdir().expect("a folder"));
    let (clock, driver) = (Arc::<ManualClock>::default(), FileDriver::new(folder.path()));
    let manager = SessionManager::with_driver(SessionConfig::default(), clock, driver);
    let made = runtime.block_on(seed(&manager, None, |session| session.put("n", 1)));
    let cookie = made.expect("stores").expect("a cookie");
    watched(&runtime, &manager, &cookie, act);
}

#[test]
#[ignore = "for bench/walk.sh"]
fn get() {
    walk(|session| assert_eq!(session.get::<u64>("n"), Some(1)));
}

#[test]
#[ignore = "for bench/walk.sh"]
fn put() {
    walk(|session| session.put("n", 2));
}
