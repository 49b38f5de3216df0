//! Requests that are dropped at each of their awaits, on every driver: the store is as before or as after, never
//! between.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::stepping::Stepping;
use crate::session::api::Session;
use crate::session::commit::Ending;
use crate::session::drivers::SessionDriver;
use crate::session::record::{self, Record, Tag};
use crate::session::request::Shown;
use crate::session::{FileDriver, MemoryDriver, SessionConfig, SessionManager};
use crate::support::ManualClock;

/// Wakes the thread that polls.
struct Woken(AtomicBool, std::thread::Thread);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
        self.1.unpark();
    }
}

/// Polls a future whenever it asks for it, at most `polls` times, then drops it; whether it ended. With `answered`,
/// what it waits for is done when it is dropped, else it may still be on its way.
fn poll_then_drop(future: impl Future, polls: usize, answered: bool) -> bool {
    let mut future = pin!(future);
    let woken = Arc::new(Woken(AtomicBool::new(false), std::thread::current()));
    let waker = Waker::from(woken.clone());
    for poll in 1..=polls {
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            return true;
        }
        while (poll < polls || answered) && !woken.0.swap(false, Ordering::SeqCst) {
            std::thread::park();
        }
    }
    false
}

const TAG: Tag = Tag::from_bytes([7; 16]);

/// What a request does, with the options that it needs.
struct Action {
    name: &'static str,
    act: fn(&Session),
    renews: bool,
    /// It ends one session and starts another, with keys that have nothing in common: the visitor may end up between.
    may_end_with_nothing: bool,
}

const fn action(name: &'static str, act: fn(&Session)) -> Action {
    Action { name, act, renews: false, may_end_with_nothing: false }
}

fn actions() -> Vec<Action> {
    let long = |session: &Session| session.put("long", "x".repeat(6_000));
    let log_in = |session: &Session| {
        session.regenerate();
        session.put("user", 7);
    };
    let enter = |session: &Session| {
        session.put("user", 7);
        session.tag(TAG);
    };
    let leave = |session: &Session| {
        session.invalidate();
        session.flash("bye", true);
    };
    let anew = |session: &Session| session.replace([("after", true)]);
    let read = |session: &Session| {
        session.get::<u64>("n");
    };
    let count = |session: &Session| {
        session.increment("n", 1);
    };
    let plain = vec![
        action("put", |session| session.put("name", "Eve")),
        action("put what outgrows its slot", long),
        action("increment", count),
        action("replace", anew),
        action("read", read),
        action("log in", log_in),
        action("log in as a user of the index", enter),
        action("log out", Session::invalidate),
        Action { may_end_with_nothing: true, ..action("log out and flash", leave) },
    ];
    let renewing = [
        action("renew and read", read),
        action("renew and increment", count),
        action("log out what may be renewed", Session::invalidate),
    ];
    let renewing = renewing.into_iter().map(|action| Action { renews: true, ..action });
    plain.into_iter().chain(renewing).collect()
}

/// A store with one session, which is due to be touched.
struct Scene<D> {
    // Before the folder, so that the work that a dropped call left in the pool still finds it.
    runtime: Runtime,
    manager: SessionManager,
    cookie: String,
    _folder: Option<TempDir>,
    driver: std::marker::PhantomData<D>,
}

/// The living sessions with their deadlines, and what the old cookie finds.
type Snapshot = (Vec<(String, u64)>, String);

impl<D: SessionDriver> Scene<D> {
    fn new(make: impl Fn() -> (D, Option<TempDir>), renews: bool) -> Self {
        let runtime = runtime();
        let clock = Arc::new(ManualClock::default());
        let config = SessionConfig {
            renew_every: renews.then_some(Duration::from_secs(60)),
            ..SessionConfig::default()
        };
        let (driver, folder) = make();
        let manager = SessionManager::with_driver(config, clock.clone(), driver);
        let made =
            runtime.block_on(super::seed(&manager, None, |session| session.put_many([("n", 1)])));
        clock.advance(Duration::from_secs(20 * 60));
        let cookie = made.expect("stores").expect("a cookie");
        Self { runtime, manager, cookie, _folder: folder, driver: std::marker::PhantomData }
    }

