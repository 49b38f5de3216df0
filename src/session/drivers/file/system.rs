//! The few calls to the operating system that the store is made of, with errors that name what failed.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::store::{Fault, Wait};
use crate::session::DriverError;

/// Wraps an error with the operation and the path that it belongs to.
pub(super) fn failed(doing: &str, path: &Path, error: &io::Error) -> DriverError {
    DriverError::unavailable(named(doing, path, error))
}

pub(super) fn named(doing: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {doing} `{}`: {error}", path.display()))
}

/// Makes a folder, and those above it, for the owner alone.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Options for a file that is read.
pub(super) fn read_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

/// Options for a file that is read and written; if it is made, for the owner alone.
pub(super) fn read_write() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Opens a file; `None` where there is none.
pub(super) fn open(mut options: OpenOptions, path: &Path) -> Result<Option<File>, DriverError> {
    match open_unnoticed(&mut options, path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("open", path, &error)),
    }
}

/// Opens a file so that reading it does not write the time of that into it, which would cost as much as the reading.
#[cfg(target_os = "linux")]
fn open_unnoticed(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    match options.custom_flags(libc::O_NOATIME).open(path) {
        // Only the owner may ask for it.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            options.custom_flags(0).open(path)
        }
        opened => opened,
    }
}

#[cfg(not(target_os = "linux"))]
fn open_unnoticed(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.open(path)
}

/// Removes a file; one that is not there is as good.
pub(super) fn remove(path: &Path) -> Result<(), DriverError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}

/// Locks a file for this handle alone; closing the handle unlocks it.
///
/// Waiting asks again and again: the system's own waiting has no end, and a stopped process would keep a thread
/// of the pool for every call.
pub(super) fn lock(file: &File, path: &Path, wait: Wait) -> Result<(), Fault> {
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_micros(20);
    loop {
        match (file.try_lock(), wait) {
            (Ok(()), _) => return Ok(()),
            (Err(TryLockError::WouldBlock), Wait::Never) => return Err(Fault::Busy),
            (Err(TryLockError::WouldBlock), Wait::UpTo(limit)) if waited < limit => {
                std::thread::sleep(pause);
                waited += pause;
                pause = (pause * 2).min(Duration::from_millis(2));
            }
            (Err(TryLockError::WouldBlock), Wait::UpTo(limit)) => {
                let held = format!("something else has held its lock for {limit:?}");
                let error = io::Error::new(ErrorKind::TimedOut, held);
                return Err(failed("lock", path, &error).into());
            }
            (Err(TryLockError::Error(error)), _) if error.kind() == ErrorKind::Interrupted => {}
            (Err(TryLockError::Error(error)), _) => return Err(failed("lock", path, &error).into()),
        }
    }
}

/// Whether the file still has a name, that is, was neither removed nor replaced by a rename.
pub(super) fn has_name(file: &File, path: &Path) -> Result<bool, DriverError> {
    let metadata = file.metadata().map_err(|error| failed("look at", path, &error))?;
    #[cfg(unix)]
    return Ok(match std::os::unix::fs::MetadataExt::nlink(&metadata) {
        0 => false,
        1 => true,
        // Somebody made a hard link, for a backup: the name that is left may be theirs.
        _ => is_at(file, path),
    });
    #[cfg(not(unix))]
    return Ok(metadata.is_file());
}

/// Whether `path` leads to this very file.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
        let (here, there) = (file.metadata().map(identity), std::fs::metadata(path).map(identity));
        matches!((here, there), (Ok(here), Ok(there)) if here == there)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

/// Writes all of `bytes` at `offset`: one call unless the disk is full or the system interrupts it.
#[cfg(unix)]
pub(super) fn write_at(file: &File, bytes: &[u8], offset: usize) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset as u64)
}

// Elsewhere the position has to be set first, which nobody sees: every call has a handle of its own, and reads first.

#[cfg(not(unix))]
pub(super) fn write_at(mut file: &File, bytes: &[u8], offset: usize) -> io::Result<()> {
    use std::io::{Seek, Write};
    file.seek(io::SeekFrom::Start(offset as u64))?;
    file.write_all(bytes)
}
