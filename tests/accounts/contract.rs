//! What is asked of every store of devices and of links.

use std::sync::Arc;

use lunox::auth::{
    MemoryDevices, MemoryResets, PasswordReset, RememberStore, RememberedDevice, ResetStore,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_in_memory_keep_the_contract() {
    devices(MemoryDevices::default()).await;
    resets(MemoryResets::default()).await;
}

fn device(user: &str, state: &str) -> RememberedDevice {
    RememberedDevice {
        id: uuid::Uuid::new_v4().to_string(),
        user: user.to_owned(),
        version: 0,
        expires: i64::from(u32::MAX) + 1,
        state: state.to_owned(),
    }
}

pub async fn devices(store: impl RememberStore) {
    let store = Arc::new(store);
    let long = device("7", &"é".repeat(1_500));
    let (second, other) = (device("7", "{}"), device("70", "{}"));
    for device in [&long, &second, &other] {
        store.insert(device.clone()).await.expect("stored");
    }
    assert_eq!(store.find(&long.id).await.expect("read"), Some(long.clone()));
    assert_eq!(store.find("nobody").await.expect("read"), None);
    assert_eq!(store.find(&long.id.to_uppercase()).await.expect("read"), None);
    let mut found = store.of_user("7").await.expect("read");
    found.sort_by_key(|device| device.id == second.id);
    assert_eq!(found, [long.clone(), second.clone()]);
    assert_eq!(store.of_user("8").await.expect("read"), []);

    // Of parallel uses one wins.
    let uses = (0..8).map(|number| {
        let (store, mut next) = (Arc::clone(&store), long.clone());
        next.version = 1;
        next.expires += number;
        next.state = number.to_string();
        tokio::spawn(async move { store.replace(next).await.expect("written").then_some(number) })
    });
    let mut winners = Vec::new();
    for used in uses.collect::<Vec<_>>() {
        winners.extend(used.await.expect("ended"));
    }
    let stored = store.find(&long.id).await.expect("read").expect("there");
    assert_eq!(winners, [stored.state.parse::<i64>().expect("a number")]);
    assert_eq!((stored.version, stored.expires), (1, long.expires + winners[0]));
    // Neither the version before nor one after the next.
    for version in [0, 1, 3] {
        let late = RememberedDevice { version, ..stored.clone() };
        assert!(!store.replace(late).await.expect("judged"), "{version}");
    }
    assert_eq!(store.find(&second.id).await.expect("read"), Some(second.clone()));

    for _ in 0..2 {
        store.remove(&long.id).await.expect("removed");
    }
    let late = RememberedDevice { version: 2, ..stored };
    assert!(!store.replace(late).await.expect("judged"), "what is gone does not come back");
    assert_eq!(store.of_user("7").await.expect("read"), [second]);
    assert_eq!(store.of_user("70").await.expect("read"), [other]);
}

fn reset(user: &str, token: &str, created: i64) -> PasswordReset {
    let (user, token) = (user.to_owned(), format!("{token:A<43}"));
    PasswordReset { user, token, state: "{}".to_owned(), created }
}

pub async fn resets(store: impl ResetStore) {
    let store = Arc::new(store);
    let (first, other) = (reset("7", "one", 1_000), reset("70", "other", 1_000));
    assert!(store.put(first.clone(), 940).await.expect("written"));
    assert!(store.put(other.clone(), 940).await.expect("written"));
    let soon = reset("7", "soon", 1_059);
    assert!(!store.put(soon.clone(), 999).await.expect("judged"), "a minute has not passed");
    assert_eq!(store.find(&soon.token).await.expect("read"), None);
    assert_eq!(store.find(&first.token).await.expect("read"), Some(first.clone()));
    assert_eq!(store.find(&first.token.to_lowercase()).await.expect("read"), None);

    // Of parallel links one replaces the old one, and one comes first where there is none.
    for user in ["7", "8"] {
        let puts = (0..8).map(|number| {
            let (store, new) =
                (Arc::clone(&store), reset(user, &format!("{user}-{number}"), 1_060));
            tokio::spawn(async move {
                store.put(new.clone(), 1_000).await.expect("written").then_some(new)
            })
        });
        let mut winners = Vec::new();
        for put in puts.collect::<Vec<_>>() {
            winners.extend(put.await.expect("ended"));
        }
        assert_eq!(winners.len(), 1, "{user}: {winners:?}");
        assert_eq!(store.find(&winners[0].token).await.expect("read"), winners.pop());
    }
    assert_eq!(store.find(&first.token).await.expect("read"), None, "it was replaced");

    let takes = (0..8).map(|_| {
        let (store, token) = (Arc::clone(&store), other.token.clone());
        tokio::spawn(async move { store.take(&token).await.expect("written") })
    });
    let mut taken = 0;
    for take in takes.collect::<Vec<_>>() {
        taken += usize::from(take.await.expect("ended"));
    }
    assert_eq!(taken, 1);
    assert_eq!(store.find(&other.token).await.expect("read"), None);
    assert!(store.put(reset("70", "again", 1_001), 941).await.expect("written"));
}
