//! Measuring time: rounds in which every server has its turn, so that whatever else the machine does meets all.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::load::{Crowd, Pace, SESSIONS, Until};
use crate::machine;
use crate::process::{self, Running};
use crate::servers::{Route, Server};

/// How it is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who is measured.
    pub servers: Vec<Server>,
    /// How often everyone has a turn.
    pub rounds: usize,
    /// How long each route is asked for.
    pub time: Duration,
    /// How many sessions are made when that is measured; a time would make more for the quick.
    pub made: usize,
    /// Requests in a second when latency is measured.
    pub rate: f64,
    /// Worker threads of the servers; 0 answers everything on one thread.
    pub threads: usize,
    /// The cores that servers run on.
    pub cores: String,
}

/// Turns of servers that are there all the time.
#[derive(Clone, Copy, Debug)]
pub struct Turns {
    /// How often each server has one.
    pub rounds: usize,
    /// How long each route is asked for in a turn.
    pub time: Duration,
    /// Requests in a second when latency is measured. At most half of what the server can answer: else the queue is all that
    /// is seen.
    pub rate: f64,
}

/// The routes whose latency is measured at a rate: what the pages of an application do.
const PACED: [Route; 2] = [Route::Read, Route::Add];

/// One route of one server in one round.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Processor time of the server for a request, in microseconds, user and system.
    pub cpu: f64,
    /// The share of it in the kernel.
    pub system: f64,
    /// Requests in a second.
    pub rate: f64,
    /// The latency of the median request, in microseconds.
    pub p50: f64,
    /// The latency that 99 of 100 requests stay below.
    pub p99: f64,
    /// The share of the time that the server ran.
    pub busy: f64,
    /// The share of the time that the server, or the load, waited because something else had its core.
    pub waited: f64,
}

/// All rounds.
#[derive(Debug, Default)]
pub struct Results {
    /// The samples of each server and route.
    pub samples: BTreeMap<(String, &'static str), Vec<Sample>>,
    /// The same at a rate that does not fill the server.
    pub paced: BTreeMap<(String, &'static str), Vec<Sample>>,
    /// From the start to the first answer, in milliseconds, and the memory at the end of a round, in MiB.
    pub starts: BTreeMap<String, Vec<(f64, f64)>>,
    /// What making a file takes on this disk, in microseconds, before the first round and after the last.
    pub files: (f64, f64),
}

impl Results {
    /// The median of one figure.
    pub fn median(&self, server: Server, route: Route, figure: fn(&Sample) -> f64) -> Option<f64> {
        let samples = self.samples.get(&(server.name(), route.name()))?;
        Some(median(samples.iter().map(figure).collect()))
    }

    /// The same at a rate that does not fill the server.
    pub fn paced(&self, server: Server, route: Route, figure: fn(&Sample) -> f64) -> Option<f64> {
        let samples = self.paced.get(&(server.name(), route.name()))?;
        Some(median(samples.iter().map(figure).collect()))
    }

    /// From the start to the first answer, in milliseconds.
    pub fn start(&self, server: Server) -> Option<f64> {
        Some(median(self.starts.get(&server.name())?.iter().map(|(start, _)| *start).collect()))
    }

    /// How far the rounds lie apart, as a share of the median.
    pub fn spread(&self, server: Server, route: Route) -> Option<f64> {
        let samples = self.samples.get(&(server.name(), route.name()))?;
        let cpu = samples.iter().map(|sample| sample.cpu);
        let (least, most) = (cpu.clone().fold(f64::MAX, f64::min), cpu.fold(0.0, f64::max));
        Some((most - least) / self.median(server, route, |sample| sample.cpu)?)
    }
}

/// The middle of some numbers.
pub fn median(numbers: Vec<f64>) -> f64 {
    quantile(numbers, 0.5)
}

/// What this share of some numbers lies below.
pub fn quantile(mut numbers: Vec<f64>, share: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get((numbers.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN)
}

/// Measures.
pub async fn run(plan: &Plan) -> Results {
    let mut results = Results::default();
    results.files.0 = machine::making_a_file();
    let mut servers = plan.servers.clone();
    for round in 1..=plan.rounds {
        for server in &servers {
            eprintln!("round {round} of {}: {}", plan.rounds, server.name());
            turn(plan, *server, &mut results).await;
        }
        // Nobody always comes after the same other.
        servers.reverse();
    }
    results.files.1 = machine::making_a_file();
    results
}

/// A server of a fresh process: where its memory happens to be differs from round to round, and must not count.
async fn turn(plan: &Plan, server: Server, results: &mut Results) {
    let running = Running::start(server, &["taskset", "-c", &plan.cores], plan.threads);
    let mut crowd = Crowd::of(SESSIONS);
    crowd.arrive(&running).await;
    // Whatever is done but once is done now.
    for route in Route::ALL {
        crowd.ask(&running, route, Until::Count(2_000), Pace::AtOnce).await;
    }
    for route in Route::ALL {
        let until =
            if route == Route::Make { Until::Count(plan.made) } else { Until::Time(plan.time) };
        let sample = sample(&running, &mut crowd, route, until, Pace::AtOnce).await;
        results.samples.entry((server.name(), route.name())).or_default().push(sample);
    }
    for route in PACED {
        let (until, pace) = (Until::Time(plan.time), Pace::Rate(plan.rate));
        let sample = sample(&running, &mut crowd, route, until, pace).await;
        results.paced.entry((server.name(), route.name())).or_default().push(sample);
    }
    let start = (running.started_in.as_secs_f64() * 1e3, running.memory() as f64 / 1024.0);
    results.starts.entry(server.name()).or_default().push(start);
    running.stop();
}

/// Asks for a route and reads what it cost.
pub async fn sample(
    running: &Running,
    crowd: &mut Crowd,
    route: Route,
    until: Until,
    pace: Pace,
) -> Sample {
    let before = (running.cpu(), running.waited(), process::waited("self"));
    let load = crowd.ask(running, route, until, pace).await;
    let after = (running.cpu(), running.waited(), process::waited("self"));
    let (user, system) = (after.0.0 - before.0.0, after.0.1 - before.0.1);
    let waited = (after.1 - before.1).max(after.2 - before.2);
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    Sample {
        cpu: micros(user + system) / load.requests as f64,
        system: micros(system) / micros(user + system).max(1.0),
        rate: load.requests as f64 / load.took.as_secs_f64(),
        p50: load.percentile(0.5),
        p99: load.percentile(0.99),
        busy: micros(user + system) / micros(load.took),
        waited: micros(waited) / micros(load.took),
    }
}
