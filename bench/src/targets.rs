//! What lunox sets out to reach, and whether one run's figures reach it.

use std::fmt::Write;

use crate::counted::Counts;
use crate::servers::{Route, Server};
use crate::timed::Results;

/// A target: a figure of ours that is to be this much at most, by itself or as a multiple of another's.
#[derive(Clone, Copy, Debug)]
struct Target {
    figure: Figure,
    server: &'static str,
    route: Route,
    /// The other server; none when the figure itself is bounded.
    than: Option<&'static str>,
    most: f64,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    /// Thousands of instructions in user space for a request.
    Instructions,
    /// Allocations for a request.
    Allocations,
    /// Processor time of the server for a request.
    Time,
    /// The latency of the slowest in a hundred, at a rate that fills no server.
    Slowest,
    /// From the start to the first answer, in milliseconds.
    Start,
}

const fn target(
    figure: Figure,
    server: &'static str,
    route: Route,
    than: Option<&'static str>,
    most: f64,
) -> Target {
    Target { figure, server, route, than, most }
}

use Figure::{Allocations, Instructions, Slowest, Start, Time};
use Route::{Add, Hello, Make, Read};

/// All of them.
const TARGETS: &[Target] = &[
    target(Instructions, "lunox-memory", Hello, None, 10.5),
    target(Instructions, "lunox-memory", Hello, Some("axum-memory"), 1.0),
    target(Instructions, "lunox-memory", Read, None, 18.0),
    target(Instructions, "lunox-memory", Add, None, 26.0),
    target(Instructions, "lunox-memory", Read, Some("axum-memory"), 1.0),
    target(Instructions, "lunox-memory", Add, Some("axum-memory"), 1.0),
    target(Instructions, "lunox-file", Read, Some("axum-memory"), 1.0),
    target(Instructions, "lunox-file", Add, Some("axum-memory"), 1.0),
    target(Instructions, "lunox-cookie", Read, Some("actix-cookie"), 1.0),
    target(Instructions, "lunox-cookie", Add, Some("actix-cookie"), 1.0),
    target(Allocations, "lunox-memory", Read, None, 15.0),
    target(Allocations, "lunox-memory", Add, None, 25.0),
    target(Time, "lunox-memory", Hello, Some("hyper-map"), 1.1),
    target(Time, "lunox-memory", Read, Some("hyper-map"), 1.3),
    target(Time, "lunox-memory", Add, Some("hyper-map"), 1.6),
    target(Time, "lunox-memory", Read, Some("salvo-memory"), 1.0),
    target(Time, "lunox-memory", Add, Some("salvo-memory"), 1.0),
    target(Time, "lunox-memory", Make, Some("salvo-memory"), 1.0),
    target(Time, "lunox-memory", Read, Some("poem-memory"), 1.0),
    target(Time, "lunox-memory", Add, Some("poem-memory"), 1.0),
    target(Time, "lunox-memory", Make, Some("poem-memory"), 1.0),
    target(Time, "lunox-file", Read, Some("axum-memory"), 1.0),
    target(Time, "lunox-file", Add, Some("axum-memory"), 1.0),
    target(Time, "lunox-file", Make, Some("axum-memory"), 1.3),
    target(Time, "lunox-cookie", Read, Some("actix-cookie"), 1.0),
    target(Time, "lunox-cookie", Add, Some("actix-cookie"), 1.0),
    target(Time, "lunox-cookie", Make, Some("actix-cookie"), 1.0),
    target(Slowest, "lunox-memory", Read, Some("axum-memory"), 1.0),
    target(Slowest, "lunox-memory", Add, Some("axum-memory"), 1.0),
    target(Slowest, "lunox-file", Read, Some("axum-memory"), 1.0),
    target(Slowest, "lunox-file", Add, Some("axum-memory"), 1.0),
    target(Start, "lunox-memory", Hello, None, 30.0),
    target(Start, "lunox-file", Hello, None, 30.0),
];

/// The figure of a server, if it was measured.
type Measured<'m> = dyn Fn(Figure, Server, Route) -> Option<f64> + 'm;

impl Target {
    /// What was reached; none when something for it was not measured.
    fn reached(&self, measured: &Measured<'_>) -> Option<f64> {
        let of = |name| measured(self.figure, Server::named(name)?, self.route);
        let ours = of(self.server)?;
        match self.than {
            None => Some(ours),
            Some(other) => Some(ours / of(other)?),
        }
    }

