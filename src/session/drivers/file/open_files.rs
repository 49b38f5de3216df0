//! Files of sessions that stay open between calls, because opening one costs as much as all that is done with it.
//!
//! A file belongs to one call at a time: it is taken out, and put back when the call ends. So the lock on it means the
//! same as on a file that was just opened, and nobody waits for somebody else's file: who finds none opens another.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::session::record::Key;
use crate::support::lock::lock;
use crate::support::open_files;

/// How long it may take until it is seen that a folder was moved or covered by another. What happens to a file is seen at
/// once.
const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// A file that nobody has asked for this long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// So many files are kept at most.
const MOST: usize = 4096;

/// Keys that share a slot of the table; the one that was used longest ago makes room, once it is idle for [`SPARE`].
const WAYS: usize = 8;

/// A file that nobody has asked for in this long, give or take a second, may make room for another. Where there are more
/// sessions than files that stay open, each call would otherwise close one that the next call asks for.
const SPARE: Duration = Duration::from_secs(2);

/// An open file, and what is known of its name.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) file: File,
    /// When its name last led to it. Who uses it looks again after a second, so this is about when it was last used, too.
    checked: Instant,
    /// It had another name, so it may lose its own and have a name left.
    linked: bool,
    /// It was opened for reading alone, so the next call could not write to it.
    read_only: bool,
}

impl OpenFile {
    /// A file that was opened by its name just now.
    pub(crate) fn new(file: File) -> Self {
        Self { file, checked: Instant::now(), linked: false, read_only: false }
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
        let links = links(&metadata);
        self.linked |= links > 1;
        if links == 0 {
            return Ok(false);
        }
        let untouched = !self.linked && was_written_last(&metadata);
        if untouched && self.checked.elapsed() < CHECKED_EVERY {
            return Ok(true);
        }
        self.checked = Instant::now();
        Ok(is_at(&metadata, &path()))
    }

    /// Whether `path` leads to this very file.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        self.file.metadata().is_ok_and(|metadata| is_at(&metadata, path))
    }
}

#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

/// Whether nothing has happened to a file since it was written: it was neither linked nor unlinked nor renamed. Writing sets
/// both times to the same, all of these that of the change alone. Times in whole seconds tell too little.
#[cfg(unix)]
fn was_written_last(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (changed, written) = (metadata.ctime_nsec(), metadata.mtime_nsec());
    changed != 0 && changed == written && metadata.ctime() == metadata.mtime()
}

#[cfg(unix)]
fn is_at(metadata: &Metadata, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: &Metadata| (metadata.dev(), metadata.ino());
    std::fs::symlink_metadata(path).is_ok_and(|there| identity(&there) == identity(metadata))
}

// Elsewhere a file that is open cannot be removed.

#[cfg(not(unix))]
fn links(_: &Metadata) -> u64 {
    1
}

#[cfg(not(unix))]
fn was_written_last(_: &Metadata) -> bool {
    true
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
    pub(crate) fn new() -> Self {
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
        let index = set.iter().position(|(other, _)| other == key)?;
        Some(set.remove(index).1)
    }

    /// Keeps a session's file, which has to be unlocked, for the next call.
    pub(super) fn keep(&self, key: &Key, file: OpenFile) {
        let Some(set) = self.set(key).filter(|_| !file.read_only) else { return };
        let mut set = lock(set);
        // Parallel calls opened one each.
        let twin = set.iter().position(|(other, _)| other == key);
        let full = twin.is_none() && set.len() == WAYS;
        if full && set[0].1.checked.elapsed() < SPARE {
            return;
        }
        let outdated = twin.or(full.then_some(0)).map(|index| set.remove(index));
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
