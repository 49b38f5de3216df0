//! Sweeping what has expired. The clauses pass where `sweep` gives `None`: such a store removes records by its own clock.

use super::*;

/// Sweeps with `limit` until `expected` records went, and some times more; `None` where the store expires by itself.
async fn sweep_all<D: SessionDriver>(
    driver: &D,
    now: u64,
    limit: usize,
    expected: usize,
) -> Option<usize> {
    let mut removed = 0;
    let mut idle = 0;
    // A call may come back with nothing and still be on its way, but not for ever.
    while idle < if removed < expected { 1000 } else { 20 } {
        let count = ok(driver.sweep(now, limit).await)?;
        assert!(count <= limit, "a sweep of at most {limit} removed {count}");
        removed += count;
        idle = if count > 0 { 0 } else { idle + 1 };
    }
    Some(removed)
}

/// Whether `expected` records went, which is true of a store that expires by itself.
async fn swept<D: SessionDriver>(driver: &D, now: u64, limit: usize, expected: usize) -> bool {
    match sweep_all(driver, now, limit, expected).await {
        None => false,
        Some(removed) => {
            assert_eq!(removed, expected, "records that were removed");
            true
        }
    }
}

pub async fn a_sweep_of_an_empty_store_removes_nothing(driver: impl SessionDriver) {
    assert_eq!(ok(driver.sweep(LATER, 100).await).unwrap_or(0), 0);
}

pub async fn a_sweep_removes_a_record_whose_deadline_is_now(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    if swept(&driver, LATER, 100, 1).await {
        assert_eq!(read(&driver, &key(1)).await, None);
    }
}

pub async fn a_sweep_leaves_a_record_with_a_second_to_live(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    swept(&driver, LATER - 1, 100, 0).await;
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_sweep_with_a_limit_of_none_removes_nothing(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    assert_eq!(ok(driver.sweep(LATER + 1, 0).await).unwrap_or(0), 0);
    assert!(read(&driver, &key(1)).await.is_some());
}

pub async fn sweeps_within_a_limit_reach_every_expired_record_in_the_end(
    driver: impl SessionDriver,
) {
    for number in 0..100 {
        let deadline = if number % 2 == 0 { LATER } else { LATER + 100 };
        ok(driver.create(&key(number), text("payload"), deadline).await);
    }
    if swept(&driver, LATER, 7, 50).await {
        for number in 0..100 {
            assert_eq!(read(&driver, &key(number)).await.is_some(), number % 2 == 1);
        }
    }
}

pub async fn a_sweep_goes_by_a_later_touch(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    assert_eq!(ok(driver.touch(&key(1), stored.version, LATER + 60).await), Outcome::Done);
    swept(&driver, LATER + 59, 100, 0).await;
    assert_eq!(found(&driver, &key(1)).await.payload, "payload");
    swept(&driver, LATER + 60, 100, 1).await;
}

pub async fn a_sweep_goes_by_an_earlier_touch(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    assert_eq!(ok(driver.touch(&key(1), stored.version, LATER - 60).await), Outcome::Done);
    swept(&driver, LATER - 60, 100, 1).await;
}

pub async fn a_sweep_goes_by_the_deadline_of_the_last_replace(driver: impl SessionDriver) {
    for (number, deadline) in [(1, LATER + 60), (2, LATER - 60)] {
        let Stored { version, .. } = create(&driver, &key(number), "first").await;
        assert_eq!(ok(driver.touch(&key(number), version, LATER + 5).await), Outcome::Done);
        let outcome = driver.replace(&key(number), version, text("second"), deadline).await;
        assert_eq!(ok(outcome), Outcome::Done);
    }
    if swept(&driver, LATER, 100, 1).await {
        assert!(read(&driver, &key(1)).await.is_some());
        assert!(read(&driver, &key(2)).await.is_none());
    }
}

pub async fn a_sweep_takes_what_a_rotation_left_behind(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    let Stored { version, .. } = create(&driver, &old, "first").await;
    let left_behind = Some((text("it moved"), LATER - 60));
    let rotation = Rotation { left_behind, ..rotation(&old, version, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    if swept(&driver, LATER - 60, 100, 1).await {
        assert!(read(&driver, &old).await.is_none());
        assert!(read(&driver, &new).await.is_some());
    }
}

pub async fn writes_to_a_swept_record_are_gone(driver: impl SessionDriver) {
    let Stored { version, .. } = create(&driver, &key(1), "payload").await;
    if swept(&driver, LATER, 100, 1).await {
        assert_eq!(replace(&driver, &key(1), version, "late").await, Outcome::Gone);
        assert_eq!(ok(driver.touch(&key(1), version, LATER + 9).await), Outcome::Gone);
        assert_eq!(read(&driver, &key(1)).await, None);
    }
}
