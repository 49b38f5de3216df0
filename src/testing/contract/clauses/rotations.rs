//! Moving a record to another key.

use super::*;

pub async fn a_rotation_moves_the_record_and_starts_at_version_1(driver: impl SessionDriver) {
    let (old, new) = (key(1), key(2));
    create(&driver, &old, "first").await;
    assert_eq!(replace(&driver, &old, 1, "second").await, Outcome::Done);
    let rotation = Rotation { version: 2, deadline: LATER + 5, ..rotation(&old, &new, "third") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    assert_eq!(read(&driver, &old).await, None);
    let stored = Stored::new(1, LATER + 5, text("third"));
    assert_eq!(read(&driver, &new).await, Some(stored));
}

pub async fn a_rotated_record_lives_on_under_its_new_key(driver: impl SessionDriver) {
    let (old, new) = (key(1), key(2));
    create(&driver, &old, "first").await;
    assert_eq!(ok(driver.rotate(rotation(&old, &new, "second")).await), Outcome::Done);
    assert_eq!(replace(&driver, &new, 1, "third").await, Outcome::Done);
    assert_eq!(ok(driver.touch(&new, 2, LATER + 1).await), Outcome::Done);
    let stored = Stored::new(2, LATER + 1, text("third"));
    assert_eq!(read(&driver, &new).await, Some(stored));
}

pub async fn writes_to_the_old_key_are_gone_after_a_rotation(driver: impl SessionDriver) {
    let (old, new, newer) = (key(1), key(2), key(3));
    create(&driver, &old, "first").await;
    assert_eq!(ok(driver.rotate(rotation(&old, &new, "second")).await), Outcome::Done);
    assert_eq!(replace(&driver, &old, 1, "late").await, Outcome::Gone);
    assert_eq!(ok(driver.touch(&old, 1, LATER).await), Outcome::Gone);
    assert_eq!(ok(driver.rotate(rotation(&old, &newer, "late")).await), Outcome::Gone);
    assert_eq!(read(&driver, &old).await, None);
    assert_eq!(read(&driver, &newer).await, None);
    assert_eq!(found(&driver, &new).await.payload, "second");
}

pub async fn a_rotation_of_another_version_conflicts_and_changes_nothing(
    driver: impl SessionDriver,
) {
    let (old, new) = (key(1), key(2));
    let stored = create(&driver, &old, "first").await;
    for version in [0, 2, 99] {
        for left_behind in [None, Some((text("left"), LATER))] {
            let rotation = Rotation { version, left_behind, ..rotation(&old, &new, "second") };
            assert_eq!(ok(driver.rotate(rotation).await), Outcome::Conflict);
        }
    }
    assert_eq!(read(&driver, &old).await, Some(stored));
    assert_eq!(read(&driver, &new).await, None);
}

pub async fn a_rotation_of_a_missing_record_is_gone_and_makes_none(driver: impl SessionDriver) {
    let (old, new) = (key(1), key(2));
    for left_behind in [None, Some((text("left"), LATER))] {
        let rotation = Rotation { left_behind, ..rotation(&old, &new, "payload") };
        assert_eq!(ok(driver.rotate(rotation).await), Outcome::Gone);
    }
    assert_eq!(read(&driver, &old).await, None);
    assert_eq!(read(&driver, &new).await, None);
}

pub async fn a_rotation_onto_a_record_is_a_duplicate_and_changes_neither(
    driver: impl SessionDriver,
) {
    let (old, new) = (key(1), key(2));
    let stored = [create(&driver, &old, "old").await, create(&driver, &new, "new").await];
    for left_behind in [None, Some((text("left"), LATER))] {
        let rotation = Rotation { left_behind, ..rotation(&old, &new, "moved") };
        assert_duplicate(driver.rotate(rotation).await);
    }
    assert_eq!([found(&driver, &old).await, found(&driver, &new).await], stored);
}

pub async fn a_rotation_onto_itself_is_a_duplicate_and_changes_nothing(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    assert_duplicate(driver.rotate(rotation(&key(1), &key(1), "moved")).await);
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_rotation_may_leave_a_record_behind(driver: impl SessionDriver) {
    let (old, new) = (key(1), key(2));
    create(&driver, &old, "first").await;
    let left_behind = Some((text("it moved"), LATER - 60));
    let rotation = Rotation { left_behind, ..rotation(&old, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    let left = found(&driver, &old).await;
    assert_eq!((left.payload, left.deadline), (text("it moved"), LATER - 60));
    let stored = Stored::new(1, LATER, text("second"));
    assert_eq!(read(&driver, &new).await, Some(stored));
}

pub async fn what_is_left_behind_is_the_next_version(driver: impl SessionDriver) {
    let (old, new) = (key(1), key(2));
    create(&driver, &old, "first").await;
    let left_behind = Some((text("it moved"), LATER));
    let rotation = Rotation { left_behind, ..rotation(&old, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    assert_eq!(found(&driver, &old).await.version, 2);
    // So a request that read the record before it moved cannot overwrite the pointer to its successor.
    assert_eq!(replace(&driver, &old, 1, "late").await, Outcome::Conflict);
    assert_eq!(found(&driver, &old).await.payload, "it moved");
}

pub async fn what_is_left_behind_may_be_larger_than_what_was_there(driver: impl SessionDriver) {
    let (old, new) = (key(1), key(2));
    create(&driver, &old, "small").await;
    let large = Bytes::from(vec![3; 50_000]);
    let left_behind = Some((large.clone(), LATER));
    let rotation = Rotation { left_behind, ..rotation(&old, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    assert!(found(&driver, &old).await.payload == large);
}

pub async fn a_record_can_move_many_times(driver: impl SessionDriver) {
    create(&driver, &key(0), "0").await;
    for number in 1..40 {
        let (old, new) = (key(number - 1), key(number));
        let rotation = rotation(&old, &new, &number.to_string()).clone();
        assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
        assert_eq!(read(&driver, &old).await, None);
    }
    assert_eq!(found(&driver, &key(39)).await.payload, "39");
}
