//! What the sweeper does to the requests that it runs beside.
//!
//! Two servers with the same expired files, of which one sweeps: each is halted while the other has its turn.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::load::{Crowd, PARTS, Pace, SESSIONS, Until};
use crate::machine;
use crate::process::{Running, SERVER_CORE};
use crate::servers::{Route, Server};
use crate::timed::{self, Sample, Turns, quantile};

/// How it is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Expired sessions in the folder of each server.
    pub expired: usize,
    /// Beside the sweeper and without it.
    pub turns: Turns,
}

/// A server and its visitors.
struct Side {
    running: Running,
    crowd: Crowd,
    samples: Vec<(Route, Sample)>,
}

/// Where little has expired, the sweeper works a millisecond long and rests 199. What is looked at is the median of a load's parts: each has to be
/// longer than that, or most would not meet it.
const SHORTEST: Duration = Duration::from_millis(200).saturating_mul(PARTS);

/// Measures both in turns and tells how they differ.
///
/// # Panics
/// When a turn is too short to show it.
pub async fn run(plan: Plan) -> String {
    assert!(plan.turns.time > SHORTEST, "--seconds has to be more than {SHORTEST:?}");
    let mut resting = Side::start("unswept", plan.expired).await;
    let mut sweeping = Side::start("swept", plan.expired).await;
    // Else the disk would be writing all of these files meanwhile, and what asks it for anything would wait for that.
    machine::sync();
    let before = files(&sweeping.running.folder);
    for round in 1..=plan.turns.rounds {
        eprintln!("round {round} of {}", plan.turns.rounds);
        for route in [Route::Read, Route::Add] {
            // Nobody always comes after the same other.
            let mut sides = [&mut resting, &mut sweeping];
            if round % 2 == 0 {
                sides.reverse();
            }
            for side in sides {
                side.turn(route, plan).await;
            }
        }
    }
    let after = files(&sweeping.running.folder);
    let mut text = format!(
        "{}. {}. {} expired files, {} rounds of {:.1} s, {:.0} requests a second, {} swept meanwhile.\n\n\
         Medians of the rounds, and between which two values the middle half of them lies.\n\n\
         | | p50, µs | p99, µs | p99 without the sweeper | ratio | processor, µs |\n|---|---|---|---|---|---|\n",
        machine::day(),
        machine::describe(),
        plan.expired,
        plan.turns.rounds,
        plan.turns.time.as_secs_f64(),
        plan.turns.rate,
        before.saturating_sub(after),
    );
    for route in [Route::Read, Route::Add] {
        let [with, without] = [&sweeping, &resting].map(|side| side.quartiles(route, |s| s.p99));
        let _ = writeln!(
            text,
            "| {} | {:.0} | {} | {} | {:.2} | {:.1} |",
            route.title(),
            sweeping.quartiles(route, |sample| sample.p50)[1],
            shown(with),
            shown(without),
            with[1] / without[1],
            sweeping.quartiles(route, |sample| sample.cpu)[1],
        );
    }
    if after <= sweeping.crowd.len() {
        text += "\nThe sweep ended before the measurement: take more --sessions.\n";
    }
    [resting, sweeping].into_iter().for_each(Side::stop);
    text
}

impl Side {
    /// Starts a server, which first makes the expired files, and halts it.
    async fn start(store: &str, expired: usize) -> Self {
        eprintln!("{store}: making {expired} expired files");
        let store = format!("{store}:{expired}").leak();
        let server = Server { framework: "lunox", store, title: "" };
        let running = Running::start(server, &["taskset", "-c", SERVER_CORE], 0);
        let mut crowd = Crowd::of(SESSIONS);
        crowd.arrive(&running).await;
        running.signal("STOP");
        Self { running, crowd, samples: Vec::new() }
    }

    async fn turn(&mut self, route: Route, plan: Plan) {
        let Self { running, crowd, samples } = self;
        running.signal("CONT");
        // What waited meanwhile, and what the processor's caches held for the other, is no part of it.
        crowd.ask(running, route, Until::Count(2_000), Pace::AtOnce).await;
        let (until, pace) = (Until::Time(plan.turns.time), Pace::Rate(plan.turns.rate));
        samples.push((route, timed::sample(running, crowd, route, until, pace).await));
        running.signal("STOP");
    }

    /// A quarter, half and three quarters of the rounds lie below these.
    fn quartiles(&self, route: Route, figure: fn(&Sample) -> f64) -> [f64; 3] {
        let samples = self.samples.iter().filter(|(of, _)| *of == route);
        let figures: Vec<f64> = samples.map(|(_, sample)| figure(sample)).collect();
        [0.25, 0.5, 0.75].map(|share| quantile(figures.clone(), share))
    }

    fn stop(self) {
        self.running.signal("CONT");
        self.running.stop();
    }
}

fn shown([lower, median, upper]: [f64; 3]) -> String {
    format!("{median:.0} ({lower:.0}–{upper:.0})")
}

/// The files in the folders of a folder.
fn files(folder: &Path) -> usize {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries(folder).filter(|entry| entry.path().is_dir());
    folders.map(|folder| entries(&folder.path()).count()).sum()
}
