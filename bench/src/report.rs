//! What was measured, as tables in Markdown.

use std::fmt::Write;

use crate::counted::Counts;
use crate::machine;
use crate::servers::{Route, SERVERS, Server};
use crate::targets;
use crate::timed::{Plan, Results, Sample, median};

/// What ratios are ratios to.
const FLOOR: &str = "hyper-map";

/// The tables of a timed run.
pub fn timed(plan: &Plan, results: &Results) -> String {
    let mut text = format!(
        "{}. {}. {} rounds, {:.1} s a route, {} connections, server on core {} and load on another, {}.\n\n",
        machine::day(),
        machine::describe(),
        plan.rounds,
        plan.time.as_secs_f64(),
        crate::load::CONNECTIONS,
        plan.cores,
        match plan.threads {
            0 => "servers on one thread".to_owned(),
            threads => format!("servers with {threads} worker threads"),
        }
    );
    let floor = Server::named(FLOOR).expect("it is in the list");
    text += "Processor time of the server for a request, in µs, user and system: the median of the rounds, how many \
             times the plain map's it is, and how far the rounds lie apart.\n\n";
    table(&mut text, &plan.servers, |server, route| {
        let cpu = results.median(server, route, |sample| sample.cpu)?;
        let least = results.median(floor, route, |sample| sample.cpu);
        let ratio = least.map_or(String::new(), |least| format!(" {:.2}×", cpu / least));
        let spread = results.spread(server, route)? * 100.0;
        Some(format!("{cpu:.1}{ratio} ±{:.0} %", spread / 2.0))
    });
    text += "\nAs many requests as the server answers. Thousands in a second; latency of the median request and of the \
             slowest in a hundred, in µs, which is the time in the server's queue.\n\n";
    table(&mut text, &plan.servers, |server, route| {
        let figure = |figure: fn(&Sample) -> f64| results.median(server, route, figure);
        let rate = figure(|sample| sample.rate)? / 1e3;
        Some(format!(
            "{rate:.1}; {:.0}, {:.0}",
            figure(|sample| sample.p50)?,
            figure(|sample| sample.p99)?
        ))
    });
    let _ = write!(
        text,
        "\n{:.0} requests in a second, each sent when it is due. Processor time of the server for a request, and latency \
         since it was due of the median request and of the slowest in a hundred, in µs.\n\n",
        plan.rate
    );
    table(&mut text, &plan.servers, |server, route| {
        let figure = |figure: fn(&Sample) -> f64| results.paced(server, route, figure);
        if figure(|sample| sample.rate)? < 0.95 * plan.rate {
            return Some("not so many".to_owned());
        }
        Some(format!(
            "{:.1}; {:.0}, {:.0}",
            figure(|sample| sample.cpu)?,
            figure(|sample| sample.p50)?,
            figure(|sample| sample.p99)?
        ))
    });
    text += "\nIn %: share of the server's processor time that is the kernel's; share of the time that the server ran (what \
             is missing to 100 is the load's fault or the disk's); share of the time that the server or the load waited \
             because something else had its core.\n\n";
    table(&mut text, &plan.servers, |server, route| {
        let share =
            |figure: fn(&Sample) -> f64| Some(results.median(server, route, figure)? * 100.0);
        Some(format!(
            "{:.0}; {:.0}; {:.0}",
            share(|sample| sample.system)?,
            share(|sample| sample.busy)?,
            share(|sample| sample.waited)?
        ))
    });
    text += "\n| | first answer after, ms | memory at the end of a round, MiB |\n|---|---|---|\n";
    for server in &plan.servers {
        let Some(starts) = results.starts.get(&server.name()) else { continue };
        let (start, memory) = starts.iter().copied().unzip::<f64, f64, Vec<_>, Vec<_>>();
        let _ =
            writeln!(text, "| {} | {:.1} | {:.0} |", server.title, median(start), median(memory));
    }
    let _ = writeln!(
        text,
        "\nMaking an empty file took {:.0} µs before and {:.0} µs after; on ext4 it is 20 to 40, and ten times that for \
         some minutes after many files were removed.",
        results.files.0, results.files.1
    );
    text + "\n" + &targets::timed(results)
}

/// The table of what was counted.
pub fn counted(counts: &Counts) -> String {
    let mut text = format!(
        "{}. {}. callgrind, one connection.\n\nThousands of instructions in user space for a request, and allocations.\n\n",
        machine::day(),
        machine::describe()
    );
    let counted = |server: &&Server| counts.keys().any(|(name, _)| *name == server.name());
    let servers: Vec<Server> = SERVERS.iter().filter(counted).copied().collect();
    table(&mut text, &servers, |server, route| {
        let count = counts.get(&(server.name(), route.name()))?;
        Some(format!("{:.1}, {:.0}", count.instructions / 1e3, count.allocations))
    });
    text + "\n" + &targets::counted(counts)
}

fn table(text: &mut String, servers: &[Server], cell: impl Fn(Server, Route) -> Option<String>) {
    let titles = Route::ALL.map(Route::title).join(" | ");
    let _ = writeln!(text, "| | {titles} |\n|---|---|---|---|---|");
    for server in servers {
        let cells = Route::ALL.map(|route| cell(*server, route).unwrap_or_default()).join(" | ");
        let _ = writeln!(text, "| {} | {cells} |", server.title);
    }
}
