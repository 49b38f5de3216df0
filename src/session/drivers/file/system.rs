//! The few calls to the operating system that the store is made of, with errors that name what failed.

use std::cell::RefCell;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;

use super::format::{self, BLOCK, Contents, Image, SLOT_HEAD, SLOTS};
use super::open_files::OpenFile;
use super::store::Wait;
use crate::session::drivers::DriverError;

/// Wraps an error with the operation and the path that it belongs to.
pub(super) fn failed(doing: &str, path: &Path, error: &io::Error) -> DriverError {
    DriverError::unavailable(named(doing, path, error))
}

pub(super) fn named(doing: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {doing} `{}`: {error}", path.display()))
}

/// Makes a folder, and those above it, for the owner alone.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    private_folder().recursive(true).create(path)
}

/// Makes a folder in one that is there, for the owner alone.
pub(super) fn make_one_folder(path: &Path) -> io::Result<()> {
    private_folder().create(path)
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Options for a file that is read and written; if it is made, for the owner alone. A link is not followed: it would lead out
/// of the folder.
pub(super) fn read_write() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    options
}

/// Makes a file in the place of one that a crash left there, or of a link that somebody has put there.
pub(super) fn make_anew(path: &Path) -> io::Result<File> {
    let make = || read_write().create_new(true).open(path);
    match make() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            std::fs::remove_file(path)?;
            make()
        }
        made => made,
    }
}

/// Opens a session's file to read and write it; `None` where there is none.
pub(super) fn open_to_write(path: &Path) -> io::Result<Option<OpenFile>> {
    let file = found(open_unnoticed(&mut read_write(), path))?;
    Ok(file.map(OpenFile::new))
}

/// Opens a session's file to read it, and to write it where the next call might; `None` where there is none.
pub(super) fn open_to_read(path: &Path) -> io::Result<Option<OpenFile>> {
    match open_to_write(path) {
        Err(error) if is_protected(&error) => Ok(open_to_peek(path)?.map(OpenFile::read_only)),
        opened => opened,
    }
}

/// Opens a session's file for a look; `None` where there is none.
pub(super) fn open_to_peek(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    found(open_unnoticed(options.read(true), path))
}

fn is_protected(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

/// Whether this process, or the whole system, has as many files open as it may.
#[cfg(unix)]
pub(super) fn is_out_of_files(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// Whether a file was not opened because its name is a link.
#[cfg(unix)]
pub(super) fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

#[cfg(not(unix))]
pub(super) fn is_link(_: &io::Error) -> bool {
    false
}

// Elsewhere none are kept, so none can make room.

#[cfg(not(unix))]
pub(super) fn is_out_of_files(_: &io::Error) -> bool {
    false
}

fn found(opened: io::Result<File>) -> io::Result<Option<File>> {
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file so that reading it does not write the time of that into it, which would cost as much as the reading.
#[cfg(target_os = "linux")]
fn open_unnoticed(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    match options.custom_flags(libc::O_NOATIME | libc::O_NOFOLLOW).open(path) {
        // Only the owner may ask for it.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            options.custom_flags(libc::O_NOFOLLOW).open(path)
        }
        opened => opened,
    }
}

#[cfg(not(target_os = "linux"))]
fn open_unnoticed(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NOFOLLOW);
    options.open(path)
}

/// Removes a file; whether there was one.
pub(super) fn remove(path: &Path) -> Result<bool, DriverError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("remove", path, &error)),
    }
}

/// Locks a file for this handle alone, until it is unlocked or closed; `false` where that would need waiting that is not
/// allowed.
///
/// Waiting asks again and again: the system's own waiting has no end, and a stopped process would keep a thread
/// of the pool for every call.
pub(super) fn lock(file: &File, wait: Wait) -> io::Result<bool> {
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_micros(20);
    loop {
        match (file.try_lock(), wait) {
            (Ok(()), _) => return Ok(true),
            (Err(TryLockError::WouldBlock), Wait::Never) => return Ok(false),
            (Err(TryLockError::WouldBlock), Wait::UpTo(limit)) if waited < limit => {
                std::thread::sleep(pause);
                waited += pause;
                pause = (pause * 2).min(Duration::from_millis(2));
            }
            (Err(TryLockError::WouldBlock), Wait::UpTo(limit)) => {
                let held = format!("something else has held its lock for {limit:?}");
                return Err(io::Error::new(ErrorKind::TimedOut, held));
            }
            (Err(TryLockError::Error(error)), _) if error.kind() == ErrorKind::Interrupted => {}
            (Err(TryLockError::Error(error)), _) => return Err(error),
        }
    }
}

