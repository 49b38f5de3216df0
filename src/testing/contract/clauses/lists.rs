//! Listing, for drivers that can: the clauses pass where `list` gives `None`.

use super::*;
use crate::session::Listed;

async fn list<D: SessionDriver>(
    driver: &D,
    after: Option<&Key>,
    limit: usize,
) -> Option<Vec<Listed>> {
    ok(driver.list(after, limit).await)
}

async fn create_many<D: SessionDriver>(driver: &D, count: u64) -> Vec<Listed> {
    let mut all = Vec::new();
    for number in 0..count {
        let stored = create(driver, &key(number), &format!("payload {number}")).await;
        all.push(Listed { key: key(number), stored });
    }
    all.sort_by_key(|listed| listed.key);
    all
}

pub async fn a_list_of_an_empty_store_is_empty(driver: impl SessionDriver) {
    let Some(all) = list(&driver, None, 10).await else {
        return;
    };
    assert_eq!(all, []);
}

pub async fn a_list_has_every_record_in_the_order_of_the_keys(driver: impl SessionDriver) {
    let expected = create_many(&driver, 100).await;
    let Some(all) = list(&driver, None, 1000).await else {
        return;
    };
    assert_eq!(all, expected);
}

pub async fn pages_of_a_list_join_without_gap_or_repetition(driver: impl SessionDriver) {
    let expected = create_many(&driver, 50).await;
    for limit in [1, 7, 50] {
        let mut all: Vec<Listed> = Vec::new();
        loop {
            let after = all.last().map(|listed| listed.key);
            let Some(page) = list(&driver, after.as_ref(), limit).await else {
                return;
            };
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            all.extend(page);
        }
        assert_eq!(all, expected);
    }
}

pub async fn a_list_starts_after_a_key_that_need_not_exist(driver: impl SessionDriver) {
    let expected = create_many(&driver, 20).await;
    ok(driver.destroy(&expected[9].key).await);
    let Some(rest) = list(&driver, Some(&expected[9].key), 100).await else {
        return;
    };
    assert_eq!(rest, expected[10..]);
    let last = Key::from_bytes([0xff; 32]);
    assert_eq!(list(&driver, Some(&last), 100).await, Some(Vec::new()));
    let first = Key::from_bytes([0; 32]);
    let all = list(&driver, Some(&first), 100).await.unwrap_or_default();
    assert_eq!(all.len(), 19);
}

pub async fn a_list_of_no_more_than_none_is_empty(driver: impl SessionDriver) {
    create_many(&driver, 3).await;
    assert!(list(&driver, None, 0).await.unwrap_or_default().is_empty());
}

pub async fn a_page_of_large_records_is_bounded_and_the_next_goes_on(driver: impl SessionDriver) {
    const MIB: usize = 1 << 20;
    for number in 0..10 {
        ok(driver.create(&key(number), vec![7; MIB].into(), LATER).await);
    }
    let (mut seen, mut after) = (0, None);
    while let Some(page) = list(&driver, after.as_ref(), 100).await {
        let bytes: usize = page.iter().map(|listed| listed.stored.payload.len()).sum();
        assert!(bytes <= 5 * MIB, "a page of {bytes} bytes");
        let Some(last) = page.last() else {
            return assert_eq!(seen, 10);
        };
        (seen, after) = (seen + page.len(), Some(last.key));
    }
}

pub async fn a_list_shows_records_as_they_are_read(driver: impl SessionDriver) {
    let (old, new, changed) = (key(1), key(2), key(3));
    create(&driver, &old, "first").await;
    create(&driver, &changed, "first").await;
    let left_behind = Some((text("it moved"), LATER - 60));
    let rotation = Rotation { left_behind, ..rotation(&old, &new, "second") };
    assert_eq!(ok(driver.rotate(rotation).await), Outcome::Done);
    assert_eq!(replace(&driver, &changed, 1, "second").await, Outcome::Done);
    assert_eq!(ok(driver.touch(&changed, 2, LATER + 60).await), Outcome::Done);
    let Some(all) = list(&driver, None, 10).await else {
        return;
    };
    assert_eq!(all.len(), 3);
    for Listed { key, stored } in all {
        assert_eq!(read(&driver, &key).await, Some(stored));
    }
}

pub async fn a_list_shows_expired_records_and_no_destroyed_ones(driver: impl SessionDriver) {
    ok(driver.create(&key(1), text("expired"), 1).await);
    create(&driver, &key(2), "destroyed").await;
    ok(driver.destroy(&key(2)).await);
    let Some(all) = list(&driver, None, 10).await else {
        return;
    };
    assert_eq!(all.into_iter().map(|listed| listed.key).collect::<Vec<_>>(), [key(1)]);
}
