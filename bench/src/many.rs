//! Many sessions at once: what one takes of the process's memory, and whether reading stays as quick.

use std::fmt::Write;
use std::time::Duration;

use crate::load::{Crowd, Pace, Until};
use crate::machine;
use crate::process::{Running, SERVER_CORE};
use crate::servers::{Route, Server};
use crate::timed;

/// Makes more and more sessions, each time in a fresh server, and tells what became of memory and reads.
pub async fn run(servers: &[Server], most: usize, time: Duration) -> String {
    let mut text = format!(
        "{}. {}. The payload of a session has {} bytes.\n\n\
         | | sessions | memory, MiB | bytes a session | read, µs of processor | p50, µs | p99, µs |\n\
         |---|---|---|---|---|---|---|\n",
        machine::day(),
        machine::describe(),
        payload()
    );
    let sizes = std::iter::successors(Some(1_000), |size| Some(size * 10));
    let sizes: Vec<usize> = sizes.take_while(|size| *size < most).chain([most]).collect();
    for server in servers {
        for size in &sizes {
            eprintln!("{}: {size} sessions", server.name());
            let row = row(*server, *size, time).await;
            let _ = writeln!(text, "| {} | {row} |", server.title);
        }
    }
    text
}

async fn row(server: Server, size: usize, time: Duration) -> String {
    let running = Running::start(server, &["taskset", "-c", SERVER_CORE], 0);
    // Connections and their buffers are not the sessions'.
    Crowd::of(64).ask(&running, Route::Hello, Until::Count(20_000), Pace::AtOnce).await;
    let before = running.memory();
    let mut crowd = Crowd::of(size);
    crowd.arrive(&running).await;
    let after = running.memory();
    // A second of reading before the measured one: the first reads of a file are another matter.
    crowd.ask(&running, Route::Read, Until::Count(crowd.len()), Pace::AtOnce).await;
    let until = Until::Time(time);
    let sample = timed::sample(&running, &mut crowd, Route::Read, until, Pace::AtOnce).await;
    running.stop();
    let each = after.saturating_sub(before) as f64 * 1024.0 / crowd.len() as f64;
    format!(
        "{} | {:.0} | {each:.0} | {:.1} | {:.0} | {:.0}",
        crowd.len(),
        after as f64 / 1024.0,
        sample.cpu,
        sample.p50,
        sample.p99
    )
}

fn payload() -> usize {
    let map: serde_json::Map<_, _> =
        lunox_bench::keys().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    serde_json::to_vec(&map).map_or(0, |bytes| bytes.len())
}
