//! The algorithm of start and commit, under schedules that a scheduler makes up.
//!
//! Every call of the driver is one step, with a point at which others run before it and after it. Nothing else in the
//! algorithm waits, and no lock is held while it does, so these are all the interleavings there are. Some thousands of
//! schedules are tried, at random and by priorities (PCT), which finds what takes few but unlikely turns;
//! `LUNOX_SCHEDULES=20000` tries more of each kind.
//!
//! The memory driver's own locks are not covered here. It holds two at once in one function only, `Pair::lock`, which takes
//! them in the order of their indexes, and none across an await: so no schedule can make two calls wait for each other,
//! and the contract's races run against it on threads.

use std::sync::Arc;
use std::time::Duration;

use shuttle::future::{JoinHandle, block_on, spawn, yield_now};
use shuttle::scheduler::{PctScheduler, RandomScheduler};

use super::stepping::Stepping;
use crate::encryption::{AppKey, Keyring};
use crate::session::api::Session;
use crate::session::commit::{CookieChange, Ending};
use crate::session::drivers::{Listed, SessionDriver};
use crate::session::record::ClaimedToken;
use crate::session::record::{self, Head, Key, Record, Tag};
use crate::session::request::Shown;
use crate::session::{SessionConfig, SessionManager, UserSessions};
use crate::support::ManualClock;

/// One session and the requests that use it.
struct Stage {
    driver: Stepping,
    manager: Arc<SessionManager>,
    cookie: String,
    id: uuid::Uuid,
}

impl Stage {
    /// A session that was made a while ago: it is due to be touched, and to be renewed if tokens are.
    async fn new(renews: bool) -> Self {
        let (driver, clock) = (Stepping::default(), Arc::new(ManualClock::default()));
        let config = SessionConfig {
            renew_every: renews.then_some(Duration::from_secs(60)),
            ..SessionConfig::default()
        };
        let manager = SessionManager::with_driver(config, clock.clone(), driver.clone());
        let keys = Keyring::new(AppKey::generate().expect("random bytes"), []);
        let manager = Arc::new(manager.with_keys(keys));
        let cookie =
            super::seed(&manager, None, |session| session.put("n", 0)).await.expect("stores");
        let cookie = cookie.expect("a cookie");
        clock.advance(Duration::from_secs(20 * 60));
        let id = manager.start([cookie.as_str()].into_iter()).await.expect("reads").id();
        Self { driver, manager, cookie, id }
    }

    /// A request that does something to the session; what its response says of the cookie.
    fn request(&self, action: fn(&Session)) -> JoinHandle<CookieChange> {
        let (manager, cookie) = (self.manager.clone(), self.cookie.clone());
        spawn(async move {
            let session = manager.start([cookie.as_str()].into_iter()).await.expect("reads");
            yield_now().await;
            action(&session);
            let ending = Ending::Response(Shown::Nothing);
            manager.backend().expect("a driver").commit(&session, ending).await.expect("commits")
        })
    }

    /// The living records of this session, wherever it moved: not those of one that was made after it ended. Each that has
    /// a tag is in the index.
    async fn alive(&self) -> Vec<(Key, serde_json::Value)> {
        let listed = self.driver.driver.list(None, 100).await.expect("lists").expect("can list");
        let living = |listed: Listed| match record::decode(listed.stored.payload) {
            Some(Record::Session(head, raw)) if head.id == self.id => {
                let data = serde_json::from_slice(&raw).expect("JSON");
                Some((listed.key, serde_json::Value::Object(data)))
            }
            _ => None,
        };
        for listed in &listed.records {
            if let Some(Record::Session(Head { tag: Some(tag), .. }, _)) =
                record::decode(listed.stored.payload.clone())
            {
                let keys = self.driver.driver.tagged(&tag).await.expect("reads").expect("an index");
                assert!(keys.contains(&listed.key), "a session of a user is not in the index");
            }
        }
        listed.records.into_iter().filter_map(living).collect()
    }

