//! The synchronous core: what happens to the files.
//!
//! Writers hold an exclusive lock on the record's file, from the look at its version to the write. A file
//! that lost its name while a writer waited for the lock was removed, or replaced by one with larger slots:
//! the writer starts over. Readers take no lock, because a write never touches the slot that holds the
//! record; only if they find no valid slot, because writers overtook them, they read again under the lock.
//!
//! Nothing is flushed to the disk: what was acknowledged survives the end of the process, by whatever
//! cause, and may be lost when the machine loses power.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;

use super::folders::Walk;
use super::format::{Image, MAX_PAYLOAD, PAGE, Record};
use super::locked::{Locked, read_image, write_new};
use super::system::{self, failed};
use crate::session::{DriverError, Key, Outcome, Rotation, Stored};

/// How often a creation starts over when its file vanishes meanwhile.
const TRIES: usize = 16;

/// Whether a call may wait for a lock that another thread or process holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wait {
    /// On an async thread: give up and let the caller go to the blocking pool.
    Never,
    /// In the blocking pool: as long as this.
    UpTo(Duration),
}

impl Wait {
    /// A lock is held for microseconds. Who holds one this long has been stopped, or its disk has.
    pub(super) const LONG: Self = Self::UpTo(Duration::from_secs(5));
}

/// Why a call stopped.
#[derive(Debug)]
pub(super) enum Fault {
    /// The lock is taken and the call was not to wait. Nothing was changed.
    Busy,
    Driver(DriverError),
}

impl From<DriverError> for Fault {
    fn from(error: DriverError) -> Self {
        Self::Driver(error)
    }
}

/// The files of one folder.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) dir: PathBuf,
    /// Where the next sweep goes on.
    pub(super) walk: Mutex<Walk>,
}

