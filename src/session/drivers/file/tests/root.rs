//! The folder of all sessions disappears: it is moved away, or its volume is unmounted.

use super::super::root::Root;
use super::*;

/// What every call answers, and that none of them makes anything.
async fn assert_unavailable(driver: &FileDriver, why: &str) {
    let (old, new) = (key(), Key::from_bytes([2; 32]));
    let large = Bytes::from(vec![1; 9000]);
    let left_behind = Some((Bytes::new(), 1));
    let rotation = Rotation {
        old: &old,
        version: 1,
        new: &new,
        payload: Bytes::new(),
        deadline: 1,
        left_behind,
    };
    let mut errors = vec![
        ("read", driver.read(&key()).await.map(|_| ())),
        ("replace", driver.replace(&key(), 1, large, 1).await.map(|_| ())),
        ("touch", driver.touch(&key(), 1, 1).await.map(|_| ())),
        ("rotate", driver.rotate(rotation).await.map(|_| ())),
        ("destroy", driver.destroy(&key()).await),
        ("sweep", driver.sweep(u64::MAX, 10).await.map(|_| ())),
        ("list", driver.list(None, 10).await.map(|_| ())),
    ];
    // Where its file could be made, that it is looked for once a second is another test's.
    if !path(driver).parent().unwrap().exists() {
        errors.push(("create", driver.create(&key(), Bytes::new(), 1).await));
    }
    for (call, result) in errors {
        let Err(DriverError::Unavailable(error)) = &result else { panic!("{call}: {result:?}") };
        let error = error.to_string();
        assert!(error.contains(why), "{call}: {error}");
        assert!(error.contains(&driver.store.root.dir().display().to_string()), "{call}: {error}");
    }
}

fn move_away(driver: &FileDriver) -> PathBuf {
    let aside = driver.store.root.dir().with_extension("aside");
    fs::rename(driver.store.root.dir(), &aside).unwrap();
    aside
}

/// A driver whose folder can be moved, with one record under [`key`].
async fn movable() -> (FileDriver, TempDir) {
    let parent = tempfile::tempdir().unwrap();
    let driver = from_one(FileDriver::new(parent.path().join("sessions")));
    driver.prepare().unwrap();
    driver.create(&key(), Bytes::from_static(b"payload"), 1000).await.unwrap();
    (driver, parent)
}

#[tokio::test]
async fn a_folder_that_is_moved_away_and_back_ends_no_session() {
    for was_open in [false, true] {
        let (driver, _parent) = movable().await;
        if was_open {
            assert!(driver.read(&key()).await.unwrap().is_some());
            driver.store.open_files.age(std::time::Duration::from_secs(1));
        }
        let aside = move_away(&driver);
        assert_unavailable(&driver, "is missing").await;
        assert!(!driver.store.root.dir().exists(), "it was made again");
        fs::rename(aside, driver.store.root.dir()).unwrap();
        let stored = driver.read(&key()).await.unwrap().expect("it is back");
        assert_eq!((stored.version, &stored.payload[..]), (1, &b"payload"[..]));
        assert_eq!(driver.list(None, 10).await.unwrap().unwrap().records.len(), 1);
        assert_eq!(sweep(&driver, 1000).await, 1);
    }
}

/// Within a second an open file is used without a look at its folder. It comes back with the folder, so nothing may count as
/// done, nor as gone, that needs its name.
#[tokio::test]
async fn a_file_that_is_open_is_neither_gone_nor_removed_while_its_folder_is_away() {
    for call in 0..3 {
        let (driver, _parent) = movable().await;
        assert!(driver.read(&key()).await.unwrap().is_some());
        let aside = move_away(&driver);
        let (old, new) = (key(), Key::from_bytes([2; 32]));
        let payload = Bytes::from(vec![1; 9000]);
        let rotation = Rotation {
            old: &old,
            version: 1,
            new: &new,
            payload: Bytes::new(),
            deadline: 1,
            left_behind: None,
        };
        let result = match call {
            0 => driver.replace(&key(), 1, payload, 1).await.map(|_| ()),
            1 => driver.rotate(rotation).await.map(|_| ()),
            _ => driver.destroy(&key()).await,
        };
        assert!(matches!(result, Err(DriverError::Unavailable(_))), "call {call}: {result:?}");
        fs::rename(aside, driver.store.root.dir()).unwrap();
        assert_eq!(driver.read(&key()).await.unwrap().unwrap().payload, "payload", "call {call}");
    }
}

