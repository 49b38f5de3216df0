//! Calls at once.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

fn count(outcomes: &[Outcome], wanted: Outcome) -> usize {
    outcomes.iter().filter(|outcome| **outcome == wanted).count()
}

/// Reads and replaces until it is done; `change` makes the next payload. Tells false when it is gone.
async fn update<D: SessionDriver>(driver: &D, key: &Key, change: impl Fn(&str) -> String) -> bool {
    loop {
        let Some(stored) = read(driver, key).await else {
            return false;
        };
        let payload = change(std::str::from_utf8(&stored.payload).expect("the payload is text"));
        match replace(driver, key, stored.version, &payload).await {
            Outcome::Done => return true,
            Outcome::Gone => return false,
            // Lets the winner go on where one thread runs everything.
            Outcome::Conflict => tokio::task::yield_now().await,
        }
    }
}

fn plus_one(payload: &str) -> String {
    (payload.parse::<u64>().expect("the payload is a number") + 1).to_string()
}

pub async fn of_many_replaces_of_one_version_exactly_one_is_done(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    let Stored { version, .. } = create(&*driver, &key(1), "first").await;
    let outcomes = at_once(&driver, 64, move |driver, number| async move {
        replace(&*driver, &key(1), version, &format!("from {number}")).await
    })
    .await;
    assert_eq!(count(&outcomes, Outcome::Done), 1);
    assert_eq!(count(&outcomes, Outcome::Conflict), 63);
    let winner = outcomes.iter().position(|outcome| *outcome == Outcome::Done);
    let stored = found(&*driver, &key(1)).await;
    assert_eq!(Some(stored.payload), winner.map(|number| text(&format!("from {number}"))));
}

pub async fn read_and_replace_in_parallel_loses_nothing(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    create(&*driver, &key(1), "0").await;
    at_once(&driver, 8, async |driver, _| {
        for _ in 0..50 {
            assert!(update(&*driver, &key(1), plus_one).await);
        }
    })
    .await;
    assert_eq!(found(&*driver, &key(1)).await.payload, "400");
}

pub async fn touches_and_replaces_in_parallel_lose_nothing(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    create(&*driver, &key(1), "0").await;
    at_once(&driver, 6, async |driver, number| {
        for second in 0..50 {
            if number % 2 == 0 {
                assert!(update(&*driver, &key(1), plus_one).await);
            } else {
                let version = found(&*driver, &key(1)).await.version;
                let touched = ok(driver.touch(&key(1), version, LATER + second).await);
                assert_ne!(touched, Outcome::Gone);
            }
        }
    })
    .await;
    assert_eq!(found(&*driver, &key(1)).await.payload, "150");
}

