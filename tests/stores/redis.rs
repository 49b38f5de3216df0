//! The driver `redis` keeps the contract, and its layout.

use bytes::Bytes;
use lunox::session::{Key, Outcome, RedisDriver, Rotation, SessionDriver, Tag};

use crate::lost;
use crate::servers::Redis;
use crate::store::served;
use crate::suite::suite;

served!("redis", "REDIS_URL", Redis, async { Redis::start() }, Redis::url_in);

suite! {
    Redis;
    sixty_four_parallel_requests_through_two_applications_lose_no_update
    a_rotation_and_a_logout_are_seen_by_the_other_application
    a_store_that_is_killed_is_answered_503_and_found_again_when_it_is_back
    a_store_that_does_not_answer_is_answered_503_within_the_timeout
    two_processes_share_their_sessions
    the_skeleton_in_two_processes_shares_its_sessions
}

#[tokio::test]
async fn lost_answers() {
    let open = |url: &str| RedisDriver::new(url, "blog").expect("a URL");
    lost::a_lost_answer_is_unavailable_and_nothing_is_sent_twice::<Redis, _>(open).await;
    lost::an_increment_whose_answer_is_lost_counts_once_or_not_at_all::<Redis>().await;
}

/// A server of its own, and a connection to it.
pub async fn server() -> (RedisDriver, Redis) {
    let server = Redis::start();
    (driver(&server), server)
}

pub fn driver(server: &Redis) -> RedisDriver {
    RedisDriver::new(&server.url(), "blog").expect("a URL")
}

lunox::session_driver_contract!(contract, || async { server().await });

async fn connect(server: &Redis) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(server.url()).expect("a URL");
    client.get_multiplexed_async_connection().await.expect("connects")
}

/// Far in the future.
const LATER: u64 = 4_000_000_000;

#[tokio::test]
async fn a_record_is_version_deadline_and_payload_under_its_key_in_its_shards_slot() {
    let (driver, server) = server().await;
    let key = Key::from_bytes([7; 32]);
    driver.create(&key, Bytes::from_static(b"payload"), LATER).await.expect("created");
    let mut connection = connect(&server).await;
    let keys: Vec<String> =
        redis::cmd("KEYS").arg("*").query_async(&mut connection).await.expect("keys");
    assert_eq!(keys, [format!("blog:{{07}}:s:{key}")]);
    let value: Vec<u8> =
        redis::cmd("GET").arg(&keys[0]).query_async(&mut connection).await.expect("a value");
    let stored = driver.read(&key).await.expect("reads").expect("is there");
    assert_eq!(value[..8], stored.version.to_be_bytes());
    assert_eq!(value[8..16], LATER.to_be_bytes());
    assert_eq!(&value[16..], b"payload");
    let until: u64 =
        redis::cmd("PEXPIRETIME").arg(&keys[0]).query_async(&mut connection).await.expect("a time");
    assert_eq!(until, (LATER + 60) * 1000);
}

#[tokio::test]
async fn a_record_is_kept_for_a_minute_whatever_clock_its_deadline_is_from() {
    let (driver, server) = server().await;
    let key = Key::from_bytes([7; 32]);
    driver.create(&key, Bytes::new(), 1).await.expect("created");
    let version = driver.read(&key).await.expect("reads").expect("it is there still").version;
    let mut connection = connect(&server).await;
    let name = format!("blog:{{07}}:s:{key}");
    let mut left = async || -> i64 {
        redis::cmd("PTTL").arg(&name).query_async(&mut connection).await.expect("a time")
    };
    assert!((50_000..=60_000).contains(&left().await));
    assert_eq!(driver.touch(&key, version, u64::MAX).await.expect("touches"), Outcome::Done);
    assert!(left().await > 60_000);
    assert_eq!(driver.read(&key).await.expect("reads").expect("is there").deadline, u64::MAX);
}

/// Each is one round trip, also the first one after another server has taken over, which knows no script.
#[tokio::test]
async fn each_call_is_one_command_and_a_script_is_sent_again_after_the_server_lost_it() {
    let (driver, server) = server().await;
    let mut connection = connect(&server).await;
    let [old, new] = [[[7; 32]], [[7; 32]]].map(|[bytes]| bytes);
    let (old, new) = (
        Key::from_bytes(old),
        Key::from_bytes({
            let mut new = new;
            new[31] = 9;
            new
        }),
    );
    let payload = Bytes::from_static(b"payload");
    for round in 0..2 {
        driver.create(&old, payload.clone(), LATER).await.expect("created");
        let version = driver.read(&old).await.expect("reads").expect("is there").version;
        assert_eq!(
            driver.replace(&old, version, payload.clone(), LATER).await.expect("replaces"),
            Outcome::Done
        );
        let version = driver.read(&old).await.expect("reads").expect("is there").version;
        assert_eq!(driver.touch(&old, version, LATER + 1).await.expect("touches"), Outcome::Done);
        let rotation = Rotation {
            old: &old,
            version,
            new: &new,
            payload: payload.clone(),
            deadline: LATER,
            left_behind: None,
        };
        assert_eq!(driver.rotate(rotation).await.expect("rotates"), Outcome::Done);
        driver.destroy(&new).await.expect("destroyed");
        driver.tag(&Tag::from_bytes([1; 16]), &new, LATER).await.expect("entered");
        if round == 0 {
            let _: () = redis::cmd("CONFIG")
                .arg("RESETSTAT")
                .query_async(&mut connection)
                .await
                .expect("reset");
        }
    }
    let calls = called(&mut connection).await;
    let times = |command: &str| {
        calls.iter().find(|(name, _)| name == command).map_or(0, |(_, times)| *times)
    };
    assert_eq!((times("evalsha"), times("eval"), times("script|load")), (5, 0, 0), "{calls:?}");
    let _: () =
        redis::cmd("SCRIPT").arg("FLUSH").query_async(&mut connection).await.expect("flushed");
    driver.create(&old, payload, LATER).await.expect("it is sent again");
}

