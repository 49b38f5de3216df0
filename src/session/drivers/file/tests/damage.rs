use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::session::drivers::file::format;

fn write_at(driver: &FileDriver, offset: usize, bytes: &[u8]) {
    let file = fs::OpenOptions::new().write(true).open(path(driver)).unwrap();
    system::write_at(&file, bytes, offset).unwrap();
}

fn spare_slot(driver: &FileDriver) -> usize {
    match format::decode(&format::Contents::Whole(&fs::read(path(driver)).unwrap())) {
        format::Image::Record(record) => record.spare_slot().start,
        other => panic!("no record: {other:?}"),
    }
}

#[tokio::test]
async fn a_write_that_was_cut_short_anywhere_leaves_what_was_acknowledged() {
    let (driver, _folder) = with_record(b"first").await;
    let _ = driver.replace(&key(), 1, Bytes::from_static(b"second"), 2000).await.unwrap();
    let mut version = 2;
    let cut_short = format::slot(version + 1, 3000, b"third, cut short").len();
    for cut in 0..cut_short {
        let next = format::slot(version + 1, 3000, b"third, cut short");
        write_at(&driver, spare_slot(&driver), &next[..cut]);
        // The version ends with the sixteenth byte. It is reported once that there was something newer.
        let newer = next[..cut].get(8..16).is_some()
            || next[..cut].len() > 8 && {
                let mut bytes = [0; 8];
                bytes[..cut - 8].copy_from_slice(&next[8..cut]);
                u64::from_le_bytes(bytes) > version
            };
        for recovered in [newer, false] {
            let stored = driver.read(&key()).await.unwrap().unwrap();
            assert_eq!((stored.recovered, stored.deadline), (recovered, 2000), "after {cut} bytes");
            assert_eq!(stored.payload, "second");
            // Somebody may have read what was lost: its version is not given out again.
            assert_eq!(stored.version > version + 1, recovered, "after {cut} bytes");
            version = stored.version;
        }
    }
    let third = Bytes::from_static(b"another third");
    assert_eq!(driver.replace(&key(), version, third.clone(), 4000).await.unwrap(), Outcome::Done);
    let third = Stored::new(version + 1, 4000, third);
    assert_eq!(driver.read(&key()).await.unwrap(), Some(third));
}

#[tokio::test]
async fn a_torn_touch_costs_the_touch_only() {
    let (driver, _folder) = with_record(b"payload").await;
    assert_eq!(driver.touch(&key(), 1, 5000).await.unwrap(), Outcome::Done);
    let (offset, cell) = format::touch_cell(1, 9000);
    write_at(&driver, offset, &cell[..13]);
    for recovered in [true, false] {
        let stored = driver.read(&key()).await.unwrap().unwrap();
        let payload = Bytes::from_static(b"payload");
        let Stored { version, .. } = stored;
        assert_eq!(stored, Stored { version, deadline: 1000, payload, recovered });
    }
    let Stored { version, .. } = driver.read(&key()).await.unwrap().unwrap();
    assert_eq!(driver.touch(&key(), version, 6000).await.unwrap(), Outcome::Done);
    assert_eq!(driver.read(&key()).await.unwrap().unwrap().deadline, 6000);
}

/// What a creation that was cut short leaves: a whole file without its header, and an empty one.
async fn leftovers(driver: &FileDriver) -> [Vec<u8>; 2] {
    let large = Key::from_bytes([9; 32]);
    driver.create(&large, Bytes::from(vec![7; 10_000]), u64::MAX).await.unwrap();
    let mut file = fs::read(driver.store.path(&large)).unwrap();
    driver.destroy(&large).await.unwrap();
    file[..64].fill(0);
    [file, Vec::new()]
}

#[tokio::test]
async fn a_creation_that_was_cut_short_is_no_record_and_is_swept_an_hour_later() {
    let (driver, _folder) = with_record(b"payload").await;
    for leftover in leftovers(&driver).await {
        fs::write(path(&driver), leftover).unwrap();
        let written = UNIX_EPOCH + Duration::from_secs(100);
        fs::File::options().write(true).open(path(&driver)).unwrap().set_modified(written).unwrap();
        assert_eq!(driver.read(&key()).await.unwrap(), None);
        assert_eq!(driver.touch(&key(), 1, 1).await.unwrap(), Outcome::Gone);
        let late = driver.replace(&key(), 1, Bytes::new(), 1).await.unwrap();
        assert_eq!(late, Outcome::Gone);
        assert_eq!(sweep(&driver, 100 + 3599).await, 0);
        assert_eq!(names(&driver), [key().to_hex()], "somebody may be about to fill it");
        assert_eq!(sweep(&driver, 100 + 3600).await, 0, "it is not counted");
        assert!(names(&driver).is_empty());
    }
}

