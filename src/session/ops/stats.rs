//! How many sessions a store holds, how large they are, and how old.

use serde::Serialize;

use super::walk::Walk;
use crate::session::SessionManager;
use crate::session::drivers::DriverError;
use crate::session::record::Record;

/// What a store holds, in numbers; from [`SessionManager::stats`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SessionStats {
    /// Sessions that a request would find.
    pub living: u64,
    /// Records whose time is over and that wait for the sweeper.
    pub expired: u64,
    /// Records that are damaged or of another version.
    pub unreadable: u64,
    /// The size of the living sessions' records.
    pub bytes: u64,
    /// How large the living sessions are, in bytes; `None` when there are none.
    pub sizes: Option<Spread>,
    /// How long ago they were made, in seconds.
    pub ages: Option<Spread>,
}

/// How numbers are spread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Spread {
    /// The smallest.
    pub smallest: u64,
    /// Half of them are at most this; exact below 256, else to one percent.
    pub median: u64,
    /// 99 of 100 are at most this; exact below 256, else to one percent.
    pub p99: u64,
    /// The largest.
    pub largest: u64,
    /// How many there are in each range that holds some, and in the ranges between.
    pub histogram: Vec<Bin>,
}

/// A range of a histogram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Bin {
    /// Where it starts.
    pub from: u64,
    /// Where it ends, itself not in it; `None` for the last.
    pub below: Option<u64>,
    /// How many numbers are in it.
    pub count: u64,
}

const KIB: u64 = 1024;
const SIZES: &[u64] = &[0, 128, 256, 512, KIB, 2 * KIB, 4 * KIB, 16 * KIB, 64 * KIB, 1024 * KIB];
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
const AGES: &[u64] = &[0, 60, 600, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY];

/// Counts and measures what the store holds, as in [`SessionManager::stats`].
pub(crate) async fn stats(manager: &SessionManager) -> Result<SessionStats, DriverError> {
    let now = manager.rules.now();
    let mut stats = SessionStats::default();
    let (mut sizes, mut ages) = (Tally::new(SIZES), Tally::new(AGES));
    let mut walk = Walk::new(manager);
    while let Some(batch) = walk.next().await? {
        for visited in &batch {
            if let Some((summary, _)) = visited.living(manager) {
                stats.living += 1;
                stats.bytes += summary.bytes as u64;
                sizes.add(summary.bytes as u64);
                ages.add(now.saturating_sub(summary.created));
            } else if visited.record.is_none() {
                stats.unreadable += 1;
            } else if visited.deadline <= now || matches!(visited.record, Some(Record::Session(..)))
            {
                stats.expired += 1;
            }
        }
    }
    stats.sizes = sizes.spread();
    stats.ages = ages.spread();
    Ok(stats)
}

/// Each power of two is cut into this many: what is told is at most one part in 128 off.
const PARTS: u32 = 128;

/// Counts numbers by their size, in room that does not grow with their count.
struct Tally {
    counts: Vec<u64>,
    bins: Vec<Bin>,
    smallest: u64,
    largest: u64,
}

impl Tally {
    fn new(edges: &[u64]) -> Self {
        let ends = edges.iter().skip(1).map(|edge| Some(*edge)).chain([None]);
        let bin = |(from, below): (&u64, Option<u64>)| Bin { from: *from, below, count: 0 };
        let bins = edges.iter().zip(ends).map(bin).collect();
        Self { counts: Vec::new(), bins, smallest: u64::MAX, largest: 0 }
    }

    fn add(&mut self, number: u64) {
        let bucket = bucket_of(number);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        if let Some(bin) = self.bins.iter_mut().rfind(|bin| bin.from <= number) {
            bin.count += 1;
        }
        self.smallest = self.smallest.min(number);
        self.largest = self.largest.max(number);
    }

    fn spread(mut self) -> Option<Spread> {
        let first = self.bins.iter().position(|bin| bin.count > 0)?;
        let last = self.bins.iter().rposition(|bin| bin.count > 0)?;
        Some(Spread {
            smallest: self.smallest,
            median: self.quantile(50),
            p99: self.quantile(99),
            largest: self.largest,
            histogram: self.bins.drain(first..=last).collect(),
        })
    }

    /// The number that so many of a hundred do not exceed.
    fn quantile(&self, percent: u64) -> u64 {
        let total: u64 = self.counts.iter().sum();
        let wanted = (total * percent).div_ceil(100);
        let mut seen = 0;
        let holds = |count: &u64| {
            seen += count;
            seen >= wanted
        };
        let bucket = self.counts.iter().position(holds).unwrap_or(0);
        (floor(bucket + 1) - 1).clamp(self.smallest, self.largest)
    }
}

/// Where a number is counted: small ones each for itself, large ones with their neighbours.
fn bucket_of(number: u64) -> usize {
    let exponent = number.max(1).ilog2().saturating_sub(PARTS.ilog2());
    (number >> exponent) as usize + exponent as usize * PARTS as usize
}

/// The smallest number that is counted in a bucket.
fn floor(bucket: usize) -> u64 {
    let parts = PARTS as usize;
    let exponent = (bucket / parts).saturating_sub(1);
    ((bucket - exponent * parts) as u64).checked_shl(exponent as u32).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_counted_once_and_to_one_percent() {
        let mut numbers: Vec<u64> = (0..2_000).collect();
        numbers.extend((0..50).map(|shift| 1_u64 << shift));
        numbers.extend((0..50).map(|shift| (1_u64 << shift) * 3 - 1));
        for number in numbers {
            let bucket = bucket_of(number);
            let (from, next) = (floor(bucket), floor(bucket + 1));
            assert!(from <= number && number < next, "{number} at {bucket}: {from}..{next}");
            assert!(number < 256 || (next - from) as f64 <= number as f64 / 100.0, "{number}");
            assert!(number >= 256 || next - from == 1, "{number} is told exactly");
        }
    }

    #[test]
    fn a_spread_tells_the_ends_exactly_and_the_middle_well() {
        let mut tally = Tally::new(&[0, 128, 4096, 1 << 20]);
        (1..=10_000).rev().for_each(|number| tally.add(number));
        let spread = tally.spread().expect("numbers");
        assert_eq!((spread.smallest, spread.largest), (1, 10_000));
        assert!(spread.median.abs_diff(5_000) <= 50, "{spread:?}");
        assert!(spread.p99.abs_diff(9_900) <= 99, "{spread:?}");
        let counts: Vec<u64> = spread.histogram.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [127, 3_968, 5_905]);
        assert_eq!(Tally::new(SIZES).spread(), None);
    }

    #[test]
    fn a_single_number_is_all_of_its_spread() {
        let mut tally = Tally::new(AGES);
        tally.add(1_000_001);
        let spread = tally.spread().expect("a number");
        assert_eq!((spread.median, spread.p99), (1_000_001, 1_000_001));
        assert_eq!(spread.histogram.len(), 1);
    }
}
