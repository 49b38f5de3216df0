//! The synchronous core: what happens to the files.
//!
//! Writers hold an exclusive lock on the record's file, from the look at its version to the write. A file
//! that lost its name while a writer waited for the lock was removed, or replaced by one with larger slots:
//! the writer starts over. Readers take no lock, because a slot that is valid held the record at some moment of their
//! reading: it is erased before the write that replaced it is acknowledged. If what they find is not all valid, since
//! writers overtook them, they read again under the lock.
//!
//! Nothing is flushed to the disk: what was acknowledged survives the end of the process, by whatever
//! cause, and may be lost when the machine loses power.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use super::folders::Round;
use super::format::{Contents, FileRecord, Image, MAX_PAYLOAD};
use super::locked::{Locked, write_new};
use super::open_files::{OpenFile, OpenFiles};
use super::root::Root;
use super::system::{self, failed};
use crate::session::drivers::versions::Versions;
use crate::session::drivers::{DriverError, Outcome, Rotation, Stored};
use crate::session::record::Key;

/// The length of a file's name, with its folder's and their slashes.
const NAME: usize = "/00/".len() + 64;

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
    pub(super) root: Root,
    pub(super) open_files: OpenFiles,
    pub(super) versions: Versions,
    /// Where the next sweep goes on.
    pub(super) walk: Mutex<Round>,
}

