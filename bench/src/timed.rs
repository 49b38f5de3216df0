//! Measuring time: rounds in which every server has its turn, so that whatever else the machine does meets all.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::load::{Crowd, SESSIONS, Until};
use crate::process::{Running, SERVER_CORE};
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
    /// Worker threads of the servers; 0 answers everything on one thread.
    pub threads: usize,
}

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
}

/// All rounds.
#[derive(Debug, Default)]
pub struct Results {
    /// The samples of each server and route.
    pub samples: BTreeMap<(String, &'static str), Vec<Sample>>,
    /// From the start to the first answer, in milliseconds, and the memory at the end of a round, in MiB.
    pub starts: BTreeMap<String, Vec<(f64, f64)>>,
}

impl Results {
    /// The median of one figure.
    pub fn median(&self, server: Server, route: Route, figure: fn(&Sample) -> f64) -> Option<f64> {
        let samples = self.samples.get(&(server.name(), route.name()))?;
        Some(median(samples.iter().map(figure).collect()))
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
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Measures.
pub async fn run(plan: &Plan) -> Results {
    let mut results = Results::default();
    for round in 1..=plan.rounds {
        for server in &plan.servers {
            eprintln!("round {round} of {}: {}", plan.rounds, server.name());
            turn(plan, *server, &mut results).await;
        }
    }
    results
}

/// A server of a fresh process: where its memory happens to lie differs from round to round, and is no merit.
async fn turn(plan: &Plan, server: Server, results: &mut Results) {
    let running = Running::start(server, &["taskset", "-c", SERVER_CORE], plan.threads);
    let mut crowd = Crowd::of(SESSIONS);
    crowd.arrive(&running).await;
    // Whatever is done but once is done now.
    for route in Route::ALL {
        crowd.ask(&running, route, Until::Count(2_000)).await;
    }
    for route in Route::ALL {
        let until =
            if route == Route::Make { Until::Count(plan.made) } else { Until::Time(plan.time) };
        let sample = sample(&running, &mut crowd, route, until).await;
        results.samples.entry((server.name(), route.name())).or_default().push(sample);
    }
    let start = (running.started_in.as_secs_f64() * 1e3, running.memory() as f64 / 1024.0);
    results.starts.entry(server.name()).or_default().push(start);
    running.stop();
}

/// Asks for a route and reads what it cost.
pub async fn sample(running: &Running, crowd: &mut Crowd, route: Route, until: Until) -> Sample {
    let before = running.cpu();
    let load = crowd.ask(running, route, until).await;
    let after = running.cpu();
    let (user, system) = (after.0 - before.0, after.1 - before.1);
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    Sample {
        cpu: micros(user + system) / load.requests as f64,
        system: micros(system) / micros(user + system).max(1.0),
        rate: load.requests as f64 / load.took.as_secs_f64(),
        p50: micros(load.percentile(0.5)),
        p99: micros(load.percentile(0.99)),
    }
}
