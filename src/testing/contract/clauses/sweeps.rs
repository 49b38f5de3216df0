//! Sweeping what has expired.

use super::*;

/// Sweeps with `limit` until `expected` records went, and some times more; tells how many went.
async fn sweep_all<D: SessionDriver>(driver: &D, now: u64, limit: usize, expected: usize) -> usize {
    let mut removed = 0;
    let mut idle = 0;
    // A call may come back with nothing and still be on its way, but not for ever.
    while idle < if removed < expected { 1000 } else { 20 } {
        let count = ok(driver.sweep(now, limit).await);
        assert!(count <= limit, "a sweep of at most {limit} removed {count}");
        removed += count;
        idle = if count > 0 { 0 } else { idle + 1 };
    }
    removed
}

pub async fn a_sweep_of_an_empty_store_removes_nothing(driver: impl SessionDriver) {
    assert_eq!(ok(driver.sweep(LATER, 100).await), 0);
}

pub async fn a_sweep_removes_a_record_whose_deadline_is_now(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    assert_eq!(sweep_all(&driver, LATER, 100, 1).await, 1);
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn a_sweep_leaves_a_record_with_a_second_to_live(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    assert_eq!(sweep_all(&driver, LATER - 1, 100, 0).await, 0);
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_sweep_with_a_limit_of_none_removes_nothing(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    assert_eq!(ok(driver.sweep(LATER + 1, 0).await), 0);
    assert!(read(&driver, &key(1)).await.is_some());
}

pub async fn sweeps_within_a_limit_reach_every_expired_record_in_the_end(
    driver: impl SessionDriver,
) {
    for number in 0..100 {
        let deadline = if number % 2 == 0 { LATER } else { LATER + 100 };
        ok(driver.create(&key(number), text("payload"), deadline).await);
    }
    assert_eq!(sweep_all(&driver, LATER, 7, 50).await, 50);
    for number in 0..100 {
        assert_eq!(read(&driver, &key(number)).await.is_some(), number % 2 == 1);
    }
}

pub async fn a_sweep_goes_by_a_later_touch(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    assert_eq!(ok(driver.touch(&key(1), 1, LATER + 60).await), Outcome::Done);
    assert_eq!(sweep_all(&driver, LATER + 59, 100, 0).await, 0);
    assert_eq!(found(&driver, &key(1)).await.payload, "payload");
    assert_eq!(sweep_all(&driver, LATER + 60, 100, 1).await, 1);
}

pub async fn a_sweep_goes_by_an_earlier_touch(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    assert_eq!(ok(driver.touch(&key(1), 1, LATER - 60).await), Outcome::Done);
    assert_eq!(sweep_all(&driver, LATER - 60, 100, 1).await, 1);
}

pub async fn a_sweep_goes_by_the_deadline_of_the_last_replace(driver: impl SessionDriver) {
    for number in [1, 2] {
        create(&driver, &key(number), "first").await;
        assert_eq!(ok(driver.touch(&key(number), 1, LATER + 5).await), Outcome::Done);
    }
    let longer = ok(driver.replace(&key(1), 1, text("second"), LATER + 60).await);
    let shorter = ok(driver.replace(&key(2), 1, text("second"), LATER - 60).await);
    assert_eq!((longer, shorter), (Outcome::Done, Outcome::Done));
    assert_eq!(sweep_all(&driver, LATER, 100, 1).await, 1);
    assert!(read(&driver, &key(1)).await.is_some());
    assert!(read(&driver, &key(2)).await.is_none());
}

pub async fn a_sweep_takes_what_a_rotation_left_behind(driver: impl SessionDriver) {
    let (old, new) = (key(1), key(2));
    create(&driver, &old, "first").await;
    let left_behind = Some((text("it moved"), LATER - 60));
    let rotation = Rotation { left_behind, ..rotation(&old, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    assert_eq!(sweep_all(&driver, LATER - 60, 100, 1).await, 1);
    assert!(read(&driver, &old).await.is_none());
    assert!(read(&driver, &new).await.is_some());
}

pub async fn writes_to_a_swept_record_are_gone(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    assert_eq!(sweep_all(&driver, LATER, 100, 1).await, 1);
    assert_eq!(replace(&driver, &key(1), 1, "late").await, Outcome::Gone);
    assert_eq!(ok(driver.touch(&key(1), 1, LATER + 9).await), Outcome::Gone);
    assert_eq!(read(&driver, &key(1)).await, None);
}
