//! What goes through all files: sweeping and listing.
//!
//! Only files with names of 64 hexadecimal digits, in the folder of their first two, are records; whatever else lies
//! there is left alone, except for the temporary files that a crash left behind.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::format::{Contents, Image};
use super::store::{Fault, Store, Wait, seen};
use super::system::{self, failed};
use crate::session::drivers::{BATCH_BYTES, Batch, Cursor, DriverError, Listed, Stored};
use crate::session::record::{Key, Tag};
use crate::support::lock::lock;

const FOLDERS: usize = 256;

/// How many files a sweep looks at for each one that it may remove.
const LOOKS: usize = 16;

/// A sweep that has removed some files ends after this, so that its caller can let requests pass.
const SLICE: Duration = Duration::from_millis(1);

/// So many. A sweep that may remove no more ends early only where fewer than one in [`LOOKS`] has expired, however slow the
/// disk is: by this the sweeper sees whether it falls behind.
const SOME: usize = 16;

/// A file is made and filled, or written aside and renamed, within microseconds; one that stayed so was left by a crash.
const LEFTOVER: Duration = Duration::from_secs(60 * 60);

/// Where a sweep stands on its way round the folders.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// The folder that is read next; after the last comes the first.
    next: u8,
    /// What is left of the folder before.
    names: Vec<FileName>,
}

#[derive(Clone, Copy, Debug)]
enum FileName {
    Record(Key),
    Temporary(Key),
    Tag(Tag),
}

impl Store {
    pub(crate) fn sweep(&self, now: u64, limit: usize) -> Result<usize, DriverError> {
        let started = Instant::now();
        // Not once in a round, which takes hours where there are millions of sessions.
        self.open_files.close_idle();
        let mut removed = 0;
        let mut folders = FOLDERS;
        for _ in 0..limit.saturating_mul(LOOKS) {
            let Some(name) = self.next_name(&mut folders)? else {
                break;
            };
            // Whoever answers requests on this processor does not wait for more than one file.
            std::thread::yield_now();
            let swept = match name {
                FileName::Record(key) => self.sweep_record(&key, now),
                FileName::Temporary(key) => self.sweep_temporary(&key, now),
                FileName::Tag(tag) => {
                    self.sweep_tag(&tag, now).map(|()| false).map_err(Fault::from)
                }
            };
            match swept {
                Ok(true) => removed += 1,
                // What is locked is in use; the next round comes by again.
                Ok(false) | Err(Fault::Busy) => {}
                // One bad file must not keep the sweep from all others.
                Err(Fault::Driver(error)) => {
                    self.root.check()?;
                    tracing::warn!(%error, "a session file was not swept");
                }
            }
            if removed == limit || (removed >= SOME && started.elapsed() > SLICE) {
                break;
            }
        }
        Ok(removed)
    }

    /// Takes the next name; `None` once `folders` folders have been read.
    fn next_name(&self, folders: &mut usize) -> Result<Option<FileName>, DriverError> {
        let mut walk = lock(&self.walk);
        while walk.names.is_empty() {
            if *folders == 0 {
                return Ok(None);
            }
            *folders -= 1;
            let folder = walk.next;
            walk.next = folder.wrapping_add(1);
            walk.names = self.names(folder)?;
            walk.names.extend(self.tags(folder)?.into_iter().map(FileName::Tag));
        }
        Ok(walk.names.pop())
    }

    fn sweep_record(&self, key: &Key, now: u64) -> Result<bool, Fault> {
        match self.peek(key, |image, _| image)? {
            Some(Image::Record(record)) if record.deadline > now => return Ok(false),
            // Somebody is about to fill it, or a crash left it.
            Some(Image::Absent) if !is_leftover(&self.path(key), now) => return Ok(false),
            _ => {}
        }
        let Some(locked) = self.lock(key, Wait::Never)? else {
            return Ok(false);
        };
        match locked.current()? {
            Some(record) if record.deadline > now => Ok(false),
            Some(_) => locked.remove().map(|()| true).map_err(Fault::from),
            None if locked.is_in_place()? => locked.remove().map(|()| false).map_err(Fault::from),
            None => Ok(false),
        }
    }