thread_local! {
    /// What a file is read into: nearly all fit, and a block that is cleared for each costs as much as all that is done to it.
    static READ: RefCell<[u8; BLOCK]> = const { RefCell::new([0; BLOCK]) };

    /// What both slots of a file are written from. All zeros between two calls: only what was used is cleared.
    static SLOTS_OF_A_BLOCK: RefCell<[u8; BLOCK - SLOTS]> = const { RefCell::new([0; BLOCK - SLOTS]) };
}

/// Writes both slots of a file of one block: what `fill` writes from `offset` on, as far as it returns, and zeros.
pub(super) fn write_alone(
    file: &File,
    offset: usize,
    fill: impl FnOnce(&mut [u8]) -> usize,
) -> io::Result<()> {
    SLOTS_OF_A_BLOCK.with_borrow_mut(|slots| {
        let length = fill(&mut slots[offset..]);
        let written = write_at(file, slots, SLOTS);
        slots[offset..offset + length].fill(0);
        written
    })
}

/// Reads a file as far as its record needs it, and shows what was found.
pub(crate) fn read<T>(file: &File, show: impl FnOnce(Image, &Contents<'_>) -> T) -> io::Result<T> {
    READ.with_borrow_mut(|block| {
        let length = read_at(file, block, 0)?;
        let begin = &block[..length];
        let (image, contents) = match format::large_slots(begin) {
            Some(offsets) => read_parts(file, begin, offsets)?,
            None => {
                let contents = Contents::Whole(begin);
                (format::decode(&contents), contents)
            }
        };
        Ok(show(image, &contents))
    })
}

/// Reads the slot that is likely to be the record, and the head of the other one. If the first is not valid, all of both.
fn read_parts<'b>(
    file: &File,
    begin: &'b [u8],
    offsets: [usize; 2],
) -> io::Result<(Image, Contents<'b>)> {
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let part = |number: usize, length: usize| {
        // A damaged head may claim any length.
        let mut part = vec![0; length.min(size.saturating_sub(offsets[number]))];
        let length = read_at(file, &mut part, offsets[number])?;
        part.truncate(length);
        io::Result::Ok(Bytes::from(part))
    };
    let mut slots = [part(0, SLOT_HEAD)?, part(1, SLOT_HEAD)?];
    let likely = format::likely_slot([&slots[0], &slots[1]]);
    slots[likely] = part(likely, format::slot_len(&slots[likely]))?;
    let contents = Contents::Parts(begin, slots.clone());
    if let image @ Image::Record(_) = format::decode(&contents) {
        return Ok((image, contents));
    }
    slots[1 - likely] = part(1 - likely, format::slot_len(&slots[1 - likely]))?;
    let contents = Contents::Parts(begin, slots);
    Ok((format::decode(&contents), contents))
}

/// Reads from `offset` until the buffer is full or the file ends, and tells how many bytes these were.
fn read_at(file: &File, buffer: &mut [u8], offset: usize) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match read_once_at(file, &mut buffer[length..], offset + length) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(unix)]
fn read_once_at(file: &File, buffer: &mut [u8], offset: usize) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset as u64)
}

/// Writes all of `bytes` at `offset`: one call unless the disk is full or the system interrupts it.
#[cfg(unix)]
pub(super) fn write_at(file: &File, bytes: &[u8], offset: usize) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset as u64)
}

// Elsewhere the position has to be set first, which nobody sees: a handle is in the hands of one call at a time.

#[cfg(not(unix))]
fn read_once_at(mut file: &File, buffer: &mut [u8], offset: usize) -> io::Result<usize> {
    use std::io::{Read, Seek};
    file.seek(io::SeekFrom::Start(offset as u64))?;
    file.read(buffer)
}

#[cfg(not(unix))]
pub(super) fn write_at(mut file: &File, bytes: &[u8], offset: usize) -> io::Result<()> {
    use std::io::{Seek, Write};
    file.seek(io::SeekFrom::Start(offset as u64))?;
    file.write_all(bytes)
}
