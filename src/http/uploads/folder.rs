//! The folders that uploads wait in, and what a killed process left there.
//!
//! A process has one folder, with a file that it keeps locked, for as long as it has uploads. The system gives the lock
//! back however the process ends, so a folder whose lock is free was left by one that was killed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use tempfile::{NamedTempFile, TempDir, TempPath};

use crate::support::lock::lock;

const PREFIX: &str = "lunox-uploads-";
const LOCK: &str = "lock";

/// The folders of this process, below each that was asked for.
static FOLDERS: Mutex<Vec<(PathBuf, Weak<Folder>)>> = Mutex::new(Vec::new());

/// A folder for uploads. Dropped with the last of them, it is removed.
pub(super) struct Folder {
    dir: TempDir,
    _lock: File,
}

impl Folder {
    /// The folder of this process below `directory`, or below the system's folder for temporary files.
    pub(super) fn below(directory: Option<&Path>) -> io::Result<Arc<Self>> {
        let base = directory.map_or_else(std::env::temp_dir, Path::to_owned);
        let mut folders = lock(&FOLDERS);
        let known = folders.iter_mut().find(|(of, _)| *of == base);
        if let Some(folder) = known.as_ref().and_then(|(_, folder)| folder.upgrade())
            && folder.dir.path().exists()
        {
            return Ok(folder);
        }
        fs::create_dir_all(&base)?;
        let folder = Arc::new(Self::make(&base)?);
        let weak = Arc::downgrade(&folder);
        match known {
            Some((_, known)) => *known = weak,
            None => {
                sweep(&base);
                folders.push((base, weak));
            }
        }
        Ok(folder)
    }

    fn make(base: &Path) -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(base)?;
        let new = dir.path().join("new");
        let lock = OpenOptions::new().write(true).create_new(true).open(&new)?;
        lock.lock()?;
        // It gets its name locked, so that nobody finds it free.
        fs::rename(&new, dir.path().join(LOCK))?;
        Ok(Self { dir, _lock: lock })
    }

    /// Makes a file that its owner alone can read, under a name that nobody can guess.
    pub(super) fn file(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix("upload-").tempfile_in(&self.dir)
    }
}

/// Where an upload waits; removed when this is dropped.
pub(super) struct Place {
    pub(super) path: TempPath,
    /// Dropped after the file in it.
    _folder: Option<Arc<Folder>>,
}

impl Place {
    pub(super) fn new(path: TempPath, folder: Arc<Folder>) -> Self {
        Self { path, _folder: Some(folder) }
    }
}

impl From<TempPath> for Place {
    fn from(path: TempPath) -> Self {
        Self { path, _folder: None }
    }
}

/// Removes the uploads that killed processes left in the system's folder for temporary files.
pub(crate) fn sweep_uploads() {
    sweep(&std::env::temp_dir());
}

fn sweep(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let path = entry.path();
        match abandoned(&path) {
            // Still locked, so that only one process removes it.
            Ok(Some(_lock)) => {
                if let Err(error) = fs::remove_dir_all(&path) {
                    tracing::warn!(path = %path.display(), %error, "uploads of a killed process were not removed");
                }
            }
            Ok(None) => {}
            // Of another user, or removed meanwhile.
            Err(error) => {
                tracing::debug!(path = %path.display(), %error, "a folder of uploads was left alone");
            }
        }
    }
}

/// The lock of a folder whose process has ended; `None` while it runs, or is about to make its lock.
fn abandoned(folder: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
    let lock = match options.open(folder.join(LOCK)) {
        Ok(lock) => lock,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(lock.try_lock().is_ok().then_some(lock))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(base: &Path) -> Vec<String> {
        let entries = fs::read_dir(base).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_folder_is_there_as_long_as_its_uploads_and_nothing_stays() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::below(Some(base.path())).unwrap();
        let file = folder.file().unwrap();
        let again = Folder::below(Some(base.path())).unwrap();
        assert!(Arc::ptr_eq(&folder, &again));
        let place = Place::new(file.into_temp_path(), again);
        drop(folder);
        sweep(base.path());
        assert!(place.path.exists(), "it is in use");
        drop(place);
        assert_eq!(names(base.path()), [] as [&str; 0]);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let base = tempfile::tempdir().unwrap();
        let left = base.path().join("lunox-uploads-dead");
        fs::create_dir(&left).unwrap();
        fs::write(left.join(LOCK), "").unwrap();
        fs::write(left.join("upload-1"), "content").unwrap();
        // Of a process that is making its folder just now, of other programs, and of nobody.
        for other in ["lunox-uploads-young", "other"] {
            fs::create_dir(base.path().join(other)).unwrap();
        }
        fs::write(base.path().join("lunox-uploads-file"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc", base.path().join("lunox-uploads-link")).unwrap();
        let folder = Folder::below(Some(base.path())).unwrap();
        let file = folder.file().unwrap();
        assert!(!left.exists() && file.path().exists());
        assert_eq!(names(base.path()).len(), if cfg!(unix) { 5 } else { 4 });
    }
}
