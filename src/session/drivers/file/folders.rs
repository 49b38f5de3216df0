//! What goes through all files: sweeping and listing.
//!
//! Only files with names of 64 hexadecimal digits, in the folder of their first two, are records; whatever else lies
//! there is left alone, except for the temporary files that a crash left behind.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::sync::PoisonError;
use std::time::{Duration, UNIX_EPOCH};

use super::format::{self, HEADS};
use super::store::{Fault, Store, Wait};
use super::system::{self, failed};
use crate::session::{DriverError, Key, Listed};

const FOLDERS: usize = 256;

/// How many files a sweep looks at for each one that it may remove.
const LOOKS: usize = 16;

/// A temporary file is in use for microseconds; one this old was left by a crash.
const LEFTOVER: Duration = Duration::from_secs(60 * 60);

/// Where a sweep stands on its way round the folders.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The folder that is read next; after the last comes the first.
    next: u8,
    /// What is left of the folder before.
    names: Vec<Name>,
}

#[derive(Clone, Copy, Debug)]
enum Name {
    Record(Key),
    Temporary(Key),
}

impl Store {
    pub(super) fn sweep(&self, now: u64, limit: usize) -> Result<usize, DriverError> {
        let mut removed = 0;
        let mut folders = FOLDERS;
        for _ in 0..limit.saturating_mul(LOOKS) {
            let Some(name) = self.next_name(&mut folders)? else {
                break;
            };
            let swept = match name {
                Name::Record(key) => self.sweep_record(&key, now),
                Name::Temporary(key) => self.sweep_temporary(&key, now),
            };
            match swept {
                Ok(true) => removed += 1,
                // What is locked is in use; the next round comes by again.
                Ok(false) | Err(Fault::Busy) => {}
                // One bad file must not keep the sweep from all others.
                Err(Fault::Driver(error)) => tracing::warn!(%error, "a session file was not swept"),
            }
            if removed == limit {
                break;
            }
        }
        Ok(removed)
    }

    /// Takes the next name; `None` once `folders` folders have been read.
    fn next_name(&self, folders: &mut usize) -> Result<Option<Name>, DriverError> {
        let mut walk = self.walk.lock().unwrap_or_else(PoisonError::into_inner);
        while walk.names.is_empty() {
            if *folders == 0 {
                return Ok(None);
            }
            *folders -= 1;
            let folder = walk.next;
            walk.next = folder.wrapping_add(1);
            walk.names = self.names(folder)?;
        }
        Ok(walk.names.pop())
    }

    fn sweep_record(&self, key: &Key, now: u64) -> Result<bool, Fault> {
        if self.likely_deadline(key)?.is_some_and(|deadline| deadline > now) {
            return Ok(false);
        }
        let Some(locked) = self.lock(key, Wait::Never)? else {
            return Ok(false);
        };
        match locked.current()? {
            Some(record) if record.deadline > now => Ok(false),
            Some(_) => locked.remove().map(|()| true).map_err(Fault::from),
            // An empty file that a crash left. Whoever is just creating it waits for this lock and starts over.
            None if locked.is_in_place() => locked.remove().map(|()| false).map_err(Fault::from),
            None => Ok(false),
        }
    }

    /// The deadline by the file's heads alone; `None` where the whole file has to be read.
    fn likely_deadline(&self, key: &Key) -> Result<Option<u64>, DriverError> {
        let path = self.path(key);
        let Some(file) = system::open(OpenOptions::new().read(true), &path)? else {
            return Ok(None);
        };
        let read = |buffer: &mut [u8], offset| {
            system::read_at(&file, buffer, offset).map_err(|error| failed("read", &path, &error))
        };
        let mut first = [0; HEADS];
        let length = read(&mut first, 0)?;
        let Some(capacity) = format::capacity(&first[..length]) else {
            return Ok(None);
        };
        let second = format::second_head(capacity);
        let mut other = [0; format::SLOT_HEAD];
        let other_length = read(&mut other, second)?;
        Ok(format::likely_deadline(&first[..length], &other[..other_length]))
    }

    /// Removes a temporary file that a crash left. It is no record, so it is not counted.
    fn sweep_temporary(&self, key: &Key, now: u64) -> Result<bool, Fault> {
        let path = self.path(key).with_extension("tmp");
        let Ok(metadata) = std::fs::metadata(&path) else {
            return Ok(false);
        };
        let made = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        if made.is_some_and(|made| made + LEFTOVER > Duration::from_secs(now)) {
            return Ok(false);
        }
        // Only who holds the record's lock writes its temporary file.
        let _locked = self.lock(key, Wait::Never)?;
        system::remove(&path)?;
        Ok(false)
    }

    pub(super) fn list(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Listed>, DriverError> {
        let mut listed = Vec::new();
        for folder in after.map_or(0, |after| after.as_bytes()[0])..=u8::MAX {
            let mut keys: Vec<Key> =
                self.names(folder)?.into_iter().filter_map(Name::record).collect();
            keys.retain(|key| after.is_none_or(|after| key > after));
            keys.sort_unstable();
            for key in keys {
                if listed.len() == limit {
                    return Ok(listed);
                }
                match self.read(&key, Wait::LONG).map_err(DriverError::from) {
                    Ok(stored) => listed.extend(stored.map(|stored| Listed { key, stored })),
                    Err(DriverError::Corrupt(what)) => {
                        tracing::warn!(%key, what, "a corrupt session is left out of the list");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(listed)
    }

    fn names(&self, folder: u8) -> Result<Vec<Name>, DriverError> {
        let path = self.dir.join(format!("{folder:02x}"));
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read the folder", &path, &error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| failed("read the folder", &path, &error))?;
            // A folder or a pipe is no record, whatever its name: the one cannot be read, opening the other waits.
            if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                names.extend(entry.file_name().to_str().and_then(|name| Name::parse(name, folder)));
            }
        }
        Ok(names)
    }
}

impl Name {
    fn parse(name: &str, folder: u8) -> Option<Self> {
        let (digits, make): (_, fn(Key) -> Self) = match name.strip_suffix(".tmp") {
            Some(digits) => (digits, Self::Temporary),
            None => (name, Self::Record),
        };
        let key: Key = digits.parse().ok()?;
        (key.as_bytes()[0] == folder).then(|| make(key))
    }

    fn record(self) -> Option<Key> {
        match self {
            Self::Record(key) => Some(key),
            Self::Temporary(_) => None,
        }
    }
}
