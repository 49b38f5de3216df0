//! Many sessions at once: what one takes of the process's memory, and whether reading stays as quick.

use std::fmt::Write;
use std::time::Duration;

use crate::load::{Crowd, Pace, Until};
use crate::machine;
use crate::process::{Running, SERVER_CORE};
use crate::servers::{Route, Server};
use crate::timed::{self, Sample};

/// How many sessions there are: ten times as many each time, from the fewest to the most.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The fewest.
    pub from: usize,
    /// The most.
    pub to: usize,
}

/// A server with this many sessions.
struct Row {
    sessions: usize,
    /// The memory of the process, in bytes, and what the sessions added to it.
    memory: f64,
    added: f64,
    read: Sample,
}

/// Makes more and more sessions, each time in a fresh server, and tells what became of memory and reads.
pub async fn run(servers: &[Server], sizes: Sizes, time: Duration) -> String {
    let mut text = format!(
        "{}. {}. The payload of a session has {} bytes.\n\n\
         | | sessions | memory, MiB | bytes a session beyond its payload | read, µs of processor | p50, µs | p99, µs |\n\
         |---|---|---|---|---|---|---|\n",
        machine::day(),
        machine::describe(),
        payload()
    );
    let mut targets = String::from("| target | at most | here | reached |\n|---|---|---|---|\n");
    let tens = std::iter::successors(Some(sizes.from), |size| Some(size * 10));
    let sizes: Vec<usize> = tens.take_while(|size| *size < sizes.to).chain([sizes.to]).collect();
    for server in servers {
        let mut rows = Vec::new();
        for size in &sizes {
            eprintln!("{}: {size} sessions", server.name());
            let row = row(*server, *size, time).await;
            let _ = writeln!(text, "| {} | {} |", server.title, row.text(*server));
            rows.push(row);
        }
        if let (Some(few), Some(many)) = (rows.first(), rows.last()) {
            judge(&mut targets, *server, few, many);
        }
    }
    text + "\n" + &targets
}

impl Row {
    /// What a session takes beyond its payload, which only what keeps sessions in memory has there.
    fn beyond(&self, server: Server) -> f64 {
        let payload = if keeps_in_memory(server) { payload() } else { 0 };
        self.added / self.sessions as f64 - payload as f64
    }

    fn text(&self, server: Server) -> String {
        format!(
            "{} | {:.0} | {:.0} | {:.1} | {:.0} | {:.0}",
            self.sessions,
            self.memory / 1024.0 / 1024.0,
            self.beyond(server),
            self.read.cpu,
            self.read.p50,
            self.read.p99
        )
    }
}

fn keeps_in_memory(server: Server) -> bool {
    ["memory", "map", "web"].contains(&server.store)
}

fn judge(text: &mut String, server: Server, few: &Row, many: &Row) {
    let memory = if keeps_in_memory(server) {
        ("bytes a session beyond its payload", 1024.0, many.beyond(server))
    } else {
        ("memory of the process, MiB", 64.0, many.memory / 1024.0 / 1024.0)
    };
    // What is within a tenth is flat: rounds lie further apart than that.
    let flat =
        ("processor time of a read, × that among the fewest", 1.1, many.read.cpu / few.read.cpu);
    for (what, most, reached) in [memory, flat] {
        let verdict = if reached <= most { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "| {}, {} sessions: {what} | {most:.1} | {reached:.2} | {verdict} |",
            server.name(),
            many.sessions
        );
    }
}

async fn row(server: Server, size: usize, time: Duration) -> Row {
    let running = Running::start(server, &["taskset", "-c", SERVER_CORE], 0);
    // Connections and their buffers are not the sessions'.
    Crowd::of(64).ask(&running, Route::Hello, Until::Count(20_000), Pace::AtOnce).await;
    let before = running.memory();
    let mut crowd = Crowd::of(size);
    crowd.arrive(&running).await;
    let after = running.memory();
    // All of them before the measured ones: the first read of a file is another matter.
    crowd.ask(&running, Route::Read, Until::Count(crowd.len()), Pace::AtOnce).await;
    let until = Until::Time(time);
    let read = timed::sample(&running, &mut crowd, Route::Read, until, Pace::AtOnce).await;
    running.stop();
    Row {
        sessions: crowd.len(),
        memory: after as f64 * 1024.0,
        added: after.saturating_sub(before) as f64 * 1024.0,
        read,
    }
}

fn payload() -> usize {
    let map: serde_json::Map<_, _> =
        lunox_bench::keys().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    serde_json::to_vec(&map).map_or(0, |bytes| bytes.len())
}
