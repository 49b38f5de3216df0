//! What a session costs the application and its store, where the store is a process of its own.

use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::process::{Connection, Running};
use crate::servers::{Route, Server};
use crate::visitor::Visitor;

/// What is measured.
pub struct Plan {
    pub servers: Vec<Server>,
    pub routes: Vec<Route>,
    pub rounds: usize,
    /// Requests of one round, of one visitor after another.
    pub requests: u32,
    /// The process of the store; none for one that is a file.
    pub process: Option<u32>,
    /// A command for the shell that prints how many commands the store has carried out.
    pub probe: Option<String>,
}

/// What a request took, as sums over the rounds.
#[derive(Clone, Copy, Default)]
struct Sums {
    application: Duration,
    store: Duration,
    commands: u64,
}

/// Measures the servers in turns, A B B A, each with a process that it keeps.
pub fn run(plan: &Plan) -> String {
    let running: Vec<Running> = plan
        .servers
        .iter()
        .map(|server| Running::start(*server, &["taskset", "-c", "0"], 0))
        .collect();
    let mut text = String::from(
        "| | route | application, µs | store, µs | commands |\n|---|---|---|---|---|\n",
    );
    for route in &plan.routes {
        let mut sums = vec![Sums::default(); running.len()];
        let mut visits: Vec<(Connection, Visitor)> =
            running.iter().map(|server| (server.connect(), Visitor::default())).collect();
        for (connection, visitor) in &mut visits {
            connection.ask(visitor, Route::Make);
            // Statements are prepared, scripts loaded, pools filled.
            (0..100).for_each(|_| connection.ask(visitor, *route));
        }
        for round in 0..plan.rounds {
            let mut order: Vec<usize> = (0..running.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for index in order {
                let (connection, visitor) = &mut visits[index];
                let before = plan.now(&running[index]);
                (0..plan.requests).for_each(|_| connection.ask(visitor, *route));
                let after = plan.now(&running[index]);
                let sum = &mut sums[index];
                sum.application += after.application - before.application;
                sum.store += after.store.saturating_sub(before.store);
                sum.commands += after.commands - before.commands;
            }
        }
        for (server, sum) in plan.servers.iter().zip(&sums) {
            let requests = plan.rounds as f64 * f64::from(plan.requests);
            let _ = writeln!(
                text,
                "| {} | {} | {:.1} | {:.1} | {:.2} |",
                server.title,
                route.name(),
                sum.application.as_secs_f64() * 1e6 / requests,
                sum.store.as_secs_f64() * 1e6 / requests,
                sum.commands as f64 / requests
            );
        }
    }
    text
}

impl Plan {
    fn now(&self, server: &Running) -> Sums {
        let (user, system) = server.cpu();
        let commands = self.probe.as_deref().map_or(0, count);
        Sums {
            application: user + system,
            store: self.process.map_or(Duration::ZERO, used),
            commands,
        }
    }
}

fn count(probe: &str) -> u64 {
    let output = Command::new("sh").args(["-c", probe]).output().expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("`{probe}` printed {text:?}"))
}

/// The processor time of a process and of those that it has started, also of those that have ended.
fn used(process: u32) -> Duration {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let own = ticks(&process.to_string(), 4);
    let children = children.unwrap_or_default();
    let of_children: u64 = children.split_whitespace().map(|child| ticks(child, 2)).sum();
    Duration::from_millis((own + of_children) * 10)
}

/// utime and stime, and with four fields those of ended children; USER_HZ is 100 on every Linux.
fn ticks(process: &str, fields: usize) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let numbers = after.split(' ').skip(12).take(fields);
    numbers.filter_map(|field| field.parse::<u64>().ok()).sum()
}
