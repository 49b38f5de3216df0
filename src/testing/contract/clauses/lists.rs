//! Listing, for drivers that can: the clauses pass where `list` gives `None`.

use std::collections::{HashMap, HashSet};

use super::*;
use crate::session::Listed;

/// All that a list meets in batches of up to `limit`; `None` where the driver cannot list.
async fn list<D: SessionDriver>(driver: &D, limit: usize) -> Option<HashMap<Key, Stored>> {
    let mut all = HashMap::new();
    let mut from = None;
    // More batches than there could be with one record in each.
    for _ in 0..10_000 {
        let batch = ok(driver.list(from.as_ref(), limit).await)?;
        assert!(batch.records.len() <= limit, "{} records of {limit}", batch.records.len());
        all.extend(batch.records.into_iter().map(|Listed { key, stored }| (key, stored)));
        from = batch.next;
        if from.is_none() {
            return Some(all);
        }
    }
    panic!("the list does not end");
}

async fn create_many<D: SessionDriver>(driver: &D, count: u64) -> HashMap<Key, Stored> {
    let mut all = HashMap::new();
    for number in 0..count {
        let stored = create(driver, &key(number), &format!("payload {number}")).await;
        all.insert(key(number), stored);
    }
    all
}

pub async fn a_list_of_an_empty_store_is_empty(driver: impl SessionDriver) {
    assert!(list(&driver, 10).await.is_none_or(|all| all.is_empty()));
}

pub async fn a_list_has_every_record(driver: impl SessionDriver) {
    let expected = create_many(&driver, 100).await;
    assert!(list(&driver, 1000).await.is_none_or(|all| all == expected));
}

pub async fn batches_of_any_size_meet_every_record(driver: impl SessionDriver) {
    let expected = create_many(&driver, 50).await;
    for limit in [1, 7, 50] {
        let met = list(&driver, limit).await;
        assert!(met.is_none_or(|met| met == expected), "batches of {limit} miss records");
    }
}

pub async fn a_cursor_serves_after_its_batch_was_destroyed(driver: impl SessionDriver) {
    let expected = create_many(&driver, 40).await;
    let Some(batch) = ok(driver.list(None, 10).await) else { return };
    let mut met: HashSet<Key> = batch.records.iter().map(|listed| listed.key).collect();
    for key in &met {
        ok(driver.destroy(key).await);
    }
    let mut from = batch.next;
    while from.is_some() {
        let batch = ok(driver.list(from.as_ref(), 10).await).expect("it listed before");
        met.extend(batch.records.iter().map(|listed| listed.key));
        from = batch.next;
    }
    assert_eq!(met, expected.into_keys().collect());
}

pub async fn a_list_meets_what_stays_while_others_come_and_go(driver: impl SessionDriver) {
    let stays = create_many(&driver, 60).await;
    let (mut met, mut from, mut number) = (HashSet::new(), None, 1000);
    loop {
        let Some(batch) = ok(driver.list(from.as_ref(), 7).await) else { return };
        met.extend(batch.records.iter().map(|listed| listed.key));
        from = batch.next;
        if from.is_none() {
            break;
        }
        for _ in 0..5 {
            create(&driver, &key(number), "comes").await;
            ok(driver.destroy(&key(number - 3)).await);
            number += 1;
        }
    }
    for key in stays.keys() {
        assert!(met.contains(key), "{key} was not met");
    }
}

pub async fn a_batch_of_large_records_is_bounded_and_the_next_goes_on(driver: impl SessionDriver) {
    const MIB: usize = 1 << 20;
    for number in 0..10 {
        ok(driver.create(&key(number), vec![7; MIB].into(), LATER).await);
    }
    let (mut met, mut from) = (HashSet::new(), None);
    loop {
        let Some(batch) = ok(driver.list(from.as_ref(), 100).await) else { return };
        let bytes: usize = batch.records.iter().map(|listed| listed.stored.payload.len()).sum();
        assert!(bytes <= 5 * MIB, "a batch of {bytes} bytes");
        met.extend(batch.records.iter().map(|listed| listed.key));
        from = batch.next;
        if from.is_none() {
            return assert_eq!(met.len(), 10);
        }
    }
}

pub async fn a_list_shows_records_as_they_are_read(driver: impl SessionDriver) {
    let [old, new] = two_keys(1);
    let changed = key(3);
    let first = create(&driver, &old, "first").await;
    create(&driver, &changed, "first").await;
    let left_behind = Some((text("it moved"), LATER - 60));
    let rotation = Rotation { left_behind, ..rotation(&old, first.version, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    let second = replaced(&driver, &changed, "second").await;
    assert_eq!(ok(driver.touch(&changed, second.version, LATER + 60).await), Outcome::Done);
    let Some(all) = list(&driver, 10).await else { return };
    assert_eq!(all.len(), 3);
    for (key, stored) in all {
        assert_eq!(read(&driver, &key).await, Some(stored));
    }
}

pub async fn a_list_shows_expired_records_and_no_destroyed_ones(driver: impl SessionDriver) {
    let expired = create_expired(&driver, &key(1), 1).await;
    create(&driver, &key(2), "destroyed").await;
    ok(driver.destroy(&key(2)).await);
    let Some(mut all) = list(&driver, 10).await else { return };
    if expired.is_none() {
        // A store that removes expired records by itself may do so a while later.
        all.remove(&key(1));
    }
    let expected: HashMap<Key, Stored> =
        expired.map(|stored| (key(1), stored)).into_iter().collect();
    assert_eq!(all, expected);
}
