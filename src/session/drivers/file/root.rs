//! The folder of all sessions, and whether it is still the one that was there at boot.
//!
//! A folder that was moved away, or whose volume was unmounted, holds no sessions, but that does not end them: whoever
//! took it for an empty store would replace every visitor's cookie. So a file that was not found counts as absent only
//! while the folder is in its place. A call that finds its file pays nothing for this.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::system::{self, failed};
use crate::session::DriverError;

/// How often the folder is looked at where files are made without anything missing.
const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// How many foreign names are enough to recognize a folder by.
const FOREIGN: usize = 5;

/// The folder of all sessions.
#[derive(Debug)]
pub(super) struct Root {
    dir: PathBuf,
    /// The device that the folder was on when it was first seen. Until then nothing is stored, and it may be missing.
    device: OnceLock<u64>,
    made: Instant,
    /// When it was last looked at, in milliseconds since `made`.
    checked: AtomicU64,
}

impl Root {
    pub(super) fn new(dir: PathBuf) -> Self {
        let device = std::fs::metadata(&dir).ok().as_ref().map(device);
        let device = device.map_or_else(OnceLock::new, OnceLock::from);
        Self { dir, device, made: Instant::now(), checked: AtomicU64::new(0) }
    }

    /// As if it had been on this device at boot, some time ago.
    #[cfg(test)]
    pub(super) fn on_device(dir: PathBuf, device: u64) -> Self {
        let made = Instant::now().checked_sub(CHECKED_EVERY).expect("the machine runs longer");
        Self { device: OnceLock::from(device), made, ..Self::new(dir) }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the folder, and those above it, unless that was done before.
    pub(super) fn make(&self) -> io::Result<()> {
        if self.device.get().is_none() {
            system::make_folder(&self.dir)?;
            let _ = self.device.set(device(&std::fs::metadata(&self.dir)?));
        }
        Ok(())
    }

    /// A few names in the folder that are not the driver's. Hidden files such as `.gitignore` do not count, and neither
    /// does what file systems put at the top of a volume.
    pub(super) fn foreign(&self) -> Vec<String> {
        // Who may only look names up can use the folder as well.
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let foreign = entries.filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = (is_shard(&name) || name == "tags")
                && entry.file_type().is_ok_and(|kind| !kind.is_file());
            let counts = !ours && !name.starts_with('.') && name != "lost+found";
            counts.then_some(name)
        });
        // The folder may hold millions of files.
        let mut foreign: Vec<String> = foreign.take(FOREIGN).collect();
        foreign.sort();
        foreign
    }

    /// Fails where the folder is missing, or on another device than it was at boot.
    pub(super) fn check(&self) -> Result<(), DriverError> {
        let wrong = match std::fs::metadata(&self.dir).map(|metadata| device(&metadata)) {
            Ok(here) if *self.device.get_or_init(|| here) == here => return Ok(()),
            Ok(_) => {
                "is on another device than at the start: mount its volume, or restart to use this one"
            }
            Err(error) if error.kind() == ErrorKind::NotFound => match self.device.get() {
                None => return Ok(()),
                Some(_) => {
                    "is missing: move it back, or make an empty one, which logs everybody out"
                }
            },
            Err(error) => return Err(failed("look at the session folder", &self.dir, &error)),
        };
        let dir = self.dir.display();
        Err(DriverError::unavailable(format!("the session folder `{dir}` {wrong}")))
    }

    /// The same, at most once a second: for calls that find all they need, even in the folder below an unmounted volume.
    pub(super) fn check_sometimes(&self) -> Result<(), DriverError> {
        let now = u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX);
        let checked = self.checked.load(Ordering::Relaxed);
        if u128::from(now.saturating_sub(checked)) < CHECKED_EVERY.as_millis() {
            return Ok(());
        }
        self.check()?;
        self.checked.store(now, Ordering::Relaxed);
        Ok(())
    }

    /// Makes one of the folders for files, but not the folder around them.
    pub(super) fn make_shard(&self, shard: &Path) -> Result<(), DriverError> {
        self.make().map_err(|error| failed("make the session folder", &self.dir, &error))?;
        self.check()?;
        match system::make_one_folder(shard) {
            // Another call or another process was quicker.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            made => made.map_err(|error| failed("make the folder", shard, &error)),
        }
    }
}

/// Whether the driver gives a folder of files this name. Links count: a shard may have been moved to another disk.
fn is_shard(name: &str) -> bool {
    name.len() == 2 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(unix)]
fn device(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(metadata)
}

// Elsewhere the standard library does not name devices; that a folder is missing is noticed all the same.

#[cfg(not(unix))]
fn device(_: &Metadata) -> u64 {
    0
}
