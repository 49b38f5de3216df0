//! What an operator meets: what is done to the folder by hand counts at once, and a sweep is not a burden.

use super::*;

#[tokio::test]
async fn removing_the_files_logs_everybody_out_and_no_writer_brings_one_back() {
    let (driver, _folder) = with_record(b"payload").await;
    assert_eq!(driver.read(&key()).await.unwrap().unwrap().version, 1);
    fs::remove_file(path(&driver)).unwrap();
    // One payload that fits into the file, and one for which it would be made anew.
    for payload in [vec![1; 10], vec![1; 9000]] {
        let late = driver.replace(&key(), 1, Bytes::from(payload), 1).await.unwrap();
        assert_eq!(late, Outcome::Gone);
    }
    assert_eq!(driver.touch(&key(), 1, 1).await.unwrap(), Outcome::Gone);
    assert_eq!(driver.read(&key()).await.unwrap(), None);
    assert!(names(&driver).is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_session_whose_file_was_linked_for_a_backup_ends_when_it_is_removed() {
    let (driver, folder) = with_record(b"payload").await;
    assert!(driver.read(&key()).await.unwrap().is_some());
    let backup = folder.path().join("backup");
    until_the_clock_of_the_disk_has_moved_on(&path(&driver), &backup);
    fs::hard_link(path(&driver), &backup).unwrap();
    fs::remove_file(path(&driver)).unwrap();
    let late = driver.replace(&key(), 1, Bytes::new(), 1).await.unwrap();
    assert_eq!(late, Outcome::Gone);
    assert_eq!(driver.read(&key()).await.unwrap(), None);
}

/// All of it within one tick of the clock that the file system has its times from, or nearly: they tell nothing then.
#[cfg(unix)]
#[tokio::test]
async fn a_session_ends_at_once_however_many_names_its_file_had() {
    for names in 1..3 {
        let (driver, folder) = with_record(b"payload").await;
        for name in 0..names {
            fs::hard_link(path(&driver), folder.path().join(format!("backup{name}"))).unwrap();
        }
        assert!(driver.read(&key()).await.unwrap().is_some());
        assert!(driver.read(&key()).await.unwrap().is_some());
        let other = FileDriver::new(folder.path());
        let next = Bytes::from_static(b"next");
        assert_eq!(other.replace(&key(), 1, next, 1).await.unwrap(), Outcome::Done);
        other.destroy(&key()).await.unwrap();
        assert_eq!(driver.read(&key()).await.unwrap(), None);
        let late = driver.replace(&key(), 2, Bytes::new(), 1).await.unwrap();
        assert_eq!(late, Outcome::Gone);
    }
}

/// File systems give all that happens within a few milliseconds the same time.
fn until_the_clock_of_the_disk_has_moved_on(from: &Path, scratch: &Path) {
    let written = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    while {
        fs::write(scratch, "x").unwrap();
        written(scratch) <= written(from)
    } {}
    fs::remove_file(scratch).unwrap();
}

/// The folder is put aside between a read and the write that follows, and another one takes its place.
#[tokio::test]
async fn the_folder_that_has_the_name_is_within_a_second_the_one_that_counts() {
    let parent = tempfile::tempdir().unwrap();
    let (dir, aside) = (parent.path().join("sessions"), parent.path().join("aside"));
    let driver = from_one(FileDriver::new(&dir));
    let read = async |dir: &Path| FileDriver::new(dir).read(&key()).await.unwrap().unwrap().payload;
    driver.create(&key(), Bytes::from_static(b"before"), 1).await.unwrap();
    assert_eq!(driver.read(&key()).await.unwrap().unwrap().payload, "before");
    fs::rename(&dir, &aside).unwrap();
    // Where the file system knows whole seconds only, names are looked at each time.
    let last = driver.replace(&key(), 1, Bytes::from_static(b"last"), 1).await.unwrap();
    let expected = if last == Outcome::Done { "last" } else { "before" };
    assert_eq!(read(&aside).await, expected, "it goes with the file");

    a_second_later(&driver);
    fs::create_dir(&dir).unwrap();
    let late = driver.replace(&key(), 2, Bytes::from_static(b"late"), 1).await.unwrap();
    assert_eq!((late, driver.read(&key()).await.unwrap()), (Outcome::Gone, None));

    let backup = from_one(FileDriver::new(&dir));
    backup.create(&key(), Bytes::from_static(b"restored"), 1).await.unwrap();
    assert_eq!(driver.read(&key()).await.unwrap().unwrap().payload, "restored");
    let next = driver.replace(&key(), 1, Bytes::from_static(b"next"), 1).await.unwrap();
    assert_eq!(next, Outcome::Done);
    assert_eq!((read(&dir).await, read(&aside).await), ("next".into(), expected.into()));
}

/// Somebody logs everybody out by putting the folder aside, and a visitor comes back to the one that takes its place.
#[tokio::test]
async fn what_was_put_aside_with_its_folder_gets_into_the_new_one_by_no_call() {
    for call in 0..4 {
        let parent = tempfile::tempdir().unwrap();
        let (dir, aside) = (parent.path().join("sessions"), parent.path().join("aside"));
        let driver = from_one(FileDriver::new(&dir));
        driver.create(&key(), Bytes::from_static(b"before"), 1).await.unwrap();
        assert!(driver.read(&key()).await.unwrap().is_some());
        fs::rename(&dir, &aside).unwrap();
        fs::create_dir_all(path(&driver).parent().unwrap()).unwrap();
        let large = Bytes::from(vec![1; 9000]);
        let (old, new) = (key(), Key::from_bytes([2; 32]));
        let rotate = |left_behind| Rotation {
            old: &old,
            version: 1,
            new: &new,
            payload: Bytes::new(),
            deadline: 1,
            left_behind,
        };
        let outcome = match call {
            0 => driver.replace(&key(), 1, large, 1).await,
            1 => driver.rotate(rotate(None)).await,
            2 => driver.rotate(rotate(Some((Bytes::new(), 1)))).await,
            _ => driver.rotate(rotate(Some((large, 1)))).await,
        };
        assert_eq!(outcome.unwrap(), Outcome::Gone, "call {call}");
        assert!(names(&driver).is_empty(), "call {call}: {:?}", names(&driver));
        let backup = FileDriver::new(&aside);
        assert_eq!(backup.read(&key()).await.unwrap().unwrap().payload, "before", "call {call}");
    }
}

/// As if the driver had looked at the names of its open files that long ago.
fn a_second_later(driver: &FileDriver) {
    driver.store.open_files.age(std::time::Duration::from_secs(1));
}

/// A file is copied over another one, moved in its place, or away: nothing above it changes.
#[tokio::test]
async fn a_file_that_was_put_back_from_a_backup_counts_at_once() {
    let (driver, folder) = with_record(b"first").await;
    let backup = folder.path().join("backup");
    fs::copy(path(&driver), &backup).unwrap();
    for moved in [false, true] {
        let stored = driver.read(&key()).await.unwrap().unwrap();
        let second = Bytes::from_static(b"second");
        let done = driver.replace(&key(), stored.version, second, 1).await.unwrap();
        assert_eq!(done, Outcome::Done);
        if moved {
            fs::rename(&backup, path(&driver)).unwrap();
        } else {
            fs::copy(&backup, path(&driver)).unwrap();
        }
        let stored = driver.read(&key()).await.unwrap().unwrap();
        assert_eq!((stored.version, &stored.payload[..]), (1, &b"first"[..]), "moved: {moved}");
    }
    until_the_clock_of_the_disk_has_moved_on(&path(&driver), &backup);
    fs::rename(path(&driver), &backup).unwrap();
    assert_eq!(driver.read(&key()).await.unwrap(), None);
    fs::rename(&backup, path(&driver)).unwrap();
    assert!(driver.read(&key()).await.unwrap().is_some());
}

/// Whatever a driver may keep of what it read, another process need not tell it of its writes.
#[tokio::test]
async fn what_another_driver_did_between_two_calls_is_seen() {
    let (driver, folder) = with_record(b"first").await;
    let other = FileDriver::new(folder.path());
    let keys: Vec<Key> = (10..60).map(|byte| Key::from_bytes([byte; 32])).collect();
    for key in &keys {
        driver.create(key, Bytes::from_static(b"first"), 1).await.unwrap();
    }
    for (number, key) in keys.iter().enumerate() {
        let Stored { version, payload, .. } = driver.read(key).await.unwrap().unwrap();
        assert_eq!(payload, "first");
        if number % 2 == 0 {
            other.destroy(key).await.unwrap();
            let late = driver.replace(key, version, Bytes::from_static(b"late"), 1).await.unwrap();
            assert_eq!((late, driver.read(key).await.unwrap()), (Outcome::Gone, None));
        } else {
            let second = Bytes::from_static(b"second");
            assert_eq!(other.replace(key, version, second, 1).await.unwrap(), Outcome::Done);
            let late = driver.replace(key, version, Bytes::from_static(b"late"), 1).await.unwrap();
            assert_eq!(late, Outcome::Conflict);
            assert_eq!(driver.read(key).await.unwrap().unwrap().payload, "second");
        }
    }
}

/// Reading a session is nothing that a disk has to remember.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn reading_leaves_the_time_of_the_last_reading_alone() {
    let (driver, _folder) = with_record(b"payload").await;
    // Older than the last write: then Linux writes the time of reading down, unless it is told not to.
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    let times = fs::FileTimes::new().set_accessed(long_ago);
    fs::File::options().write(true).open(path(&driver)).unwrap().set_times(times).unwrap();
    assert!(driver.read(&key()).await.unwrap().is_some());
    assert_eq!(driver.touch(&key(), 1, 5).await.unwrap(), Outcome::Done);
    assert_eq!(fs::metadata(path(&driver)).unwrap().accessed().unwrap(), long_ago);
}

/// No disk removes three hundred files in the millisecond that a sweep may take.
#[tokio::test]
async fn a_sweep_that_removes_much_stops_on_the_way_and_the_next_one_goes_on() {
    const FILES: u16 = 300;
    let folder = tempfile::tempdir().unwrap();
    let driver = FileDriver::new(folder.path());
    for number in 0..FILES {
        let mut bytes = [0; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        driver.create(&Key::from_bytes(bytes), Bytes::new(), 1).await.unwrap();
    }
    let first = driver.sweep(1, usize::from(FILES)).await.unwrap().unwrap();
    assert!((1..usize::from(FILES)).contains(&first), "{first} at once");
    assert_eq!(first + sweep(&driver, 1).await, usize::from(FILES));
}
