//! Calls whose futures are dropped before they end.

use std::pin::pin;
use std::task::Poll;

use super::*;

/// The most polls that a call is given; the drivers that we know end before.
const POLLS: usize = 12;

/// Polls a call as often as it asks for it, but drops it when it is pending for the `polls`th time.
///
/// Tells whether it came to its end.
async fn drop_after<T>(polls: usize, call: impl Future<Output = Result<T, DriverError>>) -> bool {
    let mut call = pin!(call);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if let Poll::Ready(result) = call.as_mut().poll(cx) {
            ok(result);
            return Poll::Ready(true);
        }
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(false) } else { Poll::Pending }
    })
    .await
}

/// Writes to the record until a write is done, which shows that nothing half-made is in the way.
async fn assert_usable<D: SessionDriver>(driver: &D, key: &Key) {
    for _ in 0..100 {
        let Some(stored) = read(driver, key).await else {
            return;
        };
        match replace(driver, key, stored.version, "afterwards").await {
            Outcome::Done => return,
            // What was dropped may still end in the store, once.
            Outcome::Conflict | Outcome::Gone => tokio::task::yield_now().await,
        }
    }
    panic!("the record {key} cannot be written to any more");
}

pub async fn a_dropped_create_leaves_nothing_or_the_record(driver: impl SessionDriver) {
    for polls in 1..=POLLS {
        let key = key(polls as u64);
        let ended = drop_after(polls, driver.create(&key, text("payload"), LATER)).await;
        match read(&driver, &key).await {
            Some(stored) => {
                assert_eq!((stored.deadline, stored.payload), (LATER, text("payload")));
            }
            None => assert!(!ended, "a create that ended left nothing"),
        }
        assert_usable(&driver, &key).await;
    }
}

pub async fn a_dropped_replace_leaves_the_old_or_the_new_record(driver: impl SessionDriver) {
    for polls in 1..=POLLS {
        let key = key(polls as u64);
        let old = create(&driver, &key, "old").await;
        let payload = Bytes::from(vec![b'n'; 9000]);
        let replace = driver.replace(&key, old.version, payload.clone(), LATER + 1);
        let ended = drop_after(polls, replace).await;
        let stored = found(&driver, &key).await;
        let is_new = stored.payload == payload && stored.deadline == LATER + 1;
        assert!(is_new || (stored == old && !ended));
        assert_usable(&driver, &key).await;
    }
}

pub async fn a_dropped_touch_leaves_the_old_or_the_new_deadline(driver: impl SessionDriver) {
    for polls in 1..=POLLS {
        let key = key(polls as u64);
        let old = create(&driver, &key, "payload").await;
        let new = Stored { deadline: LATER + 60, ..old.clone() };
        let ended = drop_after(polls, driver.touch(&key, old.version, LATER + 60)).await;
        let stored = found(&driver, &key).await;
        assert!(stored == new || (stored == old && !ended));
        assert_usable(&driver, &key).await;
    }
}

pub async fn a_dropped_rotation_never_loses_the_session(driver: impl SessionDriver) {
    for polls in 1..=POLLS {
        let [old, new] = two_keys(polls as u64);
        let Stored { version, .. } = create(&driver, &old, "old").await;
        let ended = drop_after(polls, driver.rotate(rotation(&old, version, &new, "new"))).await;
        // The old one first: if it is gone, the new one has been there since before.
        let left = read(&driver, &old).await;
        let moved = read(&driver, &new).await;
        assert!(left.is_some() || moved.is_some(), "both records are gone");
        assert!(!ended || (left.is_none() && moved.is_some()));
        assert_usable(&driver, &old).await;
        assert_usable(&driver, &new).await;
    }
}

pub async fn a_dropped_destroy_leaves_the_record_or_nothing(driver: impl SessionDriver) {
    for polls in 1..=POLLS {
        let key = key(polls as u64);
        let stored = create(&driver, &key, "payload").await;
        let ended = drop_after(polls, driver.destroy(&key)).await;
        if let Some(left) = read(&driver, &key).await {
            assert!(!ended && left == stored);
        }
        ok(driver.destroy(&key).await);
        assert_eq!(read(&driver, &key).await, None);
    }
}

pub async fn a_dropped_sweep_or_list_harms_nothing(driver: impl SessionDriver) {
    for polls in 1..=POLLS {
        let (live, expired) = (key(polls as u64), key(polls as u64 + 1000));
        let stored = create(&driver, &live, "live").await;
        ok(driver.create(&expired, text("expired"), LATER - 60).await);
        drop_after(polls, driver.sweep(LATER - 60, 100)).await;
        drop_after(polls, driver.list(None, 100)).await;
        assert_eq!(read(&driver, &live).await, Some(stored));
    }
}