pub async fn a_reader_sees_whole_records_only(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    let done = Arc::new(AtomicBool::new(false));
    // Each payload repeats a byte of the number that its deadline has, and their lengths differ.
    let payload = |number: u64| Bytes::from(vec![number as u8; 10 + (number as usize * 37) % 3000]);
    ok(driver.create(&key(1), payload(1), LATER + 1).await);
    at_once(&driver, 3, |driver, task| {
        let done = done.clone();
        async move {
            if task == 0 {
                let mut version = found(&*driver, &key(1)).await.version;
                for number in 2..=400 {
                    let (next, deadline) = (payload(number), LATER + number);
                    let outcome = driver.replace(&key(1), version, next, deadline).await;
                    assert_eq!(ok(outcome), Outcome::Done);
                    version = found(&*driver, &key(1)).await.version;
                }
                done.store(true, Ordering::SeqCst);
                return;
            }
            let mut before = 0;
            while !done.load(Ordering::SeqCst) {
                let stored = found(&*driver, &key(1)).await;
                let number = stored.deadline - LATER;
                assert!(stored.payload == payload(number), "number {number}");
                assert!(number >= before, "the record went back in time");
                before = number;
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}

pub async fn a_destroyed_record_never_comes_back(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    for round in 0..20 {
        create(&*driver, &key(round), "0").await;
        at_once(&driver, 6, move |driver, number| async move {
            if number == 0 {
                tokio::task::yield_now().await;
                ok(driver.destroy(&key(round)).await);
                assert_eq!(read(&*driver, &key(round)).await, None);
                return;
            }
            // Growing payloads make some stores move the record while it is destroyed.
            let longer = |payload: &str| "x".repeat(payload.len() * 2 % 20_000 + 100);
            for _ in 0..8 {
                if !update(&*driver, &key(round), longer).await {
                    return;
                }
                if let Some(stored) = read(&*driver, &key(round)).await {
                    let _ = ok(driver.touch(&key(round), stored.version, LATER).await);
                }
            }
        })
        .await;
        assert_eq!(read(&*driver, &key(round)).await, None);
    }
}

pub async fn of_many_creates_of_one_key_exactly_one_wins(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    for round in 0..10 {
        let results = at_once(&driver, 16, move |driver, number| async move {
            match driver.create(&key(round), text(&format!("from {number}")), LATER).await {
                Ok(()) => true,
                Err(DriverError::DuplicateId) => false,
                Err(error) => panic!("the driver failed: {error}"),
            }
        })
        .await;
        assert_eq!(results.iter().filter(|won| **won).count(), 1);
        let winner = results.iter().position(|won| *won).unwrap_or_default();
        assert_eq!(found(&*driver, &key(round)).await.payload, format!("from {winner}"));
    }
}

pub async fn of_many_rotations_of_one_version_exactly_one_wins(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    let Stored { version, .. } = create(&*driver, &key(99), "first").await;
    let outcomes = at_once(&driver, 16, move |driver, number| async move {
        move_on(&*driver, &key(99), version, &key_beside(99, number), "second").await
    })
    .await;
    assert_eq!(count(&outcomes, Outcome::Done), 1);
    assert_eq!(read(&*driver, &key(99)).await, None);
    for (number, outcome) in (0..).zip(outcomes) {
        let moved = read(&*driver, &key_beside(99, number)).await.is_some();
        assert_eq!(moved, outcome == Outcome::Done);
    }
}

pub async fn of_a_replace_and_a_rotation_exactly_one_wins(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    for round in 0..20 {
        let [old, new] = two_keys(round);
        let Stored { version, .. } = create(&*driver, &old, "first").await;
        let outcomes = at_once(&driver, 2, move |driver, number| async move {
            if number == 0 {
                return replace(&*driver, &old, version, "replaced").await;
            }
            move_on(&*driver, &old, version, &new, "moved").await
        })
        .await;
        assert_eq!(count(&outcomes, Outcome::Done), 1, "{outcomes:?}");
        assert_eq!(read(&*driver, &old).await.is_some(), outcomes[0] == Outcome::Done);
        assert_eq!(read(&*driver, &new).await.is_some(), outcomes[1] == Outcome::Done);
    }
}

pub async fn rotations_that_cross_do_not_wait_for_each_other(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    for round in 0..20 {
        let keys = two_keys(round);
        let one = create(&*driver, &keys[0], "one").await;
        let other = create(&*driver, &keys[1], "other").await;
        let versions = [one.version, other.version];
        at_once(&driver, 2, move |driver, number| async move {
            let number = number as usize;
            let (old, version, new) = (keys[number], versions[number], keys[1 - number]);
            assert_duplicate(driver.rotate(rotation(&old, version, &new, "moved")).await);
        })
        .await;
        assert_eq!(found(&*driver, &keys[0]).await.payload, "one");
        assert_eq!(found(&*driver, &keys[1]).await.payload, "other");
    }
}

pub async fn a_sweep_spares_a_record_that_is_touched_first(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    for round in 0..20 {
        let Stored { version, .. } = create(&*driver, &key(round), "payload").await;
        at_once(&driver, 2, move |driver, number| async move {
            if number == 0 {
                ok(driver.sweep(LATER, 1000).await);
            } else if ok(driver.touch(&key(round), version, LATER + 60).await) == Outcome::Done {
                assert_eq!(found(&*driver, &key(round)).await.payload, "payload");
            }
        })
        .await;
    }
}

pub async fn sweeps_at_once_count_each_record_once(driver: impl SessionDriver) {
    let driver = Arc::new(driver);
    for number in 0..200 {
        create(&*driver, &key(number), "payload").await;
    }
    let counts = at_once(&driver, 4, async |driver, _| {
        let (mut removed, mut idle) = (0, 0);
        while idle < 50 {
            let count = ok(driver.sweep(LATER, 10).await)?;
            removed += count;
            idle = if count > 0 { 0 } else { idle + 1 };
        }
        Some(removed)
    })
    .await;
    assert!(counts.into_iter().sum::<Option<usize>>().is_none_or(|removed| removed == 200));
}