    async fn request(&self, act: fn(&Session)) {
        let found = self.manager.start([self.cookie.as_str()].into_iter()).await.expect("reads");
        act(&found);
        let ending = Ending::Response(Shown::Nothing);
        let backend = self.manager.backend().expect("it was made");
        backend.commit(&found, ending).await.expect("commits");
    }

    /// What is there once the pool is idle: work that a dropped call began in it ends by itself.
    fn snapshot(mut self) -> Snapshot {
        drop(std::mem::replace(&mut self.runtime, runtime()));
        let manager = &self.manager;
        self.runtime.block_on(async {
            let driver =
                &manager.backend().expect("it was made").in_driver().expect("a driver").driver;
            let listed = driver.list(None, 100).await.expect("lists").expect("can list");
            let mut tags = Vec::new();
            let living = listed.records.iter().filter_map(|listed| {
                match record::decode(listed.stored.payload.clone()).expect("a whole record") {
                    Record::Session(head, raw) => {
                        tags.extend(head.tag.map(|tag| (tag, listed.key)));
                        let data = String::from_utf8_lossy(&raw).into_owned();
                        Some((data, listed.stored.deadline))
                    }
                    Record::MovedTo(_) | Record::Ended { .. } => None,
                }
            });
            let living = living.collect();
            for (tag, key) in tags {
                let keys = driver.tagged(&tag).await.expect("reads").expect("an index");
                assert!(keys.contains(&key), "a session of a user is not in the index");
            }
            let old = manager.start([self.cookie.as_str()].into_iter()).await.expect("reads");
            (living, serde_json::Value::Object(old.all()).to_string())
        })
    }
}

fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build().expect("a runtime")
}

/// Drops each action at each of its awaits, of which there have to be so many over all actions. A drop before the
/// first poll counts, so a driver that never waits has two an action.
fn drop_everywhere<D: SessionDriver>(make: impl Fn() -> (D, Option<TempDir>), least: usize) {
    let mut dropped = 0;
    for Action { name, act, renews, may_end_with_nothing } in actions() {
        let before = Scene::new(&make, renews).snapshot();
        let whole = Scene::new(&make, renews);
        whole.runtime.block_on(whole.request(act));
        let after = whole.snapshot();
        assert_ne!(before, after, "{name} does nothing");
        let nothing = (Vec::new(), "{}".to_owned());
        for (polls, answered) in (0..40).flat_map(|polls| [(polls, false), (polls, true)]) {
            let scene = Scene::new(&make, renews);
            let entered = scene.runtime.enter();
            let ended = poll_then_drop(scene.request(act), polls, answered);
            drop(entered);
            let found = scene.snapshot();
            let whole = found == before || found == after;
            assert!(
                whole || may_end_with_nothing && found == nothing,
                "{name}, dropped after {polls} polls (answered: {answered}): {found:?} is neither {before:?} nor {after:?}"
            );
            assert!(!ended || found == after, "{name} ended and did nothing");
            if ended {
                break;
            }
            dropped += 1;
        }
    }
    assert!(dropped >= least, "only {dropped} drops were tried");
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn rule_9_a_request_dropped_anywhere_leaves_the_memory_driver_as_before_or_as_after() {
    drop_everywhere(|| (MemoryDriver::new(), None), 22);
}

#[test]
fn rule_9_a_request_dropped_anywhere_leaves_files_as_before_or_as_after() {
    let make = || {
        let folder = folder();
        (FileDriver::new(folder.path()), Some(folder))
    };
    drop_everywhere(make, 22);
}

#[test]
fn rule_9_a_request_dropped_anywhere_leaves_files_on_a_slow_disk_as_before_or_as_after() {
    let make = || {
        let folder = folder();
        (FileDriver::pooled(folder.path()), Some(folder))
    };
    // Now and then the pool is quicker than we look, and there is nothing to wait for.
    // How often a call of the pool is still pending when it is polled depends on the machine.
    drop_everywhere(make, 11);
}

#[test]
fn rule_9_a_request_dropped_anywhere_leaves_a_driver_of_someone_else_as_before_or_as_after() {
    drop_everywhere(|| (Stepping::default(), None), 60);
}