impl Store {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self {
            root: Root::new(dir),
            open_files: OpenFiles::new(),
            versions: Versions::new(),
            walk: Mutex::default(),
        }
    }

    pub(super) fn path(&self, key: &Key) -> PathBuf {
        let digits = key.digits();
        let digits = std::str::from_utf8(&digits).expect("digits are text");
        let mut path = PathBuf::with_capacity(self.root.dir().as_os_str().len() + NAME);
        path.push(self.root.dir());
        path.push(&digits[..2]);
        path.push(digits);
        path
    }

    pub(crate) fn read(&self, key: &Key, wait: Wait) -> Result<Option<Stored>, Fault> {
        let Some(file) = self.open_current(key)? else {
            return Ok(None);
        };
        let seen = system::read(&file.file, seen);
        let seen = seen.map_err(|error| failed("read", &self.path(key), &error))?;
        self.open_files.keep(key, file);
        seen.map_or_else(|| self.read_locked(key, wait), Ok)
    }

    pub(super) fn read_locked(&self, key: &Key, wait: Wait) -> Result<Option<Stored>, Fault> {
        match self.lock(key, wait)? {
            Some(locked) => locked.stored().map_err(Fault::from),
            None => Ok(None),
        }
    }

    /// The file that has the record's name: one that is still open, or opened now.
    fn open_current(&self, key: &Key) -> Result<Option<OpenFile>, DriverError> {
        if let Some(mut file) = self.open_files.take(key) {
            let current = file.is_current(|| self.path(key));
            if current.map_err(|error| failed("look at", &self.path(key), &error))? {
                return Ok(Some(file));
            }
        }
        self.open(key, system::open_to_read)
    }

    /// Opens a record's file by its name; `None` where there is none, though the folder of all is in its place.
    pub(super) fn open<T>(
        &self,
        key: &Key,
        open: impl Fn(&Path) -> io::Result<Option<T>>,
    ) -> Result<Option<T>, DriverError> {
        let path = self.path(key);
        let open = || {
            self.with_room(|| open(&path)).map_err(|error| match system::is_link(&error) {
                true => DriverError::Corrupt(format!("`{}` is a symbolic link", path.display())),
                false => failed("open", &path, &error),
            })
        };
        match open()? {
            None => {
                self.root.check()?;
                // The folder may have come back between the two looks.
                open()
            }
            opened => Ok(opened),
        }
    }

    /// Opens something. Where the system gives no more files, those that nobody uses make room.
    pub(super) fn with_room<T>(&self, open: impl Fn() -> io::Result<T>) -> io::Result<T> {
        match open() {
            Err(error) if system::is_out_of_files(&error) && self.open_files.close_all() => open(),
            opened => opened,
        }
    }

    /// Makes the file, which nobody else can have made, and fills it.
    ///
    /// The lock keeps readers from taking a half-filled file for a damaged one. Whoever might hold the lock of a file
    /// without a record waits for nobody: so rotations, which hold another lock meanwhile, cannot wait for each other.
    pub(crate) fn create(
        &self,
        key: &Key,
        payload: &[u8],
        deadline: u64,
        wait: Wait,
    ) -> Result<(), Fault> {
        check_size(payload)?;
        let path = self.path(key);
        let file = self.make(&path)?;
        // Whether the file still has its name need not be asked: if somebody emptied the folder meanwhile, they might as well
        // have come a moment later.
        let filled = system::lock(&file, wait).and_then(|locked| {
            if locked {
                write_new(&file, self.versions.start(), deadline, payload)?;
            }
            Ok(locked)
        });
        if matches!(filled, Ok(true)) {
            return Ok(());
        }
        // Nobody has seen the record; what cannot be removed either is left to the sweep.
        let _ = system::remove(&path);
        Err(filled.map_or_else(|error| failed("create", &path, &error).into(), |_| Fault::Busy))
    }

    /// Makes an empty file, and its folder where that is missing.
    fn make(&self, path: &Path) -> Result<File, DriverError> {
        self.root.check_sometimes()?;
        let make = || self.with_room(|| system::read_write().create_new(true).open(path));
        let mut made = make();
        if made.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            self.root.make_shard(path.parent().unwrap_or(self.root.dir()))?;
            made = make();
        }
        made.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => DriverError::DuplicateId,
            _ => failed("create", path, &error),
        })
    }

    pub(crate) fn replace(
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
        locked.change(version, |locked, record| locked.overwrite(record, payload, deadline))
    }

    pub(crate) fn touch(
        &self,
        key: &Key,
        version: u64,
        deadline: u64,
        wait: Wait,
    ) -> Result<Outcome, Fault> {
        let Some(locked) = self.lock(key, wait)? else {
            return Ok(Outcome::Gone);
        };
        locked.change(version, |locked, record| locked.touch(record, deadline))
    }

    pub(crate) fn rotate(&self, rotation: &Rotation<'_>, wait: Wait) -> Result<Outcome, Fault> {
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
            locked.release();
            return Ok(Outcome::Conflict);
        }
        if !locked.is_in_place()? {
            return Ok(Outcome::Gone);
        }
        self.create(new, payload, *deadline, wait)?;
        let ended = match left_behind {
            Some((left, deadline)) => locked.overwrite(&record, left, *deadline),
            None => locked.remove().map(|()| Outcome::Done),
        };
        if !matches!(ended, Ok(Outcome::Done)) {
            // The old record stays, so the new one must not: nobody has learned of its key.
            system::remove(&self.path(new))?;
        }
        ended.map_err(Fault::from)
    }

    pub(crate) fn destroy(&self, key: &Key, wait: Wait) -> Result<(), Fault> {
        match self.lock(key, wait)? {
            Some(locked) => locked.remove().map_err(Fault::from),
            None => Ok(()),
        }
    }

    /// Locks a record's file; `None` where there is none.
    pub(super) fn lock(&self, key: &Key, wait: Wait) -> Result<Option<Locked<'_>>, Fault> {
        Locked::open(self, key, wait)
    }
}

/// A record as the manager gets it.
pub(super) fn stored(record: &FileRecord, contents: &Contents<'_>) -> Stored {
    Stored::new(record.version, record.deadline, contents.payload(record))
}

/// What a reader sees in a file without its lock. `None` where only the lock can tell: writers overtook the reader, or the
/// file is damaged.
pub(super) fn seen(image: Image, contents: &Contents<'_>) -> Option<Option<Stored>> {
    match image {
        Image::Absent => Some(None),
        Image::Record(record) if !record.is_unsure() => Some(Some(stored(&record, contents))),
        _ => None,
    }
}

fn check_size(payload: &[u8]) -> Result<(), DriverError> {
    let length = payload.len();
    if length <= MAX_PAYLOAD {
        return Ok(());
    }
    Err(DriverError::unavailable(format!("a payload of {length} bytes is too large for a file")))
}
