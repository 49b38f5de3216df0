//! What a recorder of the `metrics` facade gets to see.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use lunox::session::{MemoryDriver, SessionConfig, SessionDriver, SessionManager};
use lunox::support::ManualClock;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use super::support::{Gate, Spy, app, app_on, client};

/// Records what this thread measures until the guard is dropped.
macro_rules! record {
    ($snapshots:ident) => {
        let recorder = DebuggingRecorder::new();
        let $snapshots = recorder.snapshotter();
        let _guard = metrics::set_default_local_recorder(&recorder);
    };
}

/// The values by name and labels: `created_total{memory}`. A snapshot takes counts and samples away.
fn values(snapshots: &Snapshotter) -> HashMap<String, DebugValue> {
    let name = |key: &metrics::Key| {
        let labels: Vec<&str> = key.labels().map(|label| label.value()).collect();
        let name = key.name().strip_prefix("lunox_sessions_").expect("ours");
        format!("{name}{{{}}}", labels.join(","))
    };
    let rows = snapshots.snapshot().into_vec();
    rows.into_iter().map(|(key, _, _, value)| (name(key.key()), value)).collect()
}

fn count(values: &HashMap<String, DebugValue>, name: &str) -> u64 {
    match values.get(name) {
        Some(DebugValue::Counter(count)) => *count,
        other => panic!("{name} is {other:?} in {:?}", values.keys()),
    }
}

fn samples(values: &HashMap<String, DebugValue>, name: &str) -> usize {
    match values.get(name) {
        Some(DebugValue::Histogram(samples)) => {
            assert!(
                samples.iter().all(|sample| (0.0..60.0).contains(&sample.0)),
                "seconds: {samples:?}"
            );
            samples.len()
        }
        other => panic!("{name} is {other:?} in {:?}", values.keys()),
    }
}

fn gauge(values: &HashMap<String, DebugValue>, name: &str) -> f64 {
    match values.get(name) {
        Some(DebugValue::Gauge(gauge)) => gauge.0,
        other => panic!("{name} is {other:?} in {:?}", values.keys()),
    }
}

#[tokio::test]
async fn a_visit_is_counted_and_measured() {
    record!(snapshots);
    let spy = Spy::default();
    let visitor = client(&spy).await;
    let begun = values(&snapshots);
    assert_eq!(count(&begun, "created_total{memory}"), 0, "counters begin at zero");
    assert_eq!(count(&begun, "rejected_total{memory,malformed}"), 0);

    visitor.get("/put/name/Ada").await.assert_ok();
    visitor.get("/login").await.assert_ok();
    visitor.get("/put/name/Eve").await.assert_ok();
    visitor.get("/logout").await.assert_ok();
    visitor.set_cookie("lunox_session", "malformed");
    visitor.get("/nothing").await.assert_ok();
    let values = values(&snapshots);
    for (name, expected) in [
        ("created_total{memory}", 1),
        ("rotated_total{memory}", 1),
        ("destroyed_total{memory}", 1),
        ("rejected_total{memory,malformed}", 1),
        ("rejected_total{memory,unknown}", 0),
        ("conflicts_total{memory}", 0),
    ] {
        assert_eq!(count(&values, name), expected, "{name}");
    }
    assert_eq!(samples(&values, "commit_seconds{memory}"), 4);
    // Those with a cookie, and those of the test client's looks into the session.
    assert!(samples(&values, "load_seconds{memory}") >= 4);
    assert_eq!(samples(&values, "driver_seconds{memory,create}"), 1);
    assert_eq!(samples(&values, "driver_seconds{memory,rotate}"), 1);
    // A put, and the mark that a logout leaves.
    assert_eq!(samples(&values, "driver_seconds{memory,replace}"), 2);
}

#[tokio::test]
async fn conflicts_and_their_retries_are_counted() {
    record!(snapshots);
    let (spy, gate) = (Spy::default(), Gate::new());
    let visitor = app(&spy, &gate).client().await;
    visitor.get("/put/first/1").await.assert_ok();
    let both = visitor.together(2, |visitor, n| async move {
        visitor.get(&format!("/slow-put/k{n}")).await.assert_ok();
    });
    let open = async {
        gate.wait_for(2).await;
        gate.let_go(2);
    };
    tokio::join!(both, open);
    let values = values(&snapshots);
    assert_eq!(count(&values, "conflicts_total{memory}"), 1);
    assert_eq!(count(&values, "retries_total{memory}"), 1);
}

#[tokio::test]
async fn the_sweeper_counts_what_it_removed() {
    record!(snapshots);
    let spy = Spy::default();
    let visitor = client(&spy).await;
    for _ in 0..3 {
        visitor.another().get("/put/name/Ada").await.assert_ok();
    }
    // Five minutes are kept for servers whose clocks are behind.
    visitor.travel_minutes(126);
    visitor.app().make::<SessionManager>().expect("bound").sweep(100).await.expect("sweeps");
    assert_eq!(count(&values(&snapshots), "expired_total{memory}"), 3);
}

/// Fills a store by its manager and gives what the gauges say.
async fn measured(sessions: usize) -> (f64, f64) {
    record!(snapshots);
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.sweep_every = Duration::ZERO)
        .client()
        .await;
    for _ in 0..sessions {
        visitor.another().get("/put/name/Ada").await.assert_ok();
    }
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    manager.measure().await.expect("measures");
    let values = values(&snapshots);
    (gauge(&values, "active{memory}"), gauge(&values, "stored_bytes{memory}"))
}

#[tokio::test]
async fn the_gauges_are_exact_for_few_sessions_and_close_for_many() {
    assert_eq!(measured(0).await, (0.0, 0.0));
    let (one, size) = measured(1).await;
    assert_eq!(one, 1.0);
    assert_eq!(measured(700).await, (700.0, 700.0 * size));
    // The keys are random: the sample's standard error is 3 percent, and 20 are out of reach.
    let (many, bytes) = measured(4_000).await;
    assert!((3_200.0..4_800.0).contains(&many), "{many}");
    assert!((bytes / many / size - 1.0).abs() < 0.01, "{bytes} for {many} of {size}");
}

#[tokio::test]
async fn expired_sessions_are_not_active() {
    record!(snapshots);
    let clock = Arc::new(ManualClock::default());
    let driver = MemoryDriver::new();
    let key = lunox::session::Key::from_bytes([1; 32]);
    driver.create(&key, "x".into(), 1).await.expect("creates");
    let manager = SessionManager::with_driver(SessionConfig::default(), clock, driver);
    manager.measure().await.expect("measures");
    assert_eq!(gauge(&values(&snapshots), "active{file}"), 0.0);
}

#[tokio::test]
async fn sessions_that_are_not_on_the_server_are_not_counted_and_that_is_no_fault() {
    let visitor = app_on("null", &Gate::new()).client().await;
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    manager.measure().await.expect("nothing to count");
}
