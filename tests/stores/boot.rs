//! What the boot says of a store.

use crate::process::Site;
use crate::servers::Redis;

fn refusal(url: &str, prefix: &str) -> String {
    let site = Site::new().with("SESSION_DRIVER", "redis").with("REDIS_URL", url);
    let (code, said) = site.with("SESSION_PREFIX", prefix).start_in_vain();
    assert_eq!(code, Some(1), "{said}");
    said
}

#[test]
fn a_server_that_cannot_be_reached_keeps_the_application_from_starting() {
    let said = refusal("redis+unix:///nowhere/socket", "blog");
    assert!(said.contains("config/session.rs: the session driver `redis` cannot work: "), "{said}");
    assert!(said.contains("REDIS_URL"), "{said}");
}

#[test]
fn braces_in_the_prefix_are_a_boot_error() {
    let said = refusal("redis://localhost", "{blog}");
    assert!(said.contains("the prefix `{blog}` has braces"), "{said}");
}

#[test]
fn the_boot_says_what_a_crash_of_the_server_costs_and_warns_of_eviction() {
    let redis = Redis::start();
    let site = Site::new().with("SESSION_DRIVER", "redis").with("REDIS_URL", redis.url());
    let said = site.start().log();
    assert!(said.contains("a crash of the server loses nothing that was acknowledged"), "{said}");
    assert!(!said.contains("maxmemory-policy"), "{said}");
    redis.configure("maxmemory-policy", "allkeys-lru");
    redis.configure("appendonly", "no");
    let said = site.start().log();
    assert!(said.contains("set `maxmemory-policy noeviction`"), "{said}");
    assert!(said.contains("loses everything since the last snapshot"), "{said}");
}

#[test]
fn a_server_is_reached_over_tls_if_the_system_trusts_its_certificate() {
    let (_server, url, trusted) = Redis::start_with_tls();
    let site = Site::new().with("SESSION_DRIVER", "redis").with("REDIS_URL", url.as_str());
    let site = site.with("SSL_CERT_FILE", trusted.display().to_string());
    let server = site.start();
    let mut visitor = server.browser();
    assert_eq!([visitor.get("/").visits(), visitor.get("/").visits()], [1, 2]);
    let said = refusal(&url, "blog");
    assert!(said.contains("the session driver `redis` cannot work: "), "{said}");
}
