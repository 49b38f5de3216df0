//! The index from a tag to keys, for drivers that keep one: the clauses pass where `tagged` gives `None`.

use std::collections::HashSet;

use super::*;
use crate::session::Tag;

fn tag(number: u8) -> Tag {
    Tag::from_bytes([number; 16])
}

/// The keys of a tag, which may be met once each; `None` where the driver keeps no index.
async fn tagged<D: SessionDriver>(driver: &D, tag: &Tag) -> Option<HashSet<Key>> {
    let keys = ok(driver.tagged(tag).await)?;
    let each: HashSet<Key> = keys.iter().copied().collect();
    assert_eq!(each.len(), keys.len(), "a key was given twice");
    Some(each)
}

async fn assert_tagged<D: SessionDriver>(driver: &D, tag: &Tag, expected: &[Key]) {
    let expected = expected.iter().copied().collect();
    assert!(tagged(driver, tag).await.is_none_or(|keys| keys == expected));
}

pub async fn a_tag_without_entries_has_no_keys(driver: impl SessionDriver) {
    assert_tagged(&driver, &tag(1), &[]).await;
}

pub async fn tagged_keys_are_found_by_their_tag_alone(driver: impl SessionDriver) {
    for number in 0..20 {
        let tag = tag(number % 2);
        ok(driver.tag(&tag, &key(u64::from(number)), LATER).await);
    }
    let of = |tag: u64| (0..10).map(|number| key(2 * number + tag)).collect::<Vec<_>>();
    assert_tagged(&driver, &tag(0), &of(0)).await;
    assert_tagged(&driver, &tag(1), &of(1)).await;
    assert_tagged(&driver, &tag(2), &[]).await;
}

pub async fn tags_that_differ_in_one_bit_are_different(driver: impl SessionDriver) {
    let with_bit = |bit: usize| {
        let mut bytes = [0; 16];
        bytes[bit / 8] = 1 << (bit % 8);
        Tag::from_bytes(bytes)
    };
    for bit in 0..128 {
        ok(driver.tag(&with_bit(bit), &key(bit as u64), LATER).await);
    }
    for bit in 0..128 {
        assert_tagged(&driver, &with_bit(bit), &[key(bit as u64)]).await;
    }
}

pub async fn a_key_is_entered_once_however_often_it_is_tagged(driver: impl SessionDriver) {
    for until in [LATER, LATER + 9, LATER, LATER - 9] {
        ok(driver.tag(&tag(1), &key(1), until).await);
        assert_tagged(&driver, &tag(1), &[key(1)]).await;
    }
}

pub async fn an_entry_that_is_taken_out_is_gone_and_others_stay(driver: impl SessionDriver) {
    for number in 1..=3 {
        ok(driver.tag(&tag(1), &key(number), LATER).await);
    }
    ok(driver.untag(&tag(1), &key(2)).await);
    ok(driver.untag(&tag(2), &key(1)).await);
    assert_tagged(&driver, &tag(1), &[key(1), key(3)]).await;
    ok(driver.tag(&tag(1), &key(2), LATER).await);
    assert_tagged(&driver, &tag(1), &[key(1), key(2), key(3)]).await;
}

pub async fn taking_out_what_is_not_there_succeeds(driver: impl SessionDriver) {
    ok(driver.untag(&tag(1), &key(1)).await);
    ok(driver.tag(&tag(1), &key(1), LATER).await);
    ok(driver.untag(&tag(1), &key(1)).await);
    ok(driver.untag(&tag(1), &key(1)).await);
    assert_tagged(&driver, &tag(1), &[]).await;
}

pub async fn an_entry_needs_no_record_and_outlives_it(driver: impl SessionDriver) {
    ok(driver.tag(&tag(1), &key(1), LATER).await);
    assert_tagged(&driver, &tag(1), &[key(1)]).await;
    create(&driver, &key(1), "payload").await;
    ok(driver.destroy(&key(1)).await);
    ok(driver.sweep(1_000_000_000, 100).await);
    // Its record may be about to be made.
    assert_tagged(&driver, &tag(1), &[key(1)]).await;
}

pub async fn a_tag_makes_no_record(driver: impl SessionDriver) {
    ok(driver.tag(&tag(1), &key(1), LATER).await);
    assert_eq!(read(&driver, &key(1)).await, None);
    let batch = ok(driver.list(None, 10).await).unwrap_or_default();
    assert_eq!(batch.records, []);
    create(&driver, &key(1), "payload").await;
}

pub async fn entries_end_after_their_time_and_not_before(driver: impl SessionDriver) {
    ok(driver.tag(&tag(1), &key(1), LATER).await);
    ok(driver.tag(&tag(1), &key(2), LATER + 1000).await);
    // Entered again for less: the longer time counts.
    ok(driver.tag(&tag(1), &key(2), LATER - 1000).await);
    if ok(driver.sweep(LATER - 1, 100).await).is_none() {
        return;
    }
    assert_tagged(&driver, &tag(1), &[key(1), key(2)]).await;
    for _ in 0..1000 {
        ok(driver.sweep(LATER + 999, 100).await);
    }
    assert_tagged(&driver, &tag(1), &[key(2)]).await;
}

pub async fn parallel_entries_are_all_kept(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    at_once(&driver, 32, async |driver, number| {
        ok(driver.tag(&tag(1), &key(number), LATER).await);
        ok(driver.tag(&tag(1), &key(99), LATER + number).await);
    })
    .await;
    let keys: Vec<Key> = (0..32).chain([99]).map(key).collect();
    assert_tagged(&*driver, &tag(1), &keys).await;
}

pub async fn entering_and_taking_out_in_parallel_keeps_the_entries_of_others(
    driver: impl SessionDriver,
) {
    let driver = Arc::new(driver);
    ok(driver.tag(&tag(1), &key(1000), LATER).await);
    at_once(&driver, 8, async |driver, number| {
        for _ in 0..10 {
            ok(driver.tag(&tag(1), &key(number), LATER).await);
            ok(driver.untag(&tag(1), &key(number)).await);
            ok(driver.sweep(1_000_000_000, 10).await);
        }
    })
    .await;
    assert_tagged(&*driver, &tag(1), &[key(1000)]).await;
}
