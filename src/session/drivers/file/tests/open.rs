//! Which files stay open, and for how long.

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::session::drivers::file::open_files::{OpenFile, OpenFiles};

fn keys(count: u8) -> Vec<Key> {
    (0..count).map(|number| Key::from_bytes([number; 32])).collect()
}

/// How many files below the folder this process has open.
#[cfg(target_os = "linux")]
fn open_below(folder: &TempDir) -> usize {
    let links = fs::read_dir("/proc/self/fd").unwrap();
    // What other tests had open when this began may be closed by now.
    let targets = links.filter_map(|link| fs::read_link(link.unwrap().path()).ok());
    targets.filter(|target| target.starts_with(folder.path())).count()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_session_that_is_in_use_has_one_file_open_until_it_ends() {
    let (driver, folder) = with_record(b"payload").await;
    for version in 1..5 {
        assert!(driver.read(&key()).await.unwrap().is_some());
        let next = Bytes::from_static(b"next");
        assert_eq!(driver.replace(&key(), version, next, 1).await.unwrap(), Outcome::Done);
        assert_eq!(driver.touch(&key(), version + 1, 2).await.unwrap(), Outcome::Done);
        assert_eq!(driver.touch(&key(), version, 2).await.unwrap(), Outcome::Conflict);
        assert_eq!(open_below(&folder), 1);
    }
    let larger = Bytes::from(vec![1; 9000]);
    assert_eq!(driver.replace(&key(), 5, larger, 1).await.unwrap(), Outcome::Done);
    assert_eq!(open_below(&folder), 0, "the smaller one has no name any more");
    assert!(driver.read(&key()).await.unwrap().is_some());
    assert_eq!(open_below(&folder), 1, "the larger file alone");
    driver.destroy(&key()).await.unwrap();
    assert_eq!(open_below(&folder), 0, "the space of what was removed is free");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_looks_at_all_files_leaves_none_of_them_open() {
    let folder = tempfile::tempdir().unwrap();
    let driver = FileDriver::new(folder.path());
    for key in keys(20) {
        driver.create(&key, Bytes::new(), 1000).await.unwrap();
    }
    assert_eq!(driver.list(None, 100).await.unwrap().unwrap().records.len(), 20);
    assert_eq!(sweep(&driver, 999).await, 0);
    assert_eq!(open_below(&folder), 0);
    assert_eq!(sweep(&driver, 1000).await, 20);
    assert_eq!(open_below(&folder), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_nobody_has_asked_for_in_a_while_is_closed_by_the_sweeper() {
    let (driver, folder) = with_record(b"payload").await;
    assert!(driver.read(&key()).await.unwrap().is_some());
    sweep(&driver, 1).await;
    assert_eq!(open_below(&folder), 1);
    driver.store.open_files.age(Duration::from_secs(61));
    // However far a round has come, or how long it takes.
    driver.sweep(1, 0).await.unwrap();
    assert_eq!(open_below(&folder), 0);
}

#[test]
fn however_many_the_system_allows_few_thousand_are_kept() {
    assert_eq!(OpenFiles::holding(usize::MAX).most(), 4096);
}

fn open() -> OpenFile {
    OpenFile::new(tempfile::tempfile().unwrap())
}

#[test]
fn no_more_files_are_kept_than_are_allowed() {
    for (most, kept) in [(0, 0), (7, 0), (8, 8), (100, 96)] {
        let files = OpenFiles::holding(most);
        let keys = keys(250);
        for key in &keys {
            files.keep(key, open());
        }
        let taken = keys.iter().filter(|key| files.take(key).is_some());
        assert_eq!(taken.count(), kept, "of {most}");
    }
}

#[test]
fn a_file_makes_room_when_nobody_has_asked_for_it_in_a_while() {
    let files = OpenFiles::holding(8);
    let keys = keys(9);
    let (newcomer, first) = keys.split_last().unwrap();
    for key in first {
        files.keep(key, open());
    }
    files.keep(newcomer, open());
    assert!(files.take(newcomer).is_none(), "another might be asked for before it is");
    files.age(Duration::from_secs(2));
    files.keep(&keys[0], files.take(&keys[0]).unwrap());
    files.keep(newcomer, open());
    assert!(files.take(newcomer).is_some() && files.take(&keys[0]).is_some());
    assert!(files.take(&keys[1]).is_none(), "it was used longest ago");
    assert!(keys[2..8].iter().all(|key| files.take(key).is_some()));
}

#[test]
fn a_file_is_in_the_hands_of_one_call_and_a_twin_takes_its_place() {
    let files = OpenFiles::holding(8);
    files.keep(&key(), open());
    let taken = files.take(&key()).unwrap();
    assert!(files.take(&key()).is_none());
    files.keep(&key(), open());
    files.keep(&key(), taken);
    assert!(files.take(&key()).is_some());
    assert!(files.take(&key()).is_none(), "one of two was closed");
}

#[test]
fn a_file_that_can_only_be_read_is_not_kept_for_a_writer() {
    let files = OpenFiles::holding(8);
    files.keep(&key(), OpenFile::read_only(tempfile::tempfile().unwrap()));
    assert!(files.take(&key()).is_none());
}

#[cfg(unix)]
#[test]
fn files_that_nobody_uses_make_room_where_the_system_gives_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().to_owned());
    let tries = Cell::new(0);
    let full = |_: &Path| -> io::Result<Option<()>> {
        tries.set(tries.get() + 1);
        Err(io::Error::from_raw_os_error(libc::EMFILE))
    };
    assert!(store.open(&key(), full).is_err());
    assert_eq!(tries.get(), 1, "there was none to close");
    store.open_files.keep(&key(), open());
    let error = store.open(&key(), full).unwrap_err().to_string();
    assert_eq!(tries.get(), 3);
    assert!(store.open_files.take(&key()).is_none());
    assert!(error.contains("cannot open") && error.contains("open files"), "{error}");

    store.open_files.keep(&key(), open());
    let denied =
        |_: &Path| -> io::Result<Option<()>> { Err(io::ErrorKind::PermissionDenied.into()) };
    assert!(store.open(&key(), denied).is_err());
    assert!(store.open_files.take(&key()).is_some(), "closing it would not have helped");
}
