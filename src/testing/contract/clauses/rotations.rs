//! Moving a record to another key.

use std::collections::HashSet;

use super::*;

pub async fn a_rotation_moves_the_record(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    create(&driver, &old, "first").await;
    let second = replaced(&driver, &old, "second").await;
    let rotation =
        Rotation { deadline: LATER + 5, ..rotation(&old, second.version, &new, "third") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    assert_eq!(read(&driver, &old).await, None);
    let stored = found(&driver, &new).await;
    assert_eq!((stored.deadline, &*stored.payload), (LATER + 5, &b"third"[..]));
    assert!(!stored.recovered);
}

pub async fn a_rotated_record_lives_on_under_its_new_key(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    let first = create(&driver, &old, "first").await;
    assert_eq!(move_on(&driver, &old, first.version, &new, "second").await, Outcome::Done);
    let third = replaced(&driver, &new, "third").await;
    assert_eq!(ok(driver.touch(&new, third.version, LATER + 1).await), Outcome::Done);
    let stored = Stored { deadline: LATER + 1, ..third };
    assert_eq!(read(&driver, &new).await, Some(stored));
}

pub async fn writes_to_the_old_key_are_gone_after_a_rotation(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    let newer = key_beside(1, 3);
    let Stored { version, .. } = create(&driver, &old, "first").await;
    assert_eq!(move_on(&driver, &old, version, &new, "second").await, Outcome::Done);
    assert_eq!(replace(&driver, &old, version, "late").await, Outcome::Gone);
    assert_eq!(ok(driver.touch(&old, version, LATER).await), Outcome::Gone);
    assert_eq!(move_on(&driver, &old, version, &newer, "late").await, Outcome::Gone);
    assert_eq!(read(&driver, &old).await, None);
    assert_eq!(read(&driver, &newer).await, None);
    assert_eq!(found(&driver, &new).await.payload, "second");
}

pub async fn a_rotation_of_another_version_conflicts_and_changes_nothing(
    driver: impl SessionDriver,
) {
    let [old, new] = two_keys(1);
    let stored = create(&driver, &old, "first").await;
    for version in others(stored.version) {
        for left_behind in [None, Some((text("left"), LATER))] {
            let rotation = Rotation { left_behind, ..rotation(&old, version, &new, "second") };
            assert_eq!(ok(driver.rotate(rotation).await), Outcome::Conflict);
        }
    }
    assert_eq!(read(&driver, &old).await, Some(stored));
    assert_eq!(read(&driver, &new).await, None);
}

pub async fn a_rotation_of_a_missing_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    for left_behind in [None, Some((text("left"), LATER))] {
        let rotation = Rotation { left_behind, ..rotation(&old, 1, &new, "payload") };
        assert_eq!(ok(driver.rotate(rotation).await), Outcome::Gone);
    }
    assert_eq!(read(&driver, &old).await, None);
    assert_eq!(read(&driver, &new).await, None);
}

pub async fn a_rotation_onto_a_record_is_a_duplicate_and_changes_neither(
    driver: impl SessionDriver,
) {
    let [old, new] = two_keys(1);
    let stored = [create(&driver, &old, "old").await, create(&driver, &new, "new").await];
    for left_behind in [None, Some((text("left"), LATER))] {
        let rotation = Rotation { left_behind, ..rotation(&old, stored[0].version, &new, "moved") };
        assert_duplicate(driver.rotate(rotation).await);
    }
    assert_eq!([found(&driver, &old).await, found(&driver, &new).await], stored);
}

pub async fn a_rotation_onto_itself_is_a_duplicate_and_changes_nothing(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    assert_duplicate(driver.rotate(rotation(&key(1), stored.version, &key(1), "moved")).await);
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_rotation_may_leave_a_record_behind(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    let first = create(&driver, &old, "first").await;
    let left_behind = Some((text("it moved"), LATER - 60));
    let rotation = Rotation { left_behind, ..rotation(&old, first.version, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    let left = found(&driver, &old).await;
    assert_eq!((left.payload, left.deadline), (text("it moved"), LATER - 60));
    let moved = found(&driver, &new).await;
    assert_eq!((moved.payload, moved.deadline), (text("second"), LATER));
}

pub async fn what_is_left_behind_has_a_version_that_never_was(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    let first = create(&driver, &old, "first").await;
    let second = replaced(&driver, &old, "second").await;
    let left_behind = Some((text("it moved"), LATER));
    let rotation = Rotation { left_behind, ..rotation(&old, second.version, &new, "third") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    // So a request that read the record before it moved cannot overwrite the pointer to its successor.
    for version in [first.version, second.version] {
        assert_eq!(replace(&driver, &old, version, "late").await, Outcome::Conflict);
    }
    let left = found(&driver, &old).await;
    assert_eq!(left.payload, "it moved");
    assert_eq!(replace(&driver, &old, left.version, "on purpose").await, Outcome::Done);
}

pub async fn what_is_left_behind_may_be_larger_than_what_was_there(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    let small = create(&driver, &old, "small").await;
    let large = Bytes::from(vec![3; 50_000]);
    let left_behind = Some((large.clone(), LATER));
    let rotation = Rotation { left_behind, ..rotation(&old, small.version, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    assert!(found(&driver, &old).await.payload == large);
}

pub async fn a_record_can_move_many_times(driver: impl SessionDriver) {
    create(&driver, &key_beside(0, 0), "0").await;
    for number in 1..40 {
        let (old, new) = (key_beside(0, number - 1), key_beside(0, number));
        let Stored { version, .. } = found(&driver, &old).await;
        let moved = move_on(&driver, &old, version, &new, &number.to_string()).await;
        assert_eq!(moved, Outcome::Done);
        assert_eq!(read(&driver, &old).await, None);
    }
    assert_eq!(found(&driver, &key_beside(0, 39)).await.payload, "39");
}

pub async fn a_record_that_moves_to_and_fro_repeats_no_version(driver: impl SessionDriver) {
    let keys = two_keys(1);
    let mut versions = HashSet::new();
    create(&driver, &keys[0], "here").await;
    for round in 0..20 {
        let (old, new) = (keys[round % 2], keys[1 - round % 2]);
        let Stored { version, .. } = found(&driver, &old).await;
        assert!(versions.insert((old, version)), "{version} came back");
        assert_eq!(move_on(&driver, &old, version, &new, "there").await, Outcome::Done);
    }
}

pub async fn a_record_moves_within_every_shard(driver: impl SessionDriver) {
    for shard in 0..=u8::MAX {
        let in_shard = |byte: u8| {
            let mut bytes = [byte; 32];
            bytes[0] = shard;
            Key::from_bytes(bytes)
        };
        let (old, new) = (in_shard(1), in_shard(2));
        let Stored { version, .. } = create(&driver, &old, "payload").await;
        assert_eq!(move_on(&driver, &old, version, &new, "moved").await, Outcome::Done);
        assert_eq!(found(&driver, &new).await.payload, "moved");
    }
}
