//! Creating, reading and destroying.

use super::*;

pub async fn a_missing_record_reads_as_none(driver: impl SessionDriver) {
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn a_created_record_reads_back_as_it_was_stored(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_created_record_was_not_recovered(driver: impl SessionDriver) {
    assert!(!create(&driver, &key(1), "payload").await.recovered);
}

pub async fn reading_changes_nothing(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "payload").await;
    for _ in 0..3 {
        assert_eq!(read(&driver, &key(1)).await.as_ref(), Some(&stored));
    }
}

pub async fn an_empty_payload_is_a_record(driver: impl SessionDriver) {
    let stored = create(&driver, &key(1), "").await;
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn every_byte_value_survives(driver: impl SessionDriver) {
    let payload: Bytes = (0..=u8::MAX).chain((0..=u8::MAX).rev()).collect();
    ok(driver.create(&key(1), payload.clone(), LATER).await);
    assert_eq!(found(&driver, &key(1)).await.payload, payload);
}

pub async fn a_payload_of_zeros_survives(driver: impl SessionDriver) {
    ok(driver.create(&key(1), vec![0; 300].into(), LATER).await);
    assert_eq!(found(&driver, &key(1)).await.payload, vec![0; 300]);
}

pub async fn a_payload_of_one_mebibyte_and_a_kibibyte_survives(driver: impl SessionDriver) {
    let payload: Bytes =
        (0..(1 << 20) + (1 << 10)).map(|number: u32| (number % 251) as u8).collect();
    ok(driver.create(&key(1), payload.clone(), LATER).await);
    assert!(found(&driver, &key(1)).await.payload == payload);
}

pub async fn payloads_around_every_power_of_two_survive(driver: impl SessionDriver) {
    for length in (4..=16).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]) {
        let key = key(length as u64);
        ok(driver.create(&key, vec![length as u8; length].into(), LATER).await);
        assert!(found(&driver, &key).await.payload == vec![length as u8; length], "{length} bytes");
    }
}

pub async fn deadlines_survive_to_the_second(driver: impl SessionDriver) {
    let year_9999 = 253_402_300_799;
    for (number, deadline) in [LATER, LATER + 1, 1 << 32, year_9999].into_iter().enumerate() {
        ok(driver.create(&key(number as u64), text("payload"), deadline).await);
        assert_eq!(found(&driver, &key(number as u64)).await.deadline, deadline);
    }
}

pub async fn a_passed_deadline_hides_no_record(driver: impl SessionDriver) {
    for deadline in [0, 1, 1_000_000_000] {
        if let Some(stored) = create_expired(&driver, &key(deadline), deadline).await {
            assert_eq!(stored.deadline, deadline);
        }
    }
}

pub async fn a_create_on_an_existing_record_is_a_duplicate_and_changes_nothing(
    driver: impl SessionDriver,
) {
    let stored = create(&driver, &key(1), "first").await;
    assert_duplicate(driver.create(&key(1), text("second"), LATER + 1).await);
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn a_create_on_an_expired_record_is_a_duplicate_too(driver: impl SessionDriver) {
    if let Some(expired) = create_expired(&driver, &key(1), 1).await {
        assert_duplicate(driver.create(&key(1), text("second"), LATER).await);
        assert_eq!(read(&driver, &key(1)).await, Some(expired));
    }
}

pub async fn a_thousand_records_keep_their_own_payloads(driver: impl SessionDriver) {
    for number in 0..1000 {
        create(&driver, &key(number), &format!("payload {number}")).await;
    }
    for number in (0..1000).rev() {
        assert_eq!(found(&driver, &key(number)).await.payload, format!("payload {number}"));
    }
}

pub async fn keys_that_differ_in_one_bit_are_different_records(driver: impl SessionDriver) {
    let keys: Vec<Key> = (0..256)
        .map(|bit| {
            let mut bytes = [0; 32];
            bytes[bit / 8] = 1 << (bit % 8);
            Key::from_bytes(bytes)
        })
        .chain([Key::from_bytes([0; 32]), Key::from_bytes([0xff; 32])])
        .collect();
    for key in &keys {
        create(&driver, key, &key.to_hex()).await;
    }
    for key in &keys {
        assert_eq!(found(&driver, key).await.payload, key.to_hex());
    }
}

pub async fn a_destroyed_record_reads_as_none(driver: impl SessionDriver) {
    create(&driver, &key(1), "payload").await;
    ok(driver.destroy(&key(1)).await);
    assert_eq!(read(&driver, &key(1)).await, None);
}

pub async fn destroying_what_is_not_there_succeeds(driver: impl SessionDriver) {
    ok(driver.destroy(&key(1)).await);
    create(&driver, &key(1), "payload").await;
    ok(driver.destroy(&key(1)).await);
    ok(driver.destroy(&key(1)).await);
}

pub async fn a_destroyed_key_can_be_created_anew(driver: impl SessionDriver) {
    create(&driver, &key(1), "first").await;
    replaced(&driver, &key(1), "second").await;
    ok(driver.destroy(&key(1)).await);
    let stored = create(&driver, &key(1), "third").await;
    assert_eq!(read(&driver, &key(1)).await, Some(stored));
}

pub async fn neighbours_stay_as_they_are(driver: impl SessionDriver) {
    let [one, other] = two_keys(1);
    let mut neighbours = Vec::new();
    for number in [0, 2, 4, 6] {
        neighbours.push((key(number), create(&driver, &key(number), "neighbour").await));
    }
    create(&driver, &one, "payload").await;
    let Stored { version, .. } = replaced(&driver, &one, "changed").await;
    let _ = ok(driver.touch(&one, version, LATER + 9).await);
    assert_eq!(move_on(&driver, &one, version, &other, "moved").await, Outcome::Done);
    ok(driver.destroy(&other).await);
    for (key, stored) in neighbours {
        assert_eq!(read(&driver, &key).await, Some(stored));
    }
}
