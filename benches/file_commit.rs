//! The file driver's replacement against what others do: a temporary file, written and renamed over the old one.
//! `cargo bench --bench file_commit`.
//!
//! Both write the same payloads to the same disk, in turns of a hundred, so that whatever else the machine does meets
//! both. What counts is the ratio.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use lunox::session::{FileDriver, Key, Outcome, SessionDriver};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// About a session of one key, of twenty and of two hundred.
const PAYLOADS: [usize; 3] = [60, 600, 6_000];
const SESSIONS: usize = 500;
const ROUNDS: usize = 40;
const TURN: usize = 100;

fn main() {
    // `cargo test --benches` runs this file too, and wants to know only that it runs.
    let rounds = if std::env::args().any(|arg| arg == "--test") { 1 } else { ROUNDS };
    println!("{:>8}  {:>12}  {:>12}  {:>6}", "payload", "replace", "rename", "ratio");
    for size in PAYLOADS {
        let (replaced, renamed) = measure(size, rounds);
        let ratio = renamed.as_secs_f64() / replaced.as_secs_f64();
        println!("{size:>8}  {:>12}  {:>12}  {ratio:>6.1}", text(replaced), text(renamed));
    }
    println!("medians of {rounds} turns of {TURN}; the aim is a ratio of 5 at least");
}

fn text(time: Duration) -> String {
    format!("{:.2} µs", time.as_secs_f64() * 1e6)
}

/// The median time of one replacement and of one rename.
fn measure(size: usize, rounds: usize) -> (Duration, Duration) {
    let folder = TempDir::new().expect("a temporary folder");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut ours = Ours::new(&folder.path().join("ours"), &runtime, size);
    let theirs = folder.path().join("theirs");
    fs::create_dir(&theirs).expect("a folder");
    let payload = vec![b'x'; size];
    (0..SESSIONS).for_each(|number| rename(&theirs, number, &payload));

    let (mut replaced, mut renamed) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let numbers = (0..TURN).map(|turn| (round * TURN + turn) % SESSIONS);
        let started = Instant::now();
        numbers.clone().for_each(|number| ours.replace(&runtime, number));
        replaced.push(started.elapsed() / TURN as u32);
        let started = Instant::now();
        numbers.for_each(|number| rename(&theirs, number, &payload));
        renamed.push(started.elapsed() / TURN as u32);
    }
    (median(replaced), median(renamed))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Sessions of the file driver, and the version that each has.
struct Ours {
    driver: FileDriver,
    sessions: Vec<(Key, u64)>,
    payload: Bytes,
}

impl Ours {
    fn new(folder: &Path, runtime: &Runtime, size: usize) -> Self {
        let driver = FileDriver::new(folder);
        let payload = Bytes::from(vec![b'x'; size]);
        let sessions = (0..SESSIONS).map(|number| (key(number), 1)).collect::<Vec<_>>();
        for (key, _) in &sessions {
            runtime.block_on(driver.create(key, payload.clone(), u64::MAX)).expect("creates");
        }
        Self { driver, sessions, payload }
    }

    fn replace(&mut self, runtime: &Runtime, number: usize) {
        let (key, version) = &mut self.sessions[number];
        let replacing = self.driver.replace(key, *version, self.payload.clone(), u64::MAX);
        let outcome = runtime.block_on(replacing).expect("replaces");
        assert_eq!(outcome, Outcome::Done);
        *version += 1;
    }
}

/// Spread over the folders as real keys are, which are hashes.
fn key(number: usize) -> Key {
    let mut bytes = [0; 32];
    let mixed = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bytes[..8].copy_from_slice(&mixed.to_be_bytes());
    Key::from_bytes(bytes)
}

/// What stores do that must never leave half a file, without flushing it, as ours is not flushed either.
fn rename(folder: &Path, number: usize, payload: &[u8]) {
    let aside = folder.join(format!("{number}.tmp"));
    let mut file = File::create(&aside).expect("a temporary file");
    file.write_all(payload).expect("writes");
    drop(file);
    fs::rename(&aside, folder.join(number.to_string())).expect("renames");
}