#[tokio::test]
async fn a_sweep_whose_clock_is_far_ahead_takes_no_file_that_is_being_made() {
    let (driver, _folder) = with_record(b"payload").await;
    fs::write(path(&driver), b"").unwrap();
    for now in [4_000_000_000, u64::MAX] {
        assert_eq!(sweep(&driver, now).await, 0);
        assert_eq!(names(&driver), [key().to_hex()]);
    }
}

#[tokio::test]
async fn a_create_leaves_one_that_was_cut_short_to_the_sweep() {
    let (driver, _folder) = with_record(b"payload").await;
    for leftover in leftovers(&driver).await {
        fs::write(path(&driver), &leftover).unwrap();
        let made = driver.create(&key(), Bytes::new(), 5).await;
        assert!(matches!(made, Err(DriverError::DuplicateId)), "{made:?}");
        assert_eq!(fs::read(path(&driver)).unwrap(), leftover);
    }
}

#[tokio::test]
async fn a_record_with_a_damaged_header_is_kept_aside() {
    let (driver, _folder) = with_record(b"payload").await;
    write_at(&driver, 3, b"!");
    let damaged = fs::read(path(&driver)).unwrap();
    let Err(DriverError::Corrupt(what)) = driver.read(&key()).await else { panic!("not corrupt") };
    let aside = path(&driver).with_extension("corrupt");
    assert!(what.contains(aside.to_str().unwrap()), "{what}");
    assert_eq!(fs::read(aside).unwrap(), damaged);
    assert_eq!(driver.read(&key()).await.unwrap(), None);
}

#[tokio::test]
async fn every_writer_sets_a_damaged_record_aside() {
    for call in 0..4 {
        let (driver, _folder) = with_record(b"payload").await;
        fs::write(path(&driver), b"not a session").unwrap();
        let new = Key::from_bytes([2; 32]);
        let payload = Bytes::new();
        let rotation = Rotation {
            old: &key(),
            version: 1,
            new: &new,
            payload,
            deadline: 1,
            left_behind: None,
        };
        let result = match call {
            0 => driver.touch(&key(), 1, 1).await,
            1 => driver.replace(&key(), 1, Bytes::new(), 1).await,
            2 => driver.rotate(rotation).await,
            _ => driver.read(&key()).await.map(|_| Outcome::Done),
        };
        assert!(matches!(result, Err(DriverError::Corrupt(_))), "call {call}: {result:?}");
        assert_eq!(names(&driver), [format!("{}.corrupt", key())]);
    }
}

#[tokio::test]
async fn damaged_records_of_one_key_are_numbered() {
    let (driver, _folder) = with_record(b"payload").await;
    for _ in 0..3 {
        fs::write(path(&driver), b"not a session").unwrap();
        assert!(driver.read(&key()).await.is_err());
    }
    let expected = ["corrupt", "corrupt.1", "corrupt.2"].map(|end| format!("{}.{end}", key()));
    assert_eq!(names(&driver), expected);
}

