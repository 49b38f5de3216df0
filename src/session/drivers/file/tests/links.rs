//! Links that somebody has put into the folder: none is followed.

use std::os::unix::fs::symlink;

use super::*;

const SECRET: &str = "somebody else's file";

/// A file that is not the driver's, beside its folder.
fn victim() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let victim = folder.path().join("victim");
    fs::write(&victim, SECRET).unwrap();
    (folder, victim)
}

#[tokio::test]
async fn a_record_that_outgrows_its_file_does_not_write_through_a_link() {
    let (_folder, victim) = victim();
    let (driver, _sessions) = with_record(b"small").await;
    let temporary = path(&driver).with_extension("tmp");
    symlink(&victim, &temporary).unwrap();
    let large = Bytes::from(vec![b'x'; 100_000]);
    let replaced = driver.replace(&key(), 1, large.clone(), 1000).await.unwrap();
    assert_eq!(replaced, Outcome::Done);
    assert_eq!(fs::read_to_string(&victim).unwrap(), SECRET);
    assert!(fs::symlink_metadata(&temporary).is_err(), "the link is gone");
    assert_eq!(driver.read(&key()).await.unwrap().unwrap().payload, large);
}

#[tokio::test]
async fn a_link_in_the_place_of_a_record_is_damage_and_nothing_behind_it_is_read_or_written() {
    let (_folder, victim) = victim();
    let (driver, _sessions) = with_record(b"mine").await;
    // A good record of another session, as a copy elsewhere.
    fs::copy(path(&driver), &victim).unwrap();
    let copy = fs::read(&victim).unwrap();
    fs::remove_file(path(&driver)).unwrap();
    symlink(&victim, path(&driver)).unwrap();
    // Another process has no file open.
    let driver = FileDriver::new(driver.store.root.dir());
    let corrupt = |error| matches!(error, DriverError::Corrupt(what) if what.contains("link"));
    assert!(corrupt(driver.read(&key()).await.unwrap_err()));
    assert!(corrupt(driver.replace(&key(), 1, "new".into(), 1000).await.unwrap_err()));
    assert!(corrupt(driver.touch(&key(), 1, 2000).await.unwrap_err()));
    assert!(corrupt(driver.destroy(&key()).await.unwrap_err()));
    assert_eq!(sweep(&driver, 5000).await, 0);
    assert_eq!(fs::read(&victim).unwrap(), copy);
}

#[tokio::test]
async fn a_link_in_the_place_of_an_entry_or_of_the_probe_is_not_followed() {
    let (_folder, victim) = victim();
    let (driver, sessions) = with_record(b"mine").await;
    let probe = sessions.path().join(format!(".probe-{}", std::process::id()));
    symlink(&victim, probe).unwrap();
    driver.prepare().unwrap();
    let tag = Tag::from_bytes([7; 16]);
    driver.tag(&tag, &key(), 10).await.unwrap();
    let digits = tag.to_string();
    let entries = sessions.path().join("tags").join(&digits[..2]).join(&digits);
    let missing = _folder.path().join("missing");
    symlink(&missing, entries.join(format!("{}.20", key()))).unwrap();
    assert!(driver.tag(&tag, &key(), 20).await.is_err());
    assert!(!missing.exists(), "nothing was made behind the link");
    assert_eq!(fs::read_to_string(&victim).unwrap(), SECRET);
}
