//! What the figures were measured on.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::process::Folders;
use crate::timed::median;

/// One line on the machine and its tools.
pub fn describe() -> String {
    // Of the machine, not of this program, which keeps to one.
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cores = processors.lines().filter(|line| line.starts_with("processor")).count();
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or(0.0, |kib| kib / 1024.0 / 1024.0);
    let kernel = said("uname", &["-sr"]);
    // What a distributor adds to the version tells nothing.
    let kernel = kernel.split('-').next().unwrap_or_default();
    let compiler = said("rustc", &["--version"]);
    let compiler = compiler.split(" (").next().unwrap_or_default();
    let disk = disk(&std::env::temp_dir());
    format!("{processor}, {cores} cores, {memory:.0} GiB, {kernel}, {compiler}, files on {disk}")
}

/// The file system of a folder, and what about it makes files cheaper or dearer to make and to remove.
fn disk(folder: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        Some((fields.next()?, fields.next()?, fields.next()?, fields.next()?))
    });
    let above = mounts.filter(|(_, point, ..)| folder.starts_with(point));
    // Of two mounts on one point the later one covers the other, as it does here.
    let Some((device, _, kind, options)) = above.max_by_key(|(_, point, ..)| point.len()) else {
        return "an unknown disk".to_owned();
    };
    let device = format!("{}-", device.rsplit('/').next().unwrap_or_default());
    let mut journals = fs::read_dir("/proc/fs/jbd2").into_iter().flatten().flatten();
    let journal = match kind {
        "ext4" if journals.any(|of| of.file_name().to_string_lossy().starts_with(&device)) => {
            " with a journal"
        }
        "ext4" => " without a journal",
        _ => "",
    };
    let discard =
        if options.split(',').any(|option| option == "discard") { ", discard" } else { "" };
    format!("{kind}{journal}{discard}")
}

/// The day, as the clock of this machine has it.
pub fn day() -> String {
    said("date", &["+%Y-%m-%d"])
}

/// What making an empty file takes where the servers keep theirs, in microseconds: 20 to 40 on ext4, and without a journal
/// ten times that for some minutes after many files were removed.
pub fn making_a_file() -> f64 {
    let folder = Folders::path().join("files");
    fs::create_dir_all(&folder).expect("a folder");
    let offset = fs::read_dir(&folder).map_or(0, Iterator::count);
    let make = |number: usize| {
        let begun = Instant::now();
        fs::File::create(folder.join((offset + number).to_string())).expect("a file");
        begun.elapsed().as_secs_f64() * 1e6
    };
    median((0..500).map(make).collect())
}

/// Files that stay in the kernel's memory until this is dropped, whatever else it would do with them.
pub struct Held(Child);

impl Held {
    /// Holds what lies below these folders, at least so many files.
    ///
    /// # Panics
    /// Where vmtouch is missing, or may not hold so many.
    pub fn below<'f>(folders: impl Iterator<Item = &'f Path>, files: usize) -> Self {
        // It says what it holds, and into a pipe only once it ends, if nobody sees to it.
        let mut vmtouch = Command::new("stdbuf");
        vmtouch.args(["-oL", "vmtouch", "-l"]).args(folders).stdout(Stdio::piped());
        let mut vmtouch = vmtouch.spawn().expect("stdbuf runs");
        let told = BufReader::new(vmtouch.stdout.take().expect("it was piped"));
        let held = Self(vmtouch);
        // `LOCKED 1111104 pages (4G)`; files that it could not hold are missing there.
        let mut lines = told.lines().map_while(Result::ok);
        let pages =
            lines.find_map(|line| line.strip_prefix("LOCKED ")?.split(' ').next()?.parse().ok());
        assert!(
            pages >= Some(files),
            "vmtouch holds {pages:?} pages of {files} files: it has to be installed, vm.max_map_count more than there are \
             files, and `ulimit -l` more than they take"
        );
        held
    }
}

impl Drop for Held {
    /// Waits until it is gone: files that are removed while they are held are removed by whoever lets go of them.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the disk has all that was written.
pub fn sync() {
    let synced = Command::new("sync").status().expect("sync runs");
    assert!(synced.success(), "the disk did not take the files");
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|_| format!("no {program}"))
}