#[tokio::test]
async fn a_damaged_record_can_be_destroyed_and_keeps_no_other_from_sweep_and_list() {
    let (driver, _folder) = with_record(b"payload").await;
    let others: Vec<Key> = (2..30).map(|number| Key::from_bytes([number; 32])).collect();
    for other in &others {
        driver.create(other, Bytes::new(), 1000).await.unwrap();
    }
    fs::write(path(&driver), b"not a session").unwrap();
    driver.destroy(&key()).await.unwrap();
    assert_eq!(driver.read(&key()).await.unwrap(), None);
    fs::write(path(&driver), b"not a session").unwrap();
    let listed = driver.list(None, 100).await.unwrap().unwrap();
    assert_eq!(listed.records.len(), others.len());
    fs::write(path(&driver), b"not a session").unwrap();
    assert_eq!(sweep(&driver, 1000).await, others.len());
    assert_eq!(names(&driver).len(), 2, "both damaged files are kept");
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_file_is_neither_listed_nor_swept_whatever_its_name() {
    let (driver, _folder) = with_record(b"payload").await;
    let shard = path(&driver).parent().unwrap().to_owned();
    let named = |digit: &str| {
        let digits = shard.file_name().unwrap().to_str().unwrap();
        shard.join(format!("{digits}{}", digit.repeat(62)))
    };
    fs::create_dir(named("a")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", named("b")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(shard.join("s")).unwrap();
    fs::rename(shard.join("s"), named("c")).unwrap();

    let listed = driver.list(None, 10).await.unwrap().unwrap();
    assert_eq!(listed.records.iter().map(|listed| listed.key).collect::<Vec<_>>(), [key()]);
    assert_eq!(driver.sweep(5000, 10).await.unwrap(), Some(1));
    assert!(named("a").is_dir() && named("b").is_symlink() && named("c").exists());
}

#[tokio::test]
async fn what_was_replaced_rotated_or_ended_is_in_no_file() {
    for length in [100, 3_000, 100_000] {
        let secret = vec![b's'; length];
        let (driver, _folder) = with_record(&secret).await;
        let (old, new) = (key(), Key::from_bytes([2; 32]));
        let rotation = Rotation {
            old: &old,
            version: 1,
            new: &new,
            payload: Bytes::from(secret.clone()),
            deadline: 1000,
            left_behind: Some((Bytes::from_static(b"pointer"), 1000)),
        };
        assert_eq!(driver.rotate(rotation).await.unwrap(), Outcome::Done);
        let holds = |key: &Key| {
            let bytes = fs::read(driver.store.path(key)).unwrap();
            bytes.windows(20).any(|window| window == [b's'; 20])
        };
        assert!(!holds(&old) && holds(&new), "rotated, {length} bytes");
        let Stored { version, .. } = driver.read(&new).await.unwrap().unwrap();
        let ended = driver.replace(&new, version, Bytes::from_static(b"end"), 1000).await.unwrap();
        assert_eq!((ended, holds(&new)), (Outcome::Done, false), "ended, {length} bytes");
    }
}

#[tokio::test]
async fn a_file_that_was_large_once_shrinks_with_its_record() {
    let (driver, _folder) = with_record(&[1; 1 << 20]).await;
    let length = || fs::metadata(path(&driver)).unwrap().len();
    assert_eq!(length(), 4 << 20);
    let small = Bytes::from_static(b"small");
    assert_eq!(driver.replace(&key(), 1, small.clone(), 5).await.unwrap(), Outcome::Done);
    assert_eq!(length(), 4096);
    assert_eq!(driver.read(&key()).await.unwrap(), Some(Stored::new(2, 5, small)));
}

/// As a process leaves it that was killed between writing the new version and erasing the one before.
#[tokio::test]
async fn a_version_that_a_killed_writer_left_is_erased_by_the_next_reader_or_writer() {
    let secret = Bytes::from(vec![b's'; 3_800]);
    let holds =
        |path: &Path| fs::read(path).unwrap().windows(20).any(|window| window == [b's'; 20]);
    for reads in [true, false] {
        let (driver, _folder) = with_record(&secret).await;
        let before = fs::read(path(&driver)).unwrap();
        let next = Bytes::from(vec![b'n'; 3_800]);
        assert_eq!(driver.replace(&key(), 1, next.clone(), 5).await.unwrap(), Outcome::Done);
        let first_slot = format::SLOTS..format::SLOTS + format::SLOT_HEAD + 3_800;
        write_at(&driver, format::SLOTS, &before[first_slot]);
        assert!(holds(&path(&driver)));
        if reads {
            assert_eq!(driver.read(&key()).await.unwrap(), Some(Stored::new(2, 5, next)));
        } else {
            let pointer = Bytes::from_static(b"pointer");
            let new = Key::from_bytes([2; 32]);
            let rotation = Rotation {
                old: &key(),
                version: 2,
                new: &new,
                payload: Bytes::new(),
                deadline: 5,
                left_behind: Some((pointer.clone(), 9)),
            };
            assert_eq!(driver.rotate(rotation).await.unwrap(), Outcome::Done);
            let left = driver.read(&key()).await.unwrap().unwrap();
            assert_eq!((left.payload, left.recovered), (pointer, false));
        }
        assert!(!holds(&path(&driver)), "reads: {reads}");
    }
}