    /// Whether a cookie that a response set leads to this session.
    async fn finds(&self, cookie: &str) -> bool {
        let session = self.manager.start([cookie].into_iter()).await.expect("reads");
        session.id() == self.id
    }

    fn written(&self) -> u64 {
        self.driver.written()
    }
}

fn key(cookie: &str) -> Key {
    ClaimedToken::parse(cookie).expect("well formed").key()
}

/// Tries a scenario under schedules of both kinds.
fn try_all(
    scenario: impl Fn(bool) -> std::pin::Pin<Box<dyn Future<Output = ()>>> + Send + Sync + 'static,
) {
    let asked = std::env::var("LUNOX_SCHEDULES").ok().and_then(|number| number.parse().ok());
    let schedules = asked.unwrap_or(500);
    let scenario = Arc::new(scenario);
    for renews in [false, true] {
        let mut config = shuttle::Config::new();
        // Debug builds encode JSON with more stack than shuttle gives by itself.
        config.stack_size = 1 << 19;
        config.failure_persistence = shuttle::FailurePersistence::Print;
        let one = scenario.clone();
        shuttle::Runner::new(RandomScheduler::new(schedules), config.clone())
            .run(move || block_on(one(renews)));
        let one = scenario.clone();
        shuttle::Runner::new(PctScheduler::new(4, schedules), config)
            .run(move || block_on(one(renews)));
    }
}

fn increment(session: &Session) {
    session.increment("n", 1);
}

fn push(session: &Session) {
    session.increment("n", 1);
    session.push("list", "x");
}

fn read(session: &Session) {
    session.get::<u64>("n");
}

fn log_in(session: &Session) {
    session.regenerate();
    session.increment("n", 1);
    session.put("user", 7);
    session.tag(Tag::from_bytes([7; 16]));
}

fn log_out(session: &Session) {
    session.invalidate();
}

#[test]
fn rule_6_under_any_schedule_no_change_is_lost_and_none_counts_twice() {
    try_all(|renews| {
        Box::pin(async move {
            let stage = Stage::new(renews).await;
            let requests = [
                stage.request(increment),
                stage.request(push),
                stage.request(push),
                stage.request(read),
            ];
            for request in requests {
                request.await.expect("ends");
            }
            let alive = stage.alive().await;
            assert_eq!(alive.len(), 1, "{alive:?}");
            assert_eq!(alive[0].1, serde_json::json!({"n": 3, "list": ["x", "x"]}));
        })
    });
}

#[test]
fn rule_7_under_any_schedule_a_session_that_was_logged_out_stays_dead() {
    try_all(|renews| {
        Box::pin(async move {
            let stage = Stage::new(renews).await;
            let requests = [stage.request(increment), stage.request(read), stage.request(push)];
            assert_eq!(stage.request(log_out).await.expect("ends"), CookieChange::Remove);
            assert_eq!(stage.alive().await, [], "it lives on, or was brought back");
            for request in requests {
                if let CookieChange::Set(cookie, _) = request.await.expect("ends") {
                    assert!(!stage.finds(&cookie).await, "a cookie came back");
                }
            }
            assert_eq!(stage.alive().await, [], "a slow request brought it back");
            assert!(!stage.finds(&stage.cookie).await);
        })
    });
}

#[test]
fn rule_8_under_any_schedule_one_of_two_logins_wins_and_no_write_is_lost_on_the_way() {
    try_all(|renews| {
        Box::pin(async move {
            let stage = Stage::new(renews).await;
            let logins = [stage.request(log_in), stage.request(log_in)];
            let others = [stage.request(increment), stage.request(read)];
            let mut cookies = Vec::new();
            for request in logins.into_iter().chain(others) {
                if let CookieChange::Set(cookie, _) = request.await.expect("ends") {
                    cookies.push(cookie);
                }
            }
            let alive = stage.alive().await;
            assert_eq!(alive.len(), 1, "{alive:?}");
            // The visitor's browser got the cookie of the record that lives.
            assert!(cookies.iter().any(|cookie| key(cookie) == alive[0].0));
            assert_eq!(alive[0].1["user"], 7);
            // A renewal alone adds nothing to `n`; whatever else was written did so exactly once.
            let n = alive[0].1["n"].as_u64().expect("a number");
            let most = stage.written();
            assert!(n <= most && n + u64::from(renews) >= most, "{n} of {most} writes");
        })
    });
}