impl Store {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir, walk: Mutex::default() }
    }

    pub(super) fn path(&self, key: &Key) -> PathBuf {
        let name = key.to_hex();
        self.dir.join(&name[..2]).join(name)
    }

    pub(super) fn read(&self, key: &Key, wait: Wait) -> Result<Option<Stored>, Fault> {
        let path = self.path(key);
        let Some(file) = system::open(OpenOptions::new().read(true), &path)? else {
            return Ok(None);
        };
        let mut page = [0; PAGE];
        match read_image(&file, &path, &mut page)? {
            (Image::Absent, _) => Ok(None),
            (Image::Record(record), rest) if !record.torn_touch => {
                Ok(Some(stored(&record, rest.as_deref().unwrap_or(&page[..]))))
            }
            // Writers overtook this reader, or the file is damaged: only the lock can tell.
            _ => self.read_locked(key, wait),
        }
    }

    fn read_locked(&self, key: &Key, wait: Wait) -> Result<Option<Stored>, Fault> {
        let Some(locked) = self.lock(key, wait)? else {
            return Ok(None);
        };
        let Some(record) = locked.current()? else {
            return Ok(None);
        };
        let payload = locked.payload(&record)?;
        Ok(Some(Stored { version: record.version, deadline: record.deadline, payload }))
    }

    pub(super) fn create(
        &self,
        key: &Key,
        payload: &[u8],
        deadline: u64,
        wait: Wait,
    ) -> Result<(), Fault> {
        check_size(payload)?;
        let path = self.path(key);
        for _ in 0..TRIES {
            let Some(file) = self.open_unused(&path, wait)? else {
                continue;
            };
            let mut page = [0; PAGE];
            if read_image(&file, &path, &mut page)?.0 != Image::Absent {
                return Err(DriverError::DuplicateId.into());
            }
            return write_new(&file, 1, deadline, payload).map_err(|error| {
                // Nobody has seen the record; what cannot be removed either is left to the sweep.
                let _ = system::remove(&path);
                failed("write", &path, &error).into()
            });
        }
        let unsettled = std::io::Error::other("it appears and vanishes");
        Err(failed("create", &path, &unsettled).into())
    }

    /// Opens and locks the file of a record that is to be created; `None` says to try again.
    ///
    /// Waits only for the lock of a file that it made itself, whose other possible holders wait for nobody:
    /// so rotations, which hold another lock meanwhile, cannot wait for each other.
    fn open_unused(&self, path: &Path, wait: Wait) -> Result<Option<File>, Fault> {
        let file = match system::read_write().create_new(true).open(path) {
            Ok(file) => {
                system::lock(&file, path, wait)?;
                file
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let folder = path.parent().unwrap_or(&self.dir);
                system::make_folder(folder)
                    .map_err(|error| failed("make the folder", folder, &error))?;
                return Ok(None);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let Some(file) = system::open(&system::read_write(), path)? else {
                    return Ok(None);
                };
                match system::lock(&file, path, Wait::Never) {
                    // Whoever holds the lock has a record there or is about to.
                    Err(Fault::Busy) => return Err(DriverError::DuplicateId.into()),
                    locked => locked?,
                }
                file
            }
            Err(error) => return Err(failed("create", path, &error).into()),
        };
        // A sweep may have taken the empty file for a leftover before it was locked.
        Ok(system::has_name(&file, path)?.then_some(file))
    }

    pub(super) fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: &[u8],
        deadline: u64,
        wait: Wait,
    ) -> Result<Outcome, Fault> {
        check_size(payload)?;
        let Some(locked) = self.lock(key, wait)? else {
            return Ok(Outcome::Gone);
        };
        match locked.current()? {
            None => Ok(Outcome::Gone),
            Some(record) if record.version != version => Ok(Outcome::Conflict),
            Some(record) => {
                locked.overwrite(&record, payload, deadline)?;
                Ok(Outcome::Done)
            }
        }
    }

    pub(super) fn touch(
        &self,
        key: &Key,
        version: u64,
        deadline: u64,
        wait: Wait,
    ) -> Result<Outcome, Fault> {
        let Some(locked) = self.lock(key, wait)? else {
            return Ok(Outcome::Gone);
        };
        match locked.current()? {
            None => Ok(Outcome::Gone),
            Some(record) if record.version != version => Ok(Outcome::Conflict),
            Some(record) => {
                locked.touch(&record, deadline)?;
                Ok(Outcome::Done)
            }
        }
    }

    pub(super) fn rotate(&self, rotation: &Rotation<'_>, wait: Wait) -> Result<Outcome, Fault> {
        let Rotation { old, version, new, payload, deadline, left_behind } = rotation;
        if let Some((left, _)) = left_behind {
            check_size(left)?;
        }
        let Some(locked) = self.lock(old, wait)? else {
            return Ok(Outcome::Gone);
        };
        let Some(record) = locked.current()? else {
            return Ok(Outcome::Gone);
        };
        if record.version != *version {
            return Ok(Outcome::Conflict);
        }
        self.create(new, payload, *deadline, wait)?;
        let ended = match left_behind {
            Some((left, deadline)) => locked.overwrite(&record, left, *deadline),
            None => locked.remove(),
        };
        if ended.is_err() {
            // The old record stays, so the new one must not: nobody has learned of its key.
            system::remove(&self.path(new))?;
        }
        ended.map(|()| Outcome::Done).map_err(Fault::from)
    }

    pub(super) fn destroy(&self, key: &Key, wait: Wait) -> Result<(), Fault> {
        match self.lock(key, wait)? {
            Some(locked) => locked.remove().map_err(Fault::from),
            None => Ok(()),
        }
    }

    /// Locks a record's file; `None` where there is none.
    pub(super) fn lock(&self, key: &Key, wait: Wait) -> Result<Option<Locked>, Fault> {
        Locked::open(self.path(key), wait)
    }
}

fn stored(record: &Record, bytes: &[u8]) -> Stored {
    let payload = Bytes::copy_from_slice(&bytes[record.payload.clone()]);
    Stored { version: record.version, deadline: record.deadline, payload }
}

fn check_size(payload: &[u8]) -> Result<(), DriverError> {
    let length = payload.len();
    if length <= MAX_PAYLOAD {
        return Ok(());
    }
    Err(DriverError::unavailable(format!("a payload of {length} bytes is too large for a file")))
}