/// The commands that the server has carried out, those in scripts included.
async fn called(connection: &mut redis::aio::MultiplexedConnection) -> Vec<(String, u64)> {
    let stats: String =
        redis::cmd("INFO").arg("commandstats").query_async(connection).await.expect("stats");
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        Some((name.to_owned(), rest.split(',').next()?.parse().ok()?))
    };
    stats.lines().filter_map(line).collect()
}

#[tokio::test]
async fn an_index_ends_with_its_last_entry() {
    let (driver, server) = server().await;
    let tag = Tag::from_bytes([1; 16]);
    driver.tag(&tag, &Key::from_bytes([1; 32]), LATER + 5).await.expect("entered");
    driver.tag(&tag, &Key::from_bytes([2; 32]), LATER).await.expect("entered");
    let mut connection = connect(&server).await;
    let name = format!("blog:{{{tag}}}:t");
    let until: u64 =
        redis::cmd("PEXPIRETIME").arg(&name).query_async(&mut connection).await.expect("a time");
    assert_eq!(until, (LATER + 65) * 1000);
    // One that ended long ago goes when another is made.
    driver.tag(&tag, &Key::from_bytes([3; 32]), 1).await.expect("entered");
    driver.tag(&tag, &Key::from_bytes([1; 32]), LATER).await.expect("entered");
    assert_eq!(driver.tagged(&tag).await.expect("reads").expect("an index").len(), 2);
}

#[tokio::test]
async fn braces_in_the_prefix_and_a_url_that_is_none_are_refused() {
    let refused = |url, prefix| RedisDriver::new(url, prefix).err().expect("refused").to_string();
    assert!(refused("redis://localhost", "a{b}").contains("braces"));
    let said = refused("redis://:s3cret@local host:x", "blog");
    assert!(said.starts_with("REDIS_URL: ") && !said.contains("s3cret"), "{said}");
}

#[cfg(feature = "throttle")]
mod limits {
    use std::time::Duration;

    use lunox::foundation::providers::ThrottleServiceProvider;
    use lunox::testing::{TestApp, TestClient};
    use lunox::throttle::{HitStore, Hits};

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    async fn hit(store: &impl HitStore, key: &str, hits: i32) -> (u32, bool) {
        let Hits { count, left } = store.hit(key, hits, MINUTE).await.expect("counted");
        assert!(left <= MINUTE);
        (count, !left.is_zero())
    }

    #[tokio::test]
    async fn hits_are_counted_in_fixed_windows_that_looking_does_not_start() {
        let (store, server) = server().await;
        assert_eq!(hit(&store, "a", 0).await, (0, false));
        assert_eq!(hit(&store, "a", -3).await, (0, false));
        assert_eq!(hit(&store, "a", 2).await, (2, true));
        assert_eq!(hit(&store, "a", 1).await, (3, true));
        assert_eq!(hit(&store, "b", 1).await, (1, true));
        let mut connection = connect(&server).await;
        let mut ends = async || -> u64 {
            redis::cmd("PEXPIRETIME")
                .arg("blog:{a}:h")
                .query_async(&mut connection)
                .await
                .expect("a time")
        };
        let end = ends().await;
        assert_eq!(hit(&store, "a", -5).await, (0, true));
        assert_eq!(hit(&store, "a", i32::MAX).await, (i32::MAX as u32, true));
        assert_eq!(ends().await, end, "later hits do not move the window");
        hit(&store, "a", i32::MAX).await;
        assert_eq!(hit(&store, "a", i32::MAX).await.0, u32::MAX);
    }

    #[tokio::test]
    async fn parallel_hits_of_two_servers_are_all_counted() {
        let (one, server) = server().await;
        let stores = [one, driver(&server)];
        let tasks: Vec<_> = (0..64)
            .map(|number| {
                let store = stores[number % 2].clone();
                tokio::spawn(async move { hit(&store, "a", 1).await })
            })
            .collect();
        for task in tasks {
            task.await.expect("it ends");
        }
        assert_eq!(hit(&stores[0], "a", 0).await.0, 64);
    }

    async fn application(server: &Redis) -> TestClient {
        let url = server.url();
        TestApp::new()
            .session(|session| {
                session.driver = "redis".to_owned();
                session.redis_url = url.as_str().into();
            })
            .provider(ThrottleServiceProvider)
            .routes(|route| {
                route.get("/", async || "here").middleware("throttle:3,1");
            })
            .client()
            .await
    }

    #[tokio::test]
    async fn two_applications_whose_sessions_are_in_redis_share_their_limits() {
        let mut server = Redis::start();
        let [one, other] = [application(&server).await, application(&server).await];
        one.get("/").await.assert_ok();
        other.get("/").await.assert_ok();
        one.get("/").await.assert_ok().assert_header("x-ratelimit-remaining", "0");
        let refused = other.get("/").await;
        refused.assert_status(429);
        assert!(refused.header("retry-after").is_some());
        server.stop();
        one.get("/").await.assert_status(503);
    }
}
