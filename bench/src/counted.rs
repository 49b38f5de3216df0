//! Counting instructions and allocations, and comparing what was counted with what was.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::callgrind::Profile;
use crate::servers::{Route, Server};
use crate::targets;

/// What a request costs.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// Instructions in user space.
    pub instructions: f64,
    /// How often memory is asked for.
    pub allocations: f64,
}

/// What requests cost, by server and route.
pub type Counts = BTreeMap<(String, &'static str), Count>;

/// How it is counted.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whose requests are counted.
    pub servers: Vec<Server>,
    /// Which requests.
    pub routes: Vec<Route>,
    /// The requests of the first run, after which a server has settled.
    pub few: u64,
    /// The requests of the second run.
    pub many: u64,
    /// The lowest of so many counts is taken: an interrupted disk call sends the file driver to another thread for a
    /// while, and nothing makes a count too low.
    pub tries: usize,
    /// Worker threads of the servers; 0 answers everything on one thread.
    pub threads: usize,
}

/// Counts.
pub fn run(plan: &Plan) -> Counts {
    let mut counts = Counts::new();
    for server in &plan.servers {
        for route in &plan.routes {
            let tries = (0..plan.tries.max(1)).map(|_| {
                let profile = Profile::of(*server, *route, plan.few, plan.many, plan.threads);
                Count { instructions: profile.instructions, allocations: profile.allocations }
            });
            let least = tries.min_by(|a, b| a.instructions.total_cmp(&b.instructions));
            let count = least.expect("there is one try at least");
            eprintln!("{} {}: {:.0}", server.name(), route.name(), count.instructions);
            counts.insert((server.name(), route.name()), count);
        }
    }
    counts
}

/// Which of ours is compared, on which route, with which other.
type Place = (String, String, String);

/// Ratios of our instructions to others', which hardly depend on the machine and its C library, and the targets that
/// are reached.
#[derive(Debug, Default, PartialEq)]
pub struct Baseline {
    ratios: BTreeMap<Place, f64>,
    /// Their titles.
    held: Vec<String>,
}

/// Begins the line of a target that is reached.
const HELD: &str = "held: ";

impl Baseline {
    /// Compares each of ours with each other that was counted.
    pub fn of(counts: &Counts) -> Self {
        let ours = |server: &str| server.starts_with("lunox-");
        let mut ratios = BTreeMap::new();
        for ((server, route), count) in counts.iter().filter(|((server, _), _)| ours(server)) {
            let others = counts.iter().filter(|((other, same), _)| !ours(other) && same == route);
            for ((other, _), than) in others {
                let place = (server.clone(), (*route).to_owned(), other.clone());
                ratios.insert(place, count.instructions / than.instructions);
            }
        }
        Self { ratios, held: targets::held(counts) }
    }

    /// Reads a file that [`write`](Baseline::write) wrote.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("{}: {error}; make it with --write", path.display()));
        let ratio = |line: &str| {
            let mut words = line.split_whitespace().map(str::to_owned);
            let place = (words.next()?, words.next()?, words.next()?);
            Some((place, words.next()?.parse().ok()?))
        };
        let mut read = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix(HELD) {
                Some(title) => read.held.push(title.to_owned()),
                None => read.ratios.extend(ratio(line)),
            }
        }
        read
    }

    /// Writes it, for later counts to be compared with.
    pub fn write(&self, path: &Path) {
        let mut text = String::from(
            "# Instructions of ours, as multiples of the other's: server, route, other, ratio; then the targets that are\n\
             # reached. Written by run.sh --write.\n",
        );
        for ((server, route, other), ratio) in &self.ratios {
            text += &format!("{server} {route} {other} {ratio:.3}\n");
        }
        for title in &self.held {
            text += &format!("{HELD}{title}\n");
        }
        fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// What has become worse by more than this share, and which targets are no longer reached, as lines for people.
    pub fn broken_by(&self, counts: &Counts, share: f64) -> Vec<String> {
        let now = Self::of(counts);
        let worse = now.ratios.iter().filter_map(|(place, ratio)| {
            let (server, route, other) = place;
            match self.ratios.get(place) {
                None => {
                    Some(format!("{server} {route}: nothing is known against {other}; --write"))
                }
                Some(was) if *ratio > was * (1.0 + share) => Some(format!(
                    "{server} {route}: {ratio:.3} times {other}'s instructions, it was {was:.3}"
                )),
                Some(_) => None,
            }
        });
        worse.chain(targets::lost(counts, &self.held)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(ours: f64) -> Counts {
        let count = |instructions| Count { instructions, allocations: 1.0 };
        Counts::from([
            (("lunox-memory".to_owned(), "read"), count(ours)),
            (("axum-memory".to_owned(), "read"), count(100.0)),
            (("axum-memory".to_owned(), "add"), count(7.0)),
        ])
    }

    #[test]
    fn only_what_became_worse_by_more_than_the_share_is_told() {
        let before = Baseline::of(&counts(120.0));
        assert_eq!(before.broken_by(&counts(131.0), 0.1), [] as [String; 0]);
        assert_eq!(before.broken_by(&counts(133.0), 0.1).len(), 1);
        assert_eq!(before.broken_by(&counts(50.0), 0.1), [] as [String; 0]);
        // What was never counted must not pass for what is as good as ever.
        assert_eq!(Baseline::default().broken_by(&counts(120.0), 0.1).len(), 1);
    }

    #[test]
    fn a_target_that_is_reached_must_stay_so_however_little_it_is_missed() {
        let before = Baseline::of(&counts(95.0));
        assert_eq!(before.broken_by(&counts(99.9), 0.1), [] as [String; 0]);
        assert_eq!(before.broken_by(&counts(100.1), 0.1).len(), 1);
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written() {
        let path = std::env::temp_dir().join(format!("lunox-bench-ratios-{}", std::process::id()));
        let before = Baseline::of(&counts(75.0));
        before.write(&path);
        let read = Baseline::read(&path);
        fs::remove_file(&path).expect("it was written");
        assert!(!read.held.is_empty());
        assert_eq!(read, before);
    }
}
