//! Counting instructions and allocations, and comparing what was counted with what was.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::callgrind::Profile;
use crate::servers::{Route, Server};

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
}

/// Counts.
pub fn run(plan: &Plan) -> Counts {
    let mut counts = Counts::new();
    for server in &plan.servers {
        for route in &plan.routes {
            let tries = (0..plan.tries.max(1)).map(|_| {
                let profile = Profile::of(*server, *route, plan.few, plan.many);
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

/// Ratios of our instructions to others', which hardly depend on the machine and its C library.
#[derive(Debug, Default, PartialEq)]
pub struct Ratios(BTreeMap<Place, f64>);

impl Ratios {
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
        Self(ratios)
    }

    /// Reads a file that [`write`](Ratios::write) wrote.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("{}: {error}; make it with --write", path.display()));
        let line = |line: &str| {
            let mut words = line.split_whitespace().map(str::to_owned);
            let place = (words.next()?, words.next()?, words.next()?);
            Some((place, words.next()?.parse().ok()?))
        };
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter_map(line).collect())
    }

    /// Writes the ratios, for later counts to be compared with.
    pub fn write(&self, path: &Path) {
        let mut text = String::from(
            "# Instructions of ours, as multiples of the other's: server, route, other, ratio. Written by run.sh --write.\n",
        );
        for ((server, route, other), ratio) in &self.0 {
            text += &format!("{server} {route} {other} {ratio:.3}\n");
        }
        fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// What has become worse than `before` by more than this share, as lines for people.
    pub fn worse_than(&self, before: &Self, share: f64) -> Vec<String> {
        let worse = self.0.iter().filter_map(|(place, ratio)| {
            let (server, route, other) = place;
            match before.0.get(place) {
                None => {
                    Some(format!("{server} {route}: nothing is known against {other}; --write"))
                }
                Some(was) if *ratio > was * (1.0 + share) => Some(format!(
                    "{server} {route}: {ratio:.3} times {other}'s instructions, it was {was:.3}"
                )),
                Some(_) => None,
            }
        });
        worse.collect()
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
        let before = Ratios::of(&counts(100.0));
        assert_eq!(Ratios::of(&counts(109.0)).worse_than(&before, 0.1), [] as [String; 0]);
        assert_eq!(Ratios::of(&counts(111.0)).worse_than(&before, 0.1).len(), 1);
        assert_eq!(Ratios::of(&counts(50.0)).worse_than(&before, 0.1), [] as [String; 0]);
        // What was never counted must not pass for what is as good as ever.
        assert_eq!(before.worse_than(&Ratios::default(), 0.1).len(), 1);
    }

    #[test]
    fn ratios_are_read_as_they_were_written() {
        let path = std::env::temp_dir().join(format!("lunox-bench-ratios-{}", std::process::id()));
        let ratios = Ratios::of(&counts(125.0));
        ratios.write(&path);
        let read = Ratios::read(&path);
        fs::remove_file(&path).expect("it was written");
        assert_eq!(read, ratios);
    }
}