    /// Looks at a file without its lock, and without keeping it open: whoever looks at all files leaves the room to those
    /// that visitors use.
    fn peek<T>(
        &self,
        key: &Key,
        show: impl FnOnce(Image, &Contents<'_>) -> T,
    ) -> Result<Option<T>, DriverError> {
        let Some(file) = self.open(key, system::open_to_peek)? else {
            return Ok(None);
        };
        let shown = system::read(&file, show);
        shown.map(Some).map_err(|error| failed("read", &self.path(key), &error))
    }

    /// Removes a temporary file that a crash left. It is no record, so it is not counted.
    fn sweep_temporary(&self, key: &Key, now: u64) -> Result<bool, Fault> {
        let path = self.path(key).with_extension("tmp");
        if is_leftover(&path, now) {
            // Only who holds the record's lock writes its temporary file.
            let _locked = self.lock(key, Wait::Never)?;
            system::remove(&path)?;
        }
        Ok(false)
    }

    /// Records in the order of their keys; the cursor is the last of them.
    pub(crate) fn list(&self, from: Option<&Cursor>, limit: usize) -> Result<Batch, DriverError> {
        let after = from.map(Cursor::key).transpose()?;
        let (mut records, mut bytes) = (Vec::new(), 0);
        for folder in after.map_or(0, |after| after.shard())..=u8::MAX {
            let mut keys: Vec<Key> =
                self.names(folder)?.into_iter().filter_map(FileName::record).collect();
            keys.retain(|key| after.is_none_or(|after| *key > after));
            keys.sort_unstable();
            for key in keys {
                match self.read_for_list(&key).map_err(DriverError::from) {
                    Ok(None) => continue,
                    Ok(Some(stored)) => {
                        bytes += stored.payload.len();
                        records.push(Listed { key, stored });
                    }
                    Err(DriverError::Corrupt(what)) => {
                        tracing::warn!(%key, what, "a corrupt session is left out of the list");
                    }
                    Err(error) => return Err(error),
                }
                if records.len() >= limit || bytes >= BATCH_BYTES {
                    return Ok(Batch { records, next: Some(Cursor::after(&key)) });
                }
            }
        }
        Ok(Batch { records, next: None })
    }

    fn read_for_list(&self, key: &Key) -> Result<Option<Stored>, Fault> {
        match self.peek(key, seen)? {
            None => Ok(None),
            Some(Some(stored)) => Ok(stored),
            Some(None) => self.read_locked(key, Wait::LONG),
        }
    }

    fn names(&self, folder: u8) -> Result<Vec<FileName>, DriverError> {
        let path = self.root.dir().join(format!("{folder:02x}"));
        let entries = self.with_room(|| std::fs::read_dir(&path));
        // Whether or not there is such a folder: one below a volume that was unmounted is not ours.
        self.root.check()?;
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read the folder", &path, &error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| failed("read the folder", &path, &error))?;
            // A folder or a pipe is no record, whatever its name: the one cannot be read, opening the other waits.
            if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                names.extend(
                    entry.file_name().to_str().and_then(|name| FileName::parse(name, folder)),
                );
            }
        }
        Ok(names)
    }
}

/// Whether nobody has written to a file for so long that a crash must have left it.
fn is_leftover(path: &Path, now: u64) -> bool {
    let written = std::fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
    // A caller whose clock is far ahead must not take what is made just now for a leftover.
    let asked = UNIX_EPOCH.checked_add(Duration::from_secs(now));
    let now = asked.map_or_else(SystemTime::now, |asked| asked.min(SystemTime::now()));
    let age = written.ok().and_then(|written| now.duration_since(written).ok());
    age.is_some_and(|age| age >= LEFTOVER)
}

impl FileName {
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
            Self::Temporary(_) | Self::Tag(_) => None,
        }
    }
}
