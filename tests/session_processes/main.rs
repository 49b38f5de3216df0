//! Real processes on one folder of sessions: they are killed at any moment, and what they acknowledged stays.
//!
//! This binary is its own child: the test named `child` does nothing unless the environment gives it a role.

#![cfg(feature = "framework")]
#![cfg(unix)]

mod counting;
mod full;
mod many;
mod model;
mod parent;
mod worker;

use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;

use lunox::session::{FileDriver, SessionDriver};

use self::model::{Board, READERS, SHARED, SLOTS, Slot, WRITERS, shared_key, shared_payload};
use self::parent::{Overseer, Place, oversee_reader};

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn number(name: &str) -> u64 {
    variable(name).parse().unwrap_or_default()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// What a child process runs; in the parent it is an empty test.
#[test]
fn child() {
    let (dir, board) =
        (PathBuf::from(variable("CHILD_DIR")), PathBuf::from(variable("CHILD_BOARD")));
    let seed = number("CHILD_SEED");
    match variable("CHILD_ROLE").as_str() {
        "writer" => {
            let numbers: Vec<u64> = variable("CHILD_STATE")
                .split(' ')
                .map(|word| word.parse().expect("a number"))
                .collect();
            let slots = numbers.chunks(5).map(Slot::parse).collect();
            runtime().block_on(
                worker::Writer::new(&dir, &board, number("CHILD_NUMBER"), seed, slots).run(),
            );
        }
        "reader" => runtime().block_on(worker::read_for_ever(&dir, &board, seed)),
        "few-files" => runtime().block_on(full::run_out_of_files(&dir)),
        "too-much" => runtime().block_on(full::write_too_much(&dir)),
        "counter" => runtime().block_on(counting::count(&dir)),
        _ => {}
    }
}

/// 8 writers and 8 readers, killed `kills` times in all.
fn kill_at_random(kills: i64) {
    let folder = tempfile::tempdir().expect("a folder");
    let drawn = || std::hash::RandomState::new().build_hasher().finish() >> 30;
    let seed = variable("LUNOX_SEED").parse().unwrap_or_else(|_| drawn());
    let place = Place {
        dir: folder.path().join("sessions"),
        board: folder.path().join("board"),
        seed,
        kills: AtomicI64::new(kills),
    };
    let driver = FileDriver::new(&place.dir);
    let nothing = shared_payload(&vec![0; WRITERS as usize]);
    for record in 0..SHARED {
        let made = runtime().block_on(driver.create(&shared_key(record), nothing.clone(), 1));
        made.expect("the shared record is made");
    }
    let board = Board::open(&place.board);
    for (writer, slot) in (0..WRITERS).flat_map(|writer| (0..SLOTS).map(move |slot| (writer, slot)))
    {
        board.put(writer, slot, Slot::default(), false);
    }
    let (acknowledged, read) = std::thread::scope(|scope| {
        let place = &place;
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| scope.spawn(move || Overseer::new(place, number).oversee(&runtime())))
            .collect();
        let readers: Vec<_> =
            (0..READERS).map(|number| scope.spawn(move || oversee_reader(place, number))).collect();
        let sum = |threads: Vec<std::thread::ScopedJoinHandle<'_, u64>>| {
            threads.into_iter().map(|thread| thread.join().expect("no lie was found")).sum::<u64>()
        };
        (sum(writers), sum(readers))
    });
    let listed =
        runtime().block_on(driver.list(None, usize::MAX)).expect("lists").expect("can list");
    println!(
        "{kills} kills, {acknowledged} writes acknowledged, {read} reads, {} records",
        listed.records.len()
    );
    assert_eq!(corrupt_files(&place.dir), Vec::<PathBuf>::new(), "LUNOX_SEED={seed}");
}

/// All files below the folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let folders =
        std::fs::read_dir(dir).expect("the folder").map(|entry| entry.expect("entry").path());
    // A file beside the folders names the key of the sessions.
    let folders = folders.filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).expect("a folder"));
    files.map(|entry| entry.expect("an entry").path()).collect()
}

fn corrupt_files(dir: &Path) -> Vec<PathBuf> {
    let corrupt = |path: &PathBuf| path.to_string_lossy().contains("corrupt");
    files(dir).into_iter().filter(corrupt).collect()
}

#[test]
fn what_a_killed_process_acknowledged_is_there_and_readers_see_no_less() {
    kill_at_random(40);
}

#[test]
#[ignore = "takes long: 8 writers and 8 readers are killed 200 times"]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    kill_at_random(200);
}

#[test]
fn processes_that_increment_one_value_lose_no_increment() {
    counting::processes_count(4, 100);
}

#[test]
#[ignore = "takes long: 20,000 requests that contend for one session"]
fn four_processes_make_exactly_twenty_thousand_increments() {
    counting::processes_count(4, 5_000);
}
