//! Many sessions at once: what one takes of the process's memory, and whether reading stays as quick.

use std::fmt::Write;

use crate::load::{Crowd, Pace, Until};
use crate::machine::{self, Held};
use crate::process::{Running, SERVER_CORE};
use crate::servers::{Route, Server};
use crate::timed::{self, Sample, Turns, median};

/// How it is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The fewest sessions; there are ten times as many each time, up to the most.
    pub from: usize,
    /// The most.
    pub to: usize,
    /// In each turn a server is read from as quickly as it answers, and then at the rate.
    pub turns: Turns,
    /// Whether what lies in files is held in memory. A kernel may else take files from there that nobody asks for, and reads
    /// tell of the disk.
    pub held: bool,
}

/// A server with so many sessions.
struct Side {
    running: Running,
    crowd: Crowd,
    /// The memory of the process, in bytes, and what the sessions added to it.
    memory: f64,
    added: f64,
    /// Reads as quickly as the server answers, and reads at the rate.
    reads: Vec<Sample>,
    paced: Vec<Sample>,
}

/// Reads in turns from servers of which each has ten times as many sessions as the one before.
pub async fn run(servers: &[Server], plan: Plan) -> String {
    let turns = plan.turns;
    let mut text = format!(
        "{}. {}{}. The payload of a session has {} bytes. The median of {} rounds of {:.1} s.\n\n\
         | | sessions | memory, MiB | bytes a session beyond its payload | read, µs of processor | \
         p50 at {:.0} a second, µs | p99 |\n\
         |---|---|---|---|---|---|---|\n",
        machine::day(),
        machine::describe(),
        if plan.held { ", held in memory" } else { "" },
        payload(),
        turns.rounds,
        turns.time.as_secs_f64(),
        turns.rate
    );
    let mut targets = String::from("| target | at most | here | reached |\n|---|---|---|---|\n");
    let tens = std::iter::successors(Some(plan.from), |size| Some(size * 10));
    let sizes: Vec<usize> = tens.take_while(|size| *size < plan.to).chain([plan.to]).collect();
    for server in servers {
        let mut sides = Vec::new();
        for size in &sizes {
            eprintln!("{}: {size} sessions", server.name());
            sides.push(Side::start(*server, *size).await);
        }
        // Reads should not meet a disk that is still writing the new files.
        machine::sync();
        let folders = sides.iter().map(|side| side.running.folder.as_path());
        let files = sides.iter().map(|side| side.crowd.len()).sum();
        let held = plan.held.then(|| Held::below(folders, files));
        for round in 1..=turns.rounds {
            eprintln!("round {round} of {}", turns.rounds);
            for side in &mut sides {
                side.turn(turns).await;
            }
        }
        for side in &sides {
            let _ = writeln!(text, "| {} | {} |", server.title, side.text(*server));
        }
        if let (Some(few), Some(many)) = (sides.first(), sides.last()) {
            judge(&mut targets, *server, few, many);
        }
        drop(held);
        sides.into_iter().for_each(|side| side.running.stop());
    }
    text + "\n" + &targets
}

impl Side {
    async fn start(server: Server, size: usize) -> Self {
        let running = Running::start(server, &["taskset", "-c", SERVER_CORE], 0);
        // Connections and their buffers are not the sessions'.
        Crowd::of(64).ask(&running, Route::Hello, Until::Count(20_000), Pace::AtOnce).await;
        let before = running.memory();
        let mut crowd = Crowd::of(size);
        crowd.arrive(&running).await;
        let after = running.memory();
        // The first read of a file is another matter.
        crowd.ask(&running, Route::Read, Until::Count(crowd.len()), Pace::AtOnce).await;
        let memory = after as f64 * 1024.0;
        let added = after.saturating_sub(before) as f64 * 1024.0;
        Self { running, crowd, memory, added, reads: Vec::new(), paced: Vec::new() }
    }

    async fn turn(&mut self, turns: Turns) {
        let Self { running, crowd, reads, paced, .. } = self;
        let until = Until::Time(turns.time);
        for (pace, samples) in [(Pace::AtOnce, reads), (Pace::Rate(turns.rate), paced)] {
            samples.push(timed::sample(running, crowd, Route::Read, until, pace).await);
        }
    }

    /// What a session takes beyond its payload, which only what keeps sessions in memory has there.
    fn beyond(&self, server: Server) -> f64 {
        let payload = if keeps_in_memory(server) { payload() } else { 0 };
        self.added / self.crowd.len() as f64 - payload as f64
    }

    fn text(&self, server: Server) -> String {
        format!(
            "{} | {:.0} | {:.0} | {:.1} | {:.0} | {:.0}",
            self.crowd.len(),
            self.memory / 1024.0 / 1024.0,
            self.beyond(server),
            figure(&self.reads, |sample| sample.cpu),
            figure(&self.paced, |sample| sample.p50),
            figure(&self.paced, |sample| sample.p99)
        )
    }
}

/// The median of the rounds.
fn figure(samples: &[Sample], figure: fn(&Sample) -> f64) -> f64 {
    median(samples.iter().map(figure).collect())
}

fn keeps_in_memory(server: Server) -> bool {
    ["memory", "map", "web"].contains(&server.store)
}

fn judge(text: &mut String, server: Server, few: &Side, many: &Side) {
    let memory = if keeps_in_memory(server) {
        ("bytes a session beyond its payload", 1024.0, many.beyond(server))
    } else {
        ("memory of the process, MiB", 64.0, many.memory / 1024.0 / 1024.0)
    };
    // What is within a tenth is flat: rounds lie further apart than that.
    let [few, latency] = [few, many].map(|side| figure(&side.paced, |sample| sample.p50));
    let flat = ("p50 of a read, × that among the fewest", 1.1, latency / few);
    for (what, most, reached) in [memory, flat] {
        let verdict = if reached <= most { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "| {}, {} sessions: {what} | {most:.1} | {reached:.2} | {verdict} |",
            server.name(),
            many.crowd.len()
        );
    }
}

fn payload() -> usize {
    let map: serde_json::Map<_, _> =
        lunox_bench::keys().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    serde_json::to_vec(&map).map_or(0, |bytes| bytes.len())
}
