//! Many sessions: what a read costs beside them, and what one costs in memory.

use std::time::Instant;

use bytes::Bytes;
use lunox::session::{FileDriver, Key, MemoryDriver, SessionDriver};

use super::model::Dice;
use super::{number, runtime};

fn sessions() -> u64 {
    Some(number("LUNOX_SESSIONS")).filter(|asked| *asked > 0).unwrap_or(100_000)
}

fn key(session: u64) -> Key {
    let mut dice = Dice::new(session + 1);
    let words: Vec<u8> = (0..4).flat_map(|_| dice.roll(u64::MAX).to_le_bytes()).collect();
    Key::from_bytes(words.try_into().expect("32 bytes"))
}

/// What this process has asked of the system: read calls and bytes. Not this thread alone: while the disk is slow, the
/// driver reads in the blocking pool.
#[cfg(target_os = "linux")]
fn asked() -> (u64, u64) {
    let io = std::fs::read_to_string("/proc/self/io").expect("Linux tells");
    let line = |name: &str| {
        let line = io.lines().find_map(|line| line.strip_prefix(name)).expect("it is told");
        line.trim().parse::<u64>().expect("a number")
    };
    (line("syscr:"), line("rchar:"))
}

/// The read calls and bytes of one read, and the nanoseconds of one of many.
#[cfg(target_os = "linux")]
async fn cost(driver: &FileDriver, sessions: u64) -> (u64, u64, u128) {
    const READS: u64 = 2_000;
    let before = asked();
    // Looking costs something as well.
    let looking = asked();
    let looking = (looking.0 - before.0, looking.1 - before.1);
    let (before, started) = (asked(), Instant::now());
    for read in 0..READS {
        let found = driver.read(&key(read * 7919 % sessions)).await.expect("reads");
        assert!(found.is_some(), "it was stored");
    }
    let (after, took) = (asked(), started.elapsed());
    let calls = after.0 - before.0 - looking.0;
    let bytes = after.1 - before.1 - looking.1;
    // In units of 64 bytes: the length of what Linux tells varies by some digits, and the pool is woken by reads of 8.
    let bytes = (bytes + 32 * READS) / (64 * READS) * 64;
    ((calls + READS / 2) / READS, bytes, took.as_nanos() / u128::from(READS))
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "takes long: makes 100,000 sessions, or LUNOX_SESSIONS of them"]
fn a_million_sessions_in_a_folder_do_not_make_a_read_cost_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let driver = FileDriver::new(folder.path());
    let payload = Bytes::from(vec![7; 300]);
    let sessions = sessions();
    runtime().block_on(async {
        for session in 0..100 {
            driver.create(&key(session), payload.clone(), 1 << 40).await.expect("created");
        }
        let few = cost(&driver, 100).await;
        for session in 100..sessions {
            driver.create(&key(session), payload.clone(), 1 << 40).await.expect("created");
        }
        let many = cost(&driver, sessions).await;
        println!("a read among 100: {few:?}, among {sessions}: {many:?} (calls, bytes, ns)");
        assert_eq!((few.0, few.1), (1, 4096));
        assert_eq!((many.0, many.1), (1, 4096));
        // A batch of the sweep looks at a bounded share, however many there are.
        let before = asked().0;
        assert_eq!(driver.sweep(1, 100).await.expect("sweeps"), Some(0));
        println!(
            "a sweep that finds nothing made {} read calls in this process",
            asked().0 - before
        );
    });
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "measures the whole process: run it alone"]
fn what_a_session_costs_in_memory_beyond_its_payload() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is told");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    };
    let (driver, sessions) = (MemoryDriver::new(), sessions());
    let before = resident();
    runtime().block_on(async {
        for session in 0..sessions {
            let payload = Bytes::from(vec![7; 300]);
            driver.create(&key(session), payload, 1 << 40).await.expect("created");
        }
    });
    let each = (resident() - before) / sessions;
    println!(
        "{each} bytes a session of 300 bytes, {} beyond the payload",
        each.saturating_sub(300)
    );
    assert!(each < 300 + 400, "{each} bytes a session");
}
