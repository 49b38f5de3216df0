use std::sync::atomic::Ordering;

use super::*;

crate::session_driver_contract!(contract, || async { MemoryDriver::new() });

fn key(number: u8) -> Key {
    Key::from_bytes([number; 32])
}

fn bytes(length: usize) -> Bytes {
    vec![7; length].into()
}

async fn kept(driver: &MemoryDriver) -> usize {
    driver.list(None, usize::MAX).await.unwrap().unwrap().records.len()
}

#[tokio::test]
async fn a_full_store_drops_the_record_nearest_to_its_deadline() {
    let driver = MemoryDriver::with_limits(1, 100);
    driver.create(&key(1), bytes(1), 10).await.unwrap();
    driver.create(&key(2), bytes(1), 5).await.unwrap();
    assert!(driver.read(&key(1)).await.unwrap().is_none());
    assert!(driver.read(&key(2)).await.unwrap().is_some(), "the new record is spared");
}

#[tokio::test]
async fn neither_bound_is_passed() {
    let driver = MemoryDriver::with_limits(100, 1000);
    for number in 0..250 {
        driver.create(&key(number), bytes(5), 10).await.unwrap();
    }
    assert!(kept(&driver).await <= 100);
    for number in 0..250 {
        let Some(stored) = driver.read(&key(number)).await.unwrap() else { continue };
        let _ = driver.replace(&key(number), stored.version, bytes(100), 10).await.unwrap();
    }
    assert!(kept(&driver).await <= 10 + 90 / 5);
    assert!(driver.usage.bytes.load(Ordering::Relaxed) <= 1000);
}

#[tokio::test]
async fn large_sessions_push_out_large_ones_and_not_the_logins_of_others() {
    let driver = MemoryDriver::with_limits(10_000, 1 << 20);
    let login = |number: u16| {
        let mut bytes = [0xFF; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        Key::from_bytes(bytes)
    };
    for number in 0..500 {
        driver.create(&login(number), bytes(200), 10).await.unwrap();
    }
    // They live longer than the logins, and are four times what there is room for.
    for number in 0..40 {
        driver.create(&key(number), bytes(100 << 10), 1000).await.unwrap();
    }
    for number in 0..500 {
        assert!(driver.read(&login(number)).await.unwrap().is_some(), "login {number}");
    }
    assert!(driver.usage.bytes.load(Ordering::Relaxed) <= 1 << 20);
    assert!(driver.read(&key(39)).await.unwrap().is_some(), "the new record is spared");
}

#[tokio::test]
async fn a_payload_beyond_the_bound_is_refused_and_nothing_is_dropped() {
    let driver = MemoryDriver::with_limits(10, 100);
    driver.create(&key(1), bytes(100), 10).await.unwrap();
    let refused = driver.create(&key(2), bytes(101), 10).await;
    assert!(matches!(refused, Err(DriverError::Unavailable(_))));
    assert!(driver.replace(&key(1), 1, bytes(101), 10).await.is_err());
    assert_eq!(driver.read(&key(1)).await.unwrap().unwrap().payload, bytes(100));
}

#[tokio::test]
async fn an_emptied_store_counts_nothing() {
    let driver = MemoryDriver::new();
    for number in 0..50 {
        driver.create(&key(number), bytes(9), 10).await.unwrap();
        let stored = driver.read(&key(number)).await.unwrap().unwrap();
        let _ = driver.replace(&key(number), stored.version, bytes(4), 10).await.unwrap();
    }
    for number in 0..50 {
        let old = key(number);
        let mut bytes_of_new = *key(number + 100).as_bytes();
        bytes_of_new[0] = old.shard();
        let new = Key::from_bytes(bytes_of_new);
        let Stored { version, .. } = driver.read(&old).await.unwrap().unwrap();
        let left_behind = (number % 2 == 0).then(|| (bytes(1), 5));
        let rotation =
            Rotation { old: &old, version, new: &new, payload: bytes(3), deadline: 9, left_behind };
        let _ = driver.rotate(rotation).await.unwrap();
    }
    driver.destroy(&key(0)).await.unwrap();
    driver.sweep(10, usize::MAX).await.unwrap();
    assert_eq!(driver.usage.records.load(Ordering::Relaxed), 0);
    assert_eq!(driver.usage.bytes.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_poisoned_shard_still_serves() {
    let driver = std::sync::Arc::new(MemoryDriver::new());
    let other = driver.clone();
    let panicked = std::thread::spawn(move || {
        let _guard = other.shard(&key(1));
        panic!("poisons the shard");
    });
    assert!(panicked.join().is_err());
    driver.create(&key(1), bytes(1), 10).await.unwrap();
    assert!(driver.read(&key(1)).await.unwrap().is_some());
}
