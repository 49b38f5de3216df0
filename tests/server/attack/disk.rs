//! The disk of the sessions, which vanishes and fills.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A small volume at the folder of the sessions if one can be mounted, which takes root; else the folder as it is.
pub struct Disk {
    folder: PathBuf,
    volume: Option<TempDir>,
}

fn run(program: &str, arguments: &[&Path]) -> bool {
    Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
}

impl Disk {
    pub fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let volume = tempfile::tempdir().unwrap();
        let tmpfs = ["-t", "tmpfs", "-o", "size=96m", "tmpfs"].map(Path::new);
        let mounted = run("mount", &[&tmpfs[..], &[volume.path()]].concat());
        let volume = mounted.then_some(volume);
        let disk = Self { folder: folder.to_owned(), volume };
        if mounted {
            disk.mount();
        } else {
            println!(
                "no volume can be mounted here: the disk vanishes by renaming, and is never full"
            );
        }
        disk
    }

    fn mount(&self) {
        if let Some(volume) = &self.volume {
            assert!(run("mount", &[Path::new("--bind"), volume.path(), &self.folder]));
        }
    }

    /// Takes the folder away; what gives it back.
    pub fn vanish(&self) -> impl FnOnce() {
        let aside = self.folder.with_extension("aside");
        if self.volume.is_some() {
            assert!(run("umount", &[Path::new("-l"), &self.folder]));
        } else {
            fs::rename(&self.folder, &aside).unwrap();
        }
        move || match &self.volume {
            Some(_) => self.mount(),
            None => fs::rename(&aside, &self.folder).unwrap(),
        }
    }

    /// Fills the volume to its last byte; what makes room again. `None` where there is no volume.
    pub fn fill(&self) -> Option<impl FnOnce() + use<>> {
        let path = self.volume.as_ref()?.path().join("filler");
        let mut filler = File::create(&path).unwrap();
        for size in [1 << 20, 4096, 1] {
            let piece = vec![0; size];
            while filler.write_all(&piece).is_ok() {}
        }
        Some(move || fs::remove_file(path).unwrap())
    }

    /// How many files there are that are neither a session, nor one that was set aside, nor the note of the key.
    pub fn leftovers(&self) -> usize {
        let names = |folder: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(folder).into_iter().flatten();
            entries.map(|entry| entry.unwrap().path()).collect()
        };
        let mut left = 0;
        for path in names(&self.folder) {
            if !path.is_dir() {
                let is_left = path.file_name().is_none_or(|name| name != ".app-keys");
                left += usize::from(is_left);
                continue;
            }
            let is_left = |file: &PathBuf| {
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                let (digits, rest) = name.split_at(name.len().min(64));
                digits.len() != 64 || !(rest.is_empty() || rest.starts_with(".corrupt"))
            };
            let these: Vec<_> = names(&path).into_iter().filter(is_left).collect();
            these.iter().for_each(|path| println!("left behind: {}", path.display()));
            left += these.len();
        }
        left
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(volume) = &self.volume {
            // The folder may be unmounted already, where the test failed.
            run("umount", &[Path::new("-l"), &self.folder]);
            run("umount", &[Path::new("-l"), volume.path()]);
        }
    }
}
