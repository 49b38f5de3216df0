//! Opening files.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// A regular file that is open.
pub(super) struct OpenFile {
    pub(super) file: File,
    pub(super) metadata: Metadata,
}

/// What changes whenever a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) length: u64,
    modified: u128,
    /// When the content or the metadata changed last. Unlike the time of modification it cannot be set, so files
    /// that a package or an image was made of differ in it although all their times are the same.
    changed: (i64, i64),
}

impl OpenFile {
    /// Opens a file at a path of the application's own choice.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        Self::regular(system::open(path)?)
    }

    /// Opens the file of a folder that a visitor names. No link is followed on the way from the folder to the file, so
    /// it does not matter if one is put there meanwhile. The folder itself may be a link.
    pub(super) fn beneath(folder: &Path, name: &str) -> io::Result<Self> {
        if !is_servable(name) {
            return Err(ErrorKind::NotFound.into());
        }
        Self::regular(system::open_beneath(folder, name)?)
    }

    fn regular(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if metadata.is_file() {
            Ok(Self { file, metadata })
        } else {
            Err(ErrorKind::NotFound.into())
        }
    }

    pub(super) fn stamp(&self) -> Stamp {
        let modified = self.metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Stamp {
            length: self.metadata.len(),
            modified: since.unwrap_or_default().as_nanos(),
            changed: system::changed(&self.metadata),
        }
    }

    /// When the file was modified, if a header can say so: neither in the future (RFC 9110, 8.8.2.1) nor before 1970.
    pub(super) fn modified(&self) -> Option<SystemTime> {
        let modified = self.metadata.modified().ok()?;
        (UNIX_EPOCH..=SystemTime::now()).contains(&modified).then_some(modified)
    }

    /// Reads this many bytes.
    pub(super) fn read(&mut self, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.file).take(length).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    pub(super) fn rewind(&mut self) -> io::Result<()> {
        self.file.rewind()
    }
}

impl Stamp {
    /// The file's entity tag.
    pub(super) fn etag(&self) -> String {
        let Self { length, modified, changed: (seconds, nanoseconds) } = self;
        format!("\"{length:x}-{modified:x}-{seconds:x}{nanoseconds:08x}\"")
    }
}

/// Whether a name leads down from a folder to a file that visitors may see.
pub(super) fn is_servable(name: &str) -> bool {
    // A backslash separates folders on Windows, and a colon begins a drive or a stream there.
    let odd = |c: char| c == '\\' || c.is_control() || (cfg!(windows) && c == ':');
    !name.contains(odd)
        && name.split('/').all(|segment| !segment.is_empty() && !segment.starts_with('.'))
}

#[cfg(unix)]
mod system {
    use std::fs::{File, Metadata};
    use std::io::{self, ErrorKind};
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use rustix::fs::{Mode, OFlags, openat};
    use rustix::io::Errno;