#[tokio::test]
async fn a_new_empty_folder_in_the_same_place_is_an_empty_store() {
    let (driver, _parent) = movable().await;
    move_away(&driver);
    fs::create_dir(driver.store.root.dir()).unwrap();
    assert_eq!(driver.read(&key()).await.unwrap(), None);
    assert_eq!(driver.touch(&key(), 1, 1).await.unwrap(), Outcome::Gone);
    driver.destroy(&key()).await.unwrap();
    assert_eq!(sweep(&driver, u64::MAX).await, 0);
    assert_eq!(driver.list(None, 10).await.unwrap().unwrap().records, []);
    driver.create(&key(), Bytes::new(), 1).await.unwrap();
    assert!(driver.read(&key()).await.unwrap().is_some());
}

#[tokio::test]
async fn until_its_folder_is_made_for_the_first_time_a_driver_is_empty() {
    let parent = tempfile::tempdir().unwrap();
    let driver = FileDriver::new(parent.path().join("framework/sessions"));
    assert_eq!(driver.read(&key()).await.unwrap(), None);
    assert_eq!(driver.list(None, 10).await.unwrap().unwrap().records, []);
    driver.create(&key(), Bytes::new(), 1).await.unwrap();
    move_away(&driver);
    assert_unavailable(&driver, "is missing").await;
}

/// An unmounted volume leaves the folder that it was mounted on, which may have folders of its own from an earlier day.
#[cfg(unix)]
#[tokio::test]
async fn a_folder_on_another_device_than_at_boot_is_not_an_empty_store() {
    for has_shards in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let here = std::os::unix::fs::MetadataExt::dev(&fs::metadata(folder.path()).unwrap());
        let mut store = Store::new(PathBuf::new());
        store.root = Root::on_device(folder.path().to_owned(), here + 1);
        let driver = FileDriver { store: Arc::new(store), ..FileDriver::new("") };
        if has_shards {
            fs::create_dir(path(&driver).parent().unwrap()).unwrap();
        }
        assert_unavailable(&driver, "on another device").await;
        let Err(error) = driver.create(&key(), Bytes::new(), 1).await else {
            panic!("it was made")
        };
        assert!(error.to_string().contains("on another device"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), usize::from(has_shards));
        assert!(!path(&driver).exists());
    }
}

#[tokio::test]
async fn what_is_not_the_driver_s_is_found_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let driver = FileDriver::new(folder.path());
    driver.create(&key(), Bytes::new(), 1000).await.unwrap();
    fs::create_dir(folder.path().join("0f")).unwrap();
    fs::create_dir(folder.path().join("lost+found")).unwrap();
    fs::write(folder.path().join(".gitignore"), "*").unwrap();
    assert!(driver.store.root.foreign().is_empty());
    // A session of Laravel's, the folders of `storage`, a folder beside `ff`, and a file where a shard would be.
    let laravel = "x".repeat(40);
    for file in [laravel.as_str(), "aa"] {
        fs::write(folder.path().join(file), "kept").unwrap();
    }
    for name in ["framework", "FF"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    assert_eq!(driver.store.root.foreign(), ["FF", "aa", "framework", laravel.as_str()]);
    driver.prepare().unwrap();
    fs::remove_file(folder.path().join("aa")).unwrap();
    assert_eq!(sweep(&driver, 2000).await, 1);
    assert_eq!(fs::read_to_string(folder.path().join(laravel)).unwrap(), "kept");
    for number in 0..9 {
        fs::create_dir(folder.path().join(format!("more{number}"))).unwrap();
    }
    assert_eq!(driver.store.root.foreign().len(), 5, "a few are enough");
}
