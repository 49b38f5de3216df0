//! Replacing and touching.

use std::collections::HashSet;

use super::*;

pub async fn a_replace_of_the_version_that_was_read_is_done(driver: impl SessionDriver) {
    let first = create(&driver, &key(1), "first").await;
    assert_eq!(replace(&driver, &key(1), first.version, "second").await, Outcome::Done);
    assert_eq!(found(&driver, &key(1)).await.payload, "second");
}

pub async fn a_replace_of_an_older_version_conflicts_and_stores_nothing(
    driver: impl SessionDriver,
) {
    let first = create(&driver, &key(1), "first").await;
    let second = replaced(&driver, &key(1), "second").await;
    let outcome = ok(driver.replace(&key(1), first.version, text("late"), LATER + 5).await);
    assert_eq!(outcome, Outcome::Conflict);
    assert_eq!(read(&driver, &key(1)).await, Some(second));
}

pub async fn a_replace_of_a_version_that_never_was_conflicts(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "first").await;
    for version in others(stored.version) {
        assert_eq!(replace(&driver, &key(1), version, "second").await, Outcome::Conflict);
    }
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_replace_of_a_missing_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    for version in [0, 1, 2, u64::MAX] {
        assert_eq!(replace(&driver, &key(1), version, "payload").await, Outcome::Gone);
    }
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn a_replace_of_a_destroyed_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    let first = create(&driver, &key(1), "first").await;
    ok(driver.destroy(&key(1)).await);
    assert_eq!(replace(&driver, &key(1), first.version, "second").await, Outcome::Gone);
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn each_replace_makes_a_version_that_never_was(driver: impl SessionDriver) {
    let first = create(&driver, &key(1), "payload 0").await;
    let mut versions = HashSet::from([first.version]);
    for number in 1..50 {
        let stored = replaced(&driver, &key(1), &format!("payload {number}")).await;
        assert!(versions.insert(stored.version), "{} came back", stored.version);
    }
}

pub async fn a_replace_with_equal_bytes_makes_a_version_too(driver: impl SessionDriver) {
    let first = create(&driver, &key(1), "same").await;
    let second = replaced(&driver, &key(1), "same").await;
    assert_ne!(first.version, second.version);
    assert_eq!(replace(&driver, &key(1), first.version, "same").await, Outcome::Conflict);
}

pub async fn a_version_never_comes_back_not_even_after_destroy(driver: impl SessionDriver) {
    let mut versions = HashSet::new();
    for round in 0..20 {
        let made = create(&driver, &key(1), &format!("round {round}")).await;
        assert!(versions.insert(made.version), "{} came back", made.version);
        for number in 0..5 {
            let stored = replaced(&driver, &key(1), &format!("{round}, {number}")).await;
            assert!(versions.insert(stored.version), "{} came back", stored.version);
        }
        ok(driver.destroy(&key(1)).await);
    }
}

pub async fn a_writer_of_a_destroyed_record_does_not_change_its_successor(
    driver: impl SessionDriver,
) {
    let before = create(&driver, &key(1), "before").await;
    ok(driver.destroy(&key(1)).await);
    let after = create(&driver, &key(1), "after").await;
    assert_eq!(replace(&driver, &key(1), before.version, "late").await, Outcome::Conflict);
    assert_eq!(ok(driver.touch(&key(1), before.version, LATER + 9).await), Outcome::Conflict);
    let beside = key_beside(1, 2);
    let moved = move_on(&driver, &key(1), before.version, &beside, "late").await;
    assert_eq!(moved, Outcome::Conflict);
    assert_eq!(read(&driver, &key(1)).await, Some(after));
}