    /// Without `NONBLOCK`, opening a pipe would wait for somebody who writes into it.
    const READ: OFlags =
        OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
    const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::DIRECTORY);

    pub(super) fn open(path: &Path) -> io::Result<File> {
        rustix::fs::open(path, READ, Mode::empty()).map(File::from).map_err(known)
    }

    pub(super) fn open_beneath(folder: &Path, name: &str) -> io::Result<File> {
        let folder = rustix::fs::open(folder, FOLDER, Mode::empty()).map_err(known)?;
        at_once(&folder, name)
            .unwrap_or_else(|| step_by_step(folder, name))
            .map(File::from)
            .map_err(known)
    }

    /// `None` on Linux before 5.6, and in sandboxes that do not know the call.
    #[cfg(target_os = "linux")]
    pub(super) fn at_once(folder: &OwnedFd, name: &str) -> Option<Result<OwnedFd, Errno>> {
        use rustix::fs::ResolveFlags;
        let within =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match rustix::fs::openat2(folder, name, READ, Mode::empty(), within) {
            Err(Errno::NOSYS | Errno::PERM) => None,
            opened => Some(opened),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn at_once(_: &OwnedFd, _: &str) -> Option<Result<OwnedFd, Errno>> {
        None
    }

    pub(super) fn step_by_step(mut folder: OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
        let (folders, file) = name.rsplit_once('/').unwrap_or(("", name));
        for segment in folders.split('/').filter(|segment| !segment.is_empty()) {
            folder = openat(&folder, segment, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
        }
        openat(&folder, file, READ | OFlags::NOFOLLOW, Mode::empty())
    }

    /// The errors that say that there is no such file, a link or a socket in its place included, as one.
    fn known(error: Errno) -> io::Error {
        match error {
            Errno::NOENT
            | Errno::NOTDIR
            | Errno::LOOP
            | Errno::MLINK
            | Errno::XDEV
            | Errno::NXIO
            | Errno::NODEV
            | Errno::NAMETOOLONG => io::Error::new(ErrorKind::NotFound, error),
            error => error.into(),
        }
    }

    pub(super) fn changed(metadata: &Metadata) -> (i64, i64) {
        (metadata.ctime(), metadata.ctime_nsec())
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{File, Metadata};
    use std::io::{self, ErrorKind};
    use std::path::Path;

    pub(super) fn open(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    /// Checked before it is opened: a link that is put in place meanwhile is followed.
    pub(super) fn open_beneath(folder: &Path, name: &str) -> io::Result<File> {
        let mut path = folder.to_owned();
        for segment in name.split('/') {
            path.push(segment);
            if path.symlink_metadata()?.is_symlink() {
                return Err(ErrorKind::NotFound.into());
            }
        }
        File::open(path)
    }

    pub(super) fn changed(_: &Metadata) -> (i64, i64) {
        (0, 0)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// With both ways of opening, whichever the system has.
    #[test]
    fn no_link_is_followed_in_either_way() {
        use rustix::fs::{Mode, OFlags};
        let outside = tempfile::tempdir().expect("a folder");
        let root = outside.path().join("files");
        fs::create_dir_all(root.join("sub")).expect("made");
        fs::write(root.join("sub/a.txt"), "a").expect("written");
        symlink("sub", root.join("folder")).expect("linked");
        symlink("a.txt", root.join("sub/link")).expect("linked");
        symlink("..", root.join("up")).expect("linked");
        let folder = || rustix::fs::open(&root, OFlags::DIRECTORY, Mode::empty()).expect("opened");
        for name in ["folder/a.txt", "sub/link", "up/files/sub/a.txt", "folder"] {
            assert!(system::step_by_step(folder(), name).is_err(), "{name}");
            #[cfg(target_os = "linux")]
            assert!(
                system::at_once(&folder(), name).is_none_or(|opened| opened.is_err()),
                "{name}"
            );
        }
        assert!(system::step_by_step(folder(), "sub/a.txt").is_ok());
        #[cfg(target_os = "linux")]
        assert!(system::at_once(&folder(), "sub/a.txt").is_none_or(|opened| opened.is_ok()));
    }

    #[test]
    fn files_that_differ_in_nothing_but_their_age_have_different_stamps() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        let stamp = |text: &str| {
            fs::write(&path, text).expect("written");
            let open = OpenFile::at(&path).expect("opened");
            fs::File::options()
                .write(true)
                .open(&path)
                .and_then(|file| file.set_modified(UNIX_EPOCH))
                .expect("set");
            drop(open);
            OpenFile::at(&path).expect("opened").stamp()
        };
        let first = stamp("one");
        // The clock of a file system may advance by a few milliseconds at a time.
        let second = loop {
            let second = stamp("two");
            if second.changed != first.changed {
                break second;
            }
        };
        assert_eq!(first.modified, second.modified);
        assert_ne!(first.etag(), second.etag());
    }
}