#[test]
fn rule_8_under_any_schedule_a_login_and_a_logout_leave_the_login_or_nothing() {
    try_all(|renews| {
        Box::pin(async move {
            let stage = Stage::new(renews).await;
            let (login, logout) = (stage.request(log_in), stage.request(log_out));
            let other = stage.request(increment);
            let login = login.await.expect("ends");
            logout.await.expect("ends");
            other.await.expect("ends");
            let alive = stage.alive().await;
            match &login {
                // Made after the session had ended: a session of its own.
                CookieChange::Set(cookie, _) if !stage.finds(cookie).await => assert_eq!(alive, []),
                CookieChange::Set(cookie, _) => assert_eq!(alive[0].0, key(cookie)),
                _ => assert_eq!(alive, []),
            }
            assert!(alive.len() <= 1, "{alive:?}");
        })
    });
}

#[test]
fn rule_9_under_any_schedule_requests_that_are_dropped_leave_whole_writes_behind() {
    try_all(|renews| {
        Box::pin(async move {
            let stage = Stage::new(renews).await;
            let dropped = [stage.request(increment), stage.request(push), stage.request(log_in)];
            let kept = stage.request(increment);
            yield_now().await;
            for request in &dropped {
                request.abort();
                yield_now().await;
            }
            kept.await.expect("ends");
            for request in dropped {
                // An error says that it was dropped.
                let _ = request.await;
            }
            let alive = stage.alive().await;
            assert_eq!(alive.len(), 1, "{alive:?}");
            let n = alive[0].1["n"].as_u64().expect("a number");
            let most = stage.written();
            assert!(n <= most && n + u64::from(renews) >= most, "{n} of {most} writes");
        })
    });
}

#[test]
fn under_any_schedule_logging_out_the_others_ends_all_that_there_were_and_never_the_current() {
    try_all(|renews| {
        Box::pin(async move {
            let stage = Stage::new(renews).await;
            let manager = stage.manager.clone();
            let log_in = |manager: Arc<SessionManager>| async move {
                let tag = mine(&manager).tag();
                let enter = |session: &Session| session.tag(tag);
                super::seed(&manager, None, enter).await.expect("stores").expect("a cookie")
            };
            let [here, there] = [log_in(manager.clone()).await, log_in(manager.clone()).await];
            let start =
                async |cookie: &str| manager.start([cookie].into_iter()).await.expect("reads");
            let current = start(&here).await.id();
            // One is rotated and used meanwhile, and another one begins.
            let moving = [here.clone(), there.clone()].map(|cookie| {
                let manager = manager.clone();
                let rotate = |session: &Session| session.regenerate();
                spawn(async move { super::seed(&manager, Some(&cookie), rotate).await })
            });
            let newest = spawn(log_in(manager.clone()));
            mine(&manager).end_others(current).await.expect("ends");
            let newest = newest.await.expect("ends");
            let [here, there] = moving;
            let here = here.await.expect("ends").expect("stores").expect("a cookie");
            assert_eq!(start(&here).await.id(), current, "the current one has ended");
            if let Some(there) = there.await.expect("ends").expect("stores") {
                assert!(start(&there).await.is_new(), "another one has escaped");
            }
            // One that was beginning lives with its entry, or has ended.
            let listed = mine(&manager).list().await.expect("reads").expect("an index");
            let ids = listed.iter().map(|session| session.summary.id);
            let newest = start(&newest).await;
            let living = [(!newest.is_new()).then(|| newest.id()), Some(current)];
            assert_eq!(
                ids.collect::<std::collections::BTreeSet<_>>(),
                living.into_iter().flatten().collect()
            );
            stage.alive().await;
        })
    });
}

fn mine(manager: &SessionManager) -> UserSessions<'_> {
    UserSessions::of(manager, "web", "7").expect("keys")
}
