//! Files of sessions that stay open between calls, because opening one costs as much as all that is done with it.
//!
//! A file belongs to one call at a time: it is taken out, and put back when the call ends. So the lock on it means the
//! same as on a file that was just opened, and nobody waits for somebody else's file: who finds none opens another.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::session::Key;
use crate::support::open_files;

/// How long it may take until it is seen that a folder was moved or covered by another. What happens to a file is seen at
/// once.
const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// A file that nobody has asked for this long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// So many files are kept at most.
const MOST: usize = 4096;

/// Keys that share a slot of the table; the one that was used longest ago makes room.
const WAYS: usize = 8;

/// An open file, and when its name last led to it.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) file: File,
    checked: Instant,
    /// It was opened for reading alone, so the next call could not write to it.
    read_only: bool,
}

impl OpenFile {
    /// A file that was opened by its name just now.
    pub(super) fn new(file: File) -> Self {
        Self { file, checked: Instant::now(), read_only: false }
    }

    /// The same, for reading alone.
    pub(super) fn read_only(file: File) -> Self {
        Self { read_only: true, ..Self::new(file) }
    }

    /// Whether the file is still the one that has the name: neither removed nor replaced, nor moved with its folder.
    ///
    /// The file itself tells of all that happened to its names. Of a folder it does not: this is looked at now and then.
    pub(super) fn is_current(&mut self, path: impl FnOnce() -> PathBuf) -> io::Result<bool> {
        let metadata = self.file.metadata()?;
        match names(&metadata) {
            Names::None => return Ok(false),
            Names::Unchanged if self.checked.elapsed() < CHECKED_EVERY => return Ok(true),
            Names::Unchanged | Names::Changed => self.checked = Instant::now(),
        }
        Ok(is_at(&metadata, &path()))
    }

    /// Whether `path` leads to this very file.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        self.file.metadata().is_ok_and(|metadata| is_at(&metadata, path))
    }
}

/// What a file tells of its names.
enum Names {
    None,
    /// It has one, and was last changed by writing into it.
    Unchanged,
    /// It has several, or was linked, unlinked or renamed since: the name that is left may be that of a backup.
    Changed,
}

#[cfg(unix)]
fn names(metadata: &Metadata) -> Names {
    use std::os::unix::fs::MetadataExt;
    // Writing sets both times to the same; what happens to names sets that of the change alone.
    let written = (metadata.mtime(), metadata.mtime_nsec());
    match metadata.nlink() {
        0 => Names::None,
        1 if (metadata.ctime(), metadata.ctime_nsec()) == written => Names::Unchanged,
        _ => Names::Changed,
    }
}

#[cfg(unix)]
fn is_at(metadata: &Metadata, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: &Metadata| (metadata.dev(), metadata.ino());
    std::fs::metadata(path).is_ok_and(|there| identity(&there) == identity(metadata))
}

// Elsewhere a file that is open cannot be removed.

#[cfg(not(unix))]
fn names(_: &Metadata) -> Names {
    Names::Unchanged
}

#[cfg(not(unix))]
fn is_at(_: &Metadata, path: &Path) -> bool {
    path.exists()
}

type Set = Vec<(Key, OpenFile)>;

/// The files that nobody uses just now.
#[derive(Debug)]
pub(super) struct OpenFiles {
    sets: Box<[Mutex<Set>]>,
}

impl OpenFiles {
    /// As many as an eighth of what the system allows this process; most of the rest is for connections.
    pub(super) fn new() -> Self {
        // Elsewhere a file does not tell whether it was removed.
        Self::holding(if cfg!(unix) { open_files::allowed() / 8 } else { 0 })
    }

    pub(super) fn holding(most: usize) -> Self {
        let sets = most.min(MOST) / WAYS;
        Self { sets: std::iter::repeat_with(Mutex::default).take(sets).collect() }
    }

    /// Takes a session's file out, if it is there. Its name may lead elsewhere by now.
    pub(super) fn take(&self, key: &Key) -> Option<OpenFile> {
        let mut set = lock(self.set(key)?);
        let place = set.iter().position(|(other, _)| other == key)?;
        Some(set.remove(place).1)
    }

    /// Keeps a session's file, which has to be unlocked, for the next call.
    pub(super) fn keep(&self, key: &Key, file: OpenFile) {
        let Some(set) = self.set(key).filter(|_| !file.read_only) else { return };
        let mut set = lock(set);
        // Parallel calls opened one each.
        let twin = set.iter().position(|(other, _)| other == key);
        let outdated = twin.or((set.len() == WAYS).then_some(0)).map(|place| set.remove(place));
        set.push((*key, file));
        drop(set);
        // Closing takes its time, and others need the set.
        drop(outdated);
    }

    /// Closes the files that nobody has asked for in a while, which may long have been removed by others.
    pub(super) fn close_idle(&self) {
        self.close(|file| file.checked.elapsed() > IDLE);
    }

    /// Closes all; whether there were any.
    pub(super) fn close_all(&self) -> bool {
        self.close(|_| true)
    }

    fn close(&self, which: impl Fn(&OpenFile) -> bool) -> bool {
        let closed = self.sets.iter().map(|set| {
            let closed: Vec<_> = lock(set).extract_if(.., |(_, file)| which(file)).collect();
            closed.len()
        });
        closed.sum::<usize>() > 0
    }

    fn set(&self, key: &Key) -> Option<&Mutex<Set>> {
        // Keys are hashes: any part of one tells them apart.
        let part = u32::from_le_bytes(*key.as_bytes().last_chunk()?);
        self.sets.get(usize::try_from(part).ok()?.checked_rem(self.sets.len())?)
    }

    #[cfg(test)]
    pub(super) fn most(&self) -> usize {
        self.sets.len() * WAYS
    }

    /// As if so much time had passed since each file's name was looked at.
    #[cfg(test)]
    pub(super) fn age(&self, by: Duration) {
        for set in &self.sets {
            for (_, file) in lock(set).iter_mut() {
                file.checked = file.checked.checked_sub(by).expect("the machine runs longer");
            }
        }
    }
}

fn lock(set: &Mutex<Set>) -> std::sync::MutexGuard<'_, Set> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}
