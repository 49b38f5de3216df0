//! What the contract suite does not ask: crashes, damage, permissions, foreign files, operators.

mod damage;
mod disk;
#[cfg(unix)]
mod links;
mod open;
mod operator;
mod root;
mod twins;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::session::drivers::versions::Versions;

crate::session_driver_contract!(inline, || async {
    let folder = tempfile::tempdir().unwrap();
    (FileDriver::new(folder.path()), folder)
});

crate::session_driver_contract!(in_the_pool, || async {
    let folder = tempfile::tempdir().unwrap();
    (FileDriver::pooled(folder.path()), folder)
});

crate::session_driver_contract!(two_drivers_on_one_folder, || async {
    let folder = tempfile::tempdir().unwrap();
    (twins::Twins::new(folder.path()), folder)
});

/// A driver on a folder of its own, with one record of `payload` under [`KEY`].
async fn with_record(payload: &[u8]) -> (FileDriver, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let driver = from_one(FileDriver::new(folder.path()));
    driver.create(&key(), Bytes::copy_from_slice(payload), 1000).await.unwrap();
    (driver, folder)
}

/// The driver with version 1 for the record that it makes first.
fn from_one(driver: FileDriver) -> FileDriver {
    let store =
        Store { versions: Versions::from_one(), ..Store::new(driver.store.root.dir().into()) };
    FileDriver { store: Arc::new(store), ..driver }
}

fn key() -> Key {
    let mut bytes = [0xAB; 32];
    bytes[0] = 1;
    Key::from_bytes(bytes)
}

fn path(driver: &FileDriver) -> PathBuf {
    driver.store.path(&key())
}

/// Sweeps until two calls in a row have found nothing, so that the walk has certainly gone round.
async fn sweep(driver: &FileDriver, now: u64) -> usize {
    let (mut removed, mut misses) = (0, 0);
    while misses < 2 {
        let count = driver.sweep(now, 1000).await.unwrap().unwrap();
        removed += count;
        misses = if count > 0 { 0 } else { misses + 1 };
    }
    removed
}

/// The names of all files below the folder.
fn names(driver: &FileDriver) -> Vec<String> {
    let mut names = Vec::new();
    for folder in fs::read_dir(driver.store.root.dir()).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            names.push(file.unwrap().file_name().into_string().unwrap());
        }
    }
    names.sort();
    names
}