pub async fn a_version_is_compared_in_all_its_bits(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    for version in (0..64).map(|bit| stored.version ^ (1 << bit)) {
        assert_eq!(ok(driver.touch(&key(1), version, LATER + 9).await), Outcome::Conflict);
        assert_eq!(replace(&driver, &key(1), version, "other").await, Outcome::Conflict);
    }
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_replace_sets_its_own_deadline(driver: impl SessionDriver) {
    let mut stored = create(&driver, &key(1), "first").await;
    for deadline in [LATER + 9, LATER - 9] {
        let outcome = driver.replace(&key(1), stored.version, text("next"), deadline).await;
        assert_eq!(ok(outcome), Outcome::Done);
        stored = found(&driver, &key(1)).await;
        assert_eq!(stored.deadline, deadline);
    }
}

pub async fn a_payload_may_grow_and_shrink(driver: impl SessionDriver) {
    let mut stored = create(&driver, &key(1), "first").await;
    let lengths = [0, 5000, 1, 100_000, 100_001, 70, 0, 2000, 400_000];
    for (number, length) in (1..).zip(lengths) {
        let payload = Bytes::from(vec![number; length]);
        let outcome = driver.replace(&key(1), stored.version, payload.clone(), LATER).await;
        assert_eq!(ok(outcome), Outcome::Done);
        stored = found(&driver, &key(1)).await;
        assert!(stored.payload == payload, "{length} bytes");
    }
}

pub async fn a_touch_sets_the_deadline_and_nothing_else(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    let second = replaced(&driver, &key(1), "second").await;
    let touched = ok(driver.touch(&key(1), second.version, LATER + 60).await);
    assert_eq!(touched, Outcome::Done);
    let stored = Stored { deadline: LATER + 60, ..second };
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_touch_of_another_version_is_a_conflict_and_moves_nothing(
    driver: impl SessionDriver,
) {
    let first = create(&driver, &key(1), "first").await;
    let second = replaced(&driver, &key(1), "second").await;
    for version in others(second.version).into_iter().chain([first.version]) {
        assert_eq!(ok(driver.touch(&key(1), version, LATER + 60).await), Outcome::Conflict);
    }
    assert_eq!(read(&driver, &key(1)).await, Some(second));
}

pub async fn a_touch_of_what_a_rotation_left_behind_is_a_conflict(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    let first = create(&driver, &old, "first").await;
    let left_behind = Some((text("it moved"), LATER - 60));
    let rotation = Rotation { left_behind, ..rotation(&old, first.version, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    assert_eq!(ok(driver.touch(&old, first.version, LATER + 60).await), Outcome::Conflict);
    assert_eq!(found(&driver, &old).await.deadline, LATER - 60);
}

pub async fn a_touch_may_set_an_earlier_deadline(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    assert_eq!(ok(driver.touch(&key(1), stored.version, LATER - 60).await), Outcome::Done);
    assert_eq!(found(&driver, &key(1)).await.deadline, LATER - 60);
}

pub async fn the_last_of_many_touches_counts(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    for seconds in [5, 3, 900, 0, 7] {
        let touched = driver.touch(&key(1), stored.version, LATER + seconds).await;
        assert_eq!(ok(touched), Outcome::Done);
    }
    assert_eq!(found(&driver, &key(1)).await.deadline, LATER + 7);
}

pub async fn a_touch_of_a_missing_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    for version in [0, 1] {
        assert_eq!(ok(driver.touch(&key(1), version, LATER).await), Outcome::Gone);
    }
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn a_touch_of_a_destroyed_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    ok(driver.destroy(&key(1)).await);
    assert_eq!(ok(driver.touch(&key(1), stored.version, LATER).await), Outcome::Gone);
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn a_touch_makes_no_replace_conflict(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "first").await;
    assert_eq!(ok(driver.touch(&key(1), stored.version, LATER + 60).await), Outcome::Done);
    assert_eq!(replace(&driver, &key(1), stored.version, "second").await, Outcome::Done);
}

pub async fn a_replace_after_a_touch_sets_its_own_deadline(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "first").await;
    assert_eq!(ok(driver.touch(&key(1), stored.version, LATER + 60).await), Outcome::Done);
    assert_eq!(replace(&driver, &key(1), stored.version, "second").await, Outcome::Done);
    assert_eq!(found(&driver, &key(1)).await.deadline, LATER);
}

pub async fn a_touch_outlasts_a_replace_that_conflicts(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "first").await;
    assert_eq!(ok(driver.touch(&key(1), stored.version, LATER + 60).await), Outcome::Done);
    let [other, ..] = others(stored.version);
    assert_eq!(replace(&driver, &key(1), other, "second").await, Outcome::Conflict);
    assert_eq!(found(&driver, &key(1)).await.deadline, LATER + 60);
}
