//! What a session's calls cost, without the request around them: `cargo bench --bench session`.
//!
//! Measured with divan, because it builds in seconds and counts allocations besides. The drivers are the real ones;
//! the file driver's folder is a temporary one.

use std::sync::Arc;

use divan::{AllocProfiler, Bencher};
use lunox::session::{
    FileDriver, MemoryDriver, Session, SessionConfig, SessionManager, commit_alone,
};
use lunox::support::SystemClock;
use tempfile::TempDir;
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// So many keys a session has.
const KEYS: [usize; 3] = [1, 20, 200];

fn main() {
    divan::main();
}

/// A store with one session in it.
struct World {
    runtime: Runtime,
    manager: SessionManager,
    cookie: String,
    _folder: Option<TempDir>,
}

impl World {
    fn memory(keys: usize) -> Self {
        let config = SessionConfig::default();
        let manager =
            SessionManager::with_driver(config, Arc::new(SystemClock), MemoryDriver::new());
        Self::with(manager, keys, None)
    }

    fn file(keys: usize) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let driver = FileDriver::new(folder.path());
        let manager =
            SessionManager::with_driver(SessionConfig::default(), Arc::new(SystemClock), driver);
        Self::with(manager, keys, Some(folder))
    }

    fn of(driver: &str, keys: usize) -> Self {
        if driver == "memory" { Self::memory(keys) } else { Self::file(keys) }
    }

    fn with(manager: SessionManager, keys: usize, folder: Option<TempDir>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let cookie = runtime.block_on(async {
            let session = manager.start(std::iter::empty()).await.expect("starts");
            fill(&session, keys);
            commit_alone(&manager, &session).await.expect("stores").expect("a cookie")
        });
        Self { runtime, manager, cookie, _folder: folder }
    }

    fn load(&self) -> Session {
        let cookie = std::iter::once(self.cookie.as_str());
        self.runtime.block_on(self.manager.start(cookie)).expect("loads")
    }
}

/// Values as sessions hold them: short texts and numbers.
fn fill(session: &Session, keys: usize) {
    for number in 0..keys {
        if number % 2 == 0 {
            session.put(&format!("key_{number}"), "a value of some length");
        } else {
            session.put(&format!("key_{number}"), number);
        }
    }
}

/// From the cookie to a value: the record is read, and decoded because a key is asked for.
#[divan::bench(args = Case::all())]
fn load_and_get(bencher: Bencher, case: &Case) {
    let world = World::of(case.0, case.1);
    bencher.bench_local(|| world.load().get::<String>("key_0"));
}

/// A value of a session that is decoded already. The driver has no part in it.
#[divan::bench(args = KEYS)]
fn get(bencher: Bencher, keys: usize) {
    let world = World::memory(keys);
    let session = world.load();
    session.has("key_0");
    bencher.bench_local(|| session.get::<String>("key_0"));
}

/// A value into a session that is decoded already. The driver has no part in it.
#[divan::bench(args = KEYS)]
fn put(bencher: Bencher, keys: usize) {
    let world = World::memory(keys);
    bencher
        .with_inputs(|| {
            let session = world.load();
            session.has("key_0");
            session
        })
        .bench_local_values(|session| {
            session.put("key_0", "another value");
            session
        });
}

/// The commit of a session in which one key was changed: encoded and replaced.
#[divan::bench(args = Case::all())]
fn commit(bencher: Bencher, case: &Case) {
    let world = World::of(case.0, case.1);
    bencher
        .with_inputs(|| {
            let session = world.load();
            session.increment("visits", 1);
            session
        })
        .bench_local_values(|session| {
            world.runtime.block_on(commit_alone(&world.manager, &session)).expect("stores")
        });
}

/// A session from nothing: filled, given a token and created.
#[divan::bench(args = Case::all())]
fn create(bencher: Bencher, case: &Case) {
    let world = World::of(case.0, case.1);
    bencher.bench_local(|| {
        world.runtime.block_on(async {
            let session = world.manager.start(std::iter::empty()).await.expect("starts");
            fill(&session, case.1);
            commit_alone(&world.manager, &session).await.expect("stores")
        })
    });
}

/// A driver and a number of keys, as divan prints them.
struct Case(&'static str, usize);

impl Case {
    fn all() -> impl Iterator<Item = Case> {
        ["memory", "file"].into_iter().flat_map(|driver| KEYS.map(|keys| Case(driver, keys)))
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} keys", self.0, self.1)
    }
}
