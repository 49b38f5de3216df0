//! Replacing and touching.

use super::*;

pub async fn a_replace_of_the_version_that_was_read_is_done(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    assert_eq!(replace(&driver, &key(1), 1, "second").await, Outcome::Done);
    assert_eq!(found(&driver, &key(1)).await.payload, "second");
}

pub async fn a_replace_of_an_older_version_conflicts_and_stores_nothing(
    driver: impl SessionDriver,
) {
    create(&driver, &key(1), "first").await;
    assert_eq!(replace(&driver, &key(1), 1, "second").await, Outcome::Done);
    let outcome = ok(driver.replace(&key(1), 1, text("late"), LATER + 5).await);
    assert_eq!(outcome, Outcome::Conflict);
    let stored = Stored::new(2, LATER, text("second"));
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_replace_of_a_version_that_never_was_conflicts(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "first").await;
    for version in [0, 2, 1 << 40] {
        assert_eq!(replace(&driver, &key(1), version, "second").await, Outcome::Conflict);
    }
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_replace_of_a_missing_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    for version in [0, 1, 2] {
        assert_eq!(replace(&driver, &key(1), version, "payload").await, Outcome::Gone);
    }
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn a_replace_of_a_destroyed_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    ok(driver.destroy(&key(1)).await);
    assert_eq!(replace(&driver, &key(1), 1, "second").await, Outcome::Gone);
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn each_replace_raises_the_version_by_one(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload 1").await;
    for version in 1..50 {
        let payload = format!("payload {}", version + 1);
        assert_eq!(replace(&driver, &key(1), version, &payload).await, Outcome::Done);
        let stored = found(&driver, &key(1)).await;
        assert_eq!((stored.version, stored.payload), (version + 1, text(&payload)));
    }
}

pub async fn a_replace_with_equal_bytes_raises_the_version_too(driver: impl SessionDriver) {
    create(&driver, &key(1), "same").await;
    assert_eq!(replace(&driver, &key(1), 1, "same").await, Outcome::Done);
    assert_eq!(found(&driver, &key(1)).await.version, 2);
    assert_eq!(replace(&driver, &key(1), 1, "same").await, Outcome::Conflict);
}

pub async fn a_replace_sets_its_own_deadline(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    for (version, deadline) in [(1, LATER + 9), (2, LATER - 9)] {
        let outcome = ok(driver.replace(&key(1), version, text("next"), deadline).await);
        assert_eq!(outcome, Outcome::Done);
        assert_eq!(found(&driver, &key(1)).await.deadline, deadline);
    }
}

pub async fn a_payload_may_grow_and_shrink(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    let lengths = [0, 5000, 1, 100_000, 100_001, 70, 0, 2000, 400_000];
    for (version, length) in (1..).zip(lengths) {
        let payload = Bytes::from(vec![version as u8; length]);
        let outcome = ok(driver.replace(&key(1), version, payload.clone(), LATER).await);
        assert_eq!(outcome, Outcome::Done);
        let stored = found(&driver, &key(1)).await;
        assert!(stored.payload == payload, "{length} bytes");
        assert_eq!(stored.version, version + 1);
    }
}

pub async fn a_touch_sets_the_deadline_and_nothing_else(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    assert_eq!(replace(&driver, &key(1), 1, "second").await, Outcome::Done);
    assert_eq!(ok(driver.touch(&key(1), 2, LATER + 60).await), Outcome::Done);
    let stored = Stored::new(2, LATER + 60, text("second"));
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_touch_of_another_version_is_a_conflict_and_moves_nothing(
    driver: impl SessionDriver,
) {
    create(&driver, &key(1), "first").await;
    assert_eq!(replace(&driver, &key(1), 1, "second").await, Outcome::Done);
    let before = read(&driver, &key(1)).await;
    for version in [0, 1, 3, u64::MAX] {
        assert_eq!(ok(driver.touch(&key(1), version, LATER + 60).await), Outcome::Conflict);
    }
    assert_eq!(read(&driver, &key(1)).await, before);
}

pub async fn a_touch_of_what_a_rotation_left_behind_is_a_conflict(driver: impl SessionDriver) {
    let (old, new) = (key(1), key(2));
    create(&driver, &old, "first").await;
    let left_behind = Some((text("it moved"), LATER - 60));
    let rotation = Rotation { left_behind, ..rotation(&old, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    assert_eq!(ok(driver.touch(&old, 1, LATER + 60).await), Outcome::Conflict);
    assert_eq!(found(&driver, &old).await.deadline, LATER - 60);
}

pub async fn a_touch_may_set_an_earlier_deadline(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    assert_eq!(ok(driver.touch(&key(1), 1, LATER - 60).await), Outcome::Done);
    assert_eq!(found(&driver, &key(1)).await.deadline, LATER - 60);
}

pub async fn the_last_of_many_touches_counts(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    for seconds in [5, 3, 900, 0, 7] {
        assert_eq!(ok(driver.touch(&key(1), 1, LATER + seconds).await), Outcome::Done);
    }
    assert_eq!(found(&driver, &key(1)).await.deadline, LATER + 7);
}

pub async fn a_touch_of_a_missing_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    assert_eq!(ok(driver.touch(&key(1), 1, LATER).await), Outcome::Gone);
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn a_touch_of_a_destroyed_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    ok(driver.destroy(&key(1)).await);
    assert_eq!(ok(driver.touch(&key(1), 1, LATER).await), Outcome::Gone);
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn a_touch_makes_no_replace_conflict(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    assert_eq!(ok(driver.touch(&key(1), 1, LATER + 60).await), Outcome::Done);
    assert_eq!(replace(&driver, &key(1), 1, "second").await, Outcome::Done);
}

pub async fn a_replace_after_a_touch_sets_its_own_deadline(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    assert_eq!(ok(driver.touch(&key(1), 1, LATER + 60).await), Outcome::Done);
    assert_eq!(replace(&driver, &key(1), 1, "second").await, Outcome::Done);
    assert_eq!(found(&driver, &key(1)).await.deadline, LATER);
}

pub async fn a_touch_outlasts_a_replace_that_conflicts(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    assert_eq!(ok(driver.touch(&key(1), 1, LATER + 60).await), Outcome::Done);
    assert_eq!(replace(&driver, &key(1), 7, "second").await, Outcome::Conflict);
    assert_eq!(found(&driver, &key(1)).await.deadline, LATER + 60);
}