    fn title(&self) -> String {
        let what = match self.figure {
            Instructions => "thousands of instructions",
            Allocations => "allocations",
            Time => "processor time",
            Slowest => "p99",
            Start => "first answer after, ms",
        };
        let than = self.than.map_or(String::new(), |other| format!(", × {other}"));
        format!("{}, {}: {what}{than}", self.server, self.route.name())
    }
}

/// The targets that instructions and allocations decide.
pub fn counted(counts: &Counts) -> String {
    table(&|figure, server, route| counted_figure(counts, figure, server, route))
}

fn counted_figure(counts: &Counts, figure: Figure, server: Server, route: Route) -> Option<f64> {
    let count = counts.get(&(server.name(), route.name()))?;
    match figure {
        Instructions => Some(count.instructions / 1e3),
        Allocations => Some(count.allocations),
        Time | Slowest | Start => None,
    }
}

/// The targets that time decides.
pub fn timed(results: &Results) -> String {
    table(&|figure, server, route| match figure {
        Time => results.median(server, route, |sample| sample.cpu),
        Slowest => results.paced(server, route, |sample| sample.p99),
        Start => results.start(server),
        Instructions | Allocations => None,
    })
}

fn table(measured: &Measured<'_>) -> String {
    let mut text = String::from("| target | at most | here | reached |\n|---|---|---|---|\n");
    for target in TARGETS {
        let Some(reached) = target.reached(measured) else { continue };
        let verdict = if reached <= target.most { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "| {} | {:.1} | {reached:.2} | {verdict} |",
            target.title(),
            target.most
        );
    }
    text
}

/// Which of what instructions decide is reached, for the short mode to hold on to.
pub fn held(counts: &Counts) -> Vec<String> {
    /// Counts repeat to a fiftieth at worst: what is reached by less would be lost by chance.
    const SURELY: f64 = 0.98;
    let reached = judged(counts).filter(|(_, reached, most)| *reached <= most * SURELY);
    reached.map(|(title, ..)| title).collect()
}

/// What was held before, and is no longer.
pub fn lost(counts: &Counts, held: &[String]) -> Vec<String> {
    let lost = |title: &String| match judged(counts).find(|(known, ..)| known == title) {
        None => Some(format!("{title}: it is no target any more, or not counted; --write")),
        Some((_, reached, most)) if reached > most => {
            Some(format!("{title}: {reached:.2}, and {most:.1} at most was reached before"))
        }
        Some(_) => None,
    };
    held.iter().filter_map(lost).collect()
}

/// Every target that was counted: its title, what was reached, and the most that was allowed.
fn judged(counts: &Counts) -> impl Iterator<Item = (String, f64, f64)> {
    let measured = |figure, server, route| counted_figure(counts, figure, server, route);
    TARGETS
        .iter()
        .filter_map(move |target| Some((target.title(), target.reached(&measured)?, target.most)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counted::Count;

    fn counts(ours: f64) -> Counts {
        let count = |instructions| Count { instructions, allocations: 14.0 };
        Counts::from([
            (("lunox-memory".to_owned(), "read"), count(ours)),
            (("axum-memory".to_owned(), "read"), count(30_000.0)),
        ])
    }

    #[test]
    fn a_target_that_was_reached_is_lost_when_the_figure_passes_it() {
        let held = held(&counts(29_000.0));
        let against = "lunox-memory, read: thousands of instructions, × axum-memory";
        assert_eq!(held, [against, "lunox-memory, read: allocations"]);
        assert_eq!(super::held(&counts(29_900.0)).len(), 1, "too close to hold on to");
        assert_eq!(lost(&counts(29_900.0), &held), [] as [String; 0]);
        assert_eq!(lost(&counts(30_100.0), &held).len(), 1);
        // What is not counted any more must not pass for what is as good as ever.
        assert_eq!(lost(&Counts::new(), &held).len(), 2);
    }

    #[test]
    fn the_table_says_what_is_reached_and_leaves_out_what_was_not_measured() {
        let text = counted(&counts(29_000.0));
        assert_eq!(text.lines().count(), 2 + 3, "{text}");
        assert!(text.contains("instructions | 18.0 | 29.00 | no |"), "{text}");
        assert!(text.contains("× axum-memory | 1.0 | 0.97 | yes |"), "{text}");
    }

    #[test]
    fn every_target_names_servers_that_are_there() {
        for target in TARGETS {
            assert!(Server::named(target.server).is_some(), "{target:?}");
            assert!(target.than.is_none_or(|other| Server::named(other).is_some()), "{target:?}");
        }
    }
}
