//! Removes what has expired, in the background.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::session::SessionManager;
use crate::session::drivers::DriverError;

/// How many records one call to the driver may remove at least, and at most.
const BATCH: RangeInclusive<usize> = 16..=500;

/// A call that takes longer may keep requests waiting, so the next one removes fewer.
const SLICE: Duration = Duration::from_millis(1);

/// The share of the time that sweeping takes where little has expired: clearly fewer than one request in a hundred meet it.
const LEAST: f64 = 1.0 / 200.0;

/// The most that it takes where records expire faster than that removes them.
const MOST: f64 = 1.0 / 4.0;

/// In how many seconds the share grows or shrinks by a factor of e: between least and most in 15 seconds.
const GROWTH: f64 = 3.8;

/// The longest rest after a full batch, unless [`MOST`] asks for a longer one. On a busy processor a batch takes many times
/// as long as its work, because it yields after each file.
const LONGEST: Duration = Duration::from_millis(250);

/// Sweeps for ever, once in [`sweep_every`](crate::session::SessionConfig::sweep_every).
pub(crate) async fn run(manager: Arc<SessionManager>) {
    let every = manager.config().sweep_every;
    rounds(every, |limit| manager.sweep(limit), || manager.measure()).await;
}

/// Rounds of sweeping, each until a whole batch finds nothing. An error is logged and the next round tries again.
async fn rounds<S, C>(every: Duration, sweep: impl Fn(usize) -> S, count: impl Fn() -> C)
where
    S: Future<Output = Result<usize, DriverError>>,
    C: Future<Output = Result<(), DriverError>>,
{
    let mut pace = Pace::new();
    loop {
        sleep(jittered(every)).await;
        let mut counted = Instant::now();
        loop {
            let started = Instant::now();
            let rest = match sweep(pace.batch).await {
                Ok(removed) => pace.after(removed, started.elapsed()),
                Err(error) => {
                    tracing::warn!(%error, "expired sessions could not be swept; trying again later");
                    None
                }
            };
            let Some(rest) = rest else { break };
            sleep(rest.min(every)).await;
            // A round may take hours, or have no end where sessions expire all the time.
            if counted.elapsed() >= every {
                tell(count().await);
                counted = Instant::now();
            }
        }
        tell(count().await);
    }
}

fn tell(counted: Result<(), DriverError>) {
    if let Err(error) = counted {
        tracing::warn!(%error, "the sessions could not be counted; trying again later");
    }
}

/// How much is swept at a time, and how long the sweeper rests after it.
///
/// A driver only returns how many records it has removed, so whether it falls behind is seen by whether a call could remove
/// as many as it was asked to: with files, that takes one expired among sixteen. While calls can, the share grows with time; it
/// shrinks while they cannot. So expired records stay a small part of all, at whatever rate they come, and sweeping takes no
/// more than that needs.
#[derive(Debug)]
struct Pace {
    /// How many records the next call may remove: as many as take about a [`SLICE`].
    batch: usize,
    /// The share of the time that calls take.
    share: f64,
    /// How long the sweeper rested before the next call.
    rest: Duration,
}

impl Pace {
    /// The first call of a round removes few records, so that it can be a full batch however long each takes.
    fn new() -> Self {
        Self { batch: *BATCH.start(), share: LEAST, rest: Duration::ZERO }
    }

    /// How long to rest after a call; `None` where the round is over, because nothing has expired.
    fn after(&mut self, removed: usize, took: Duration) -> Option<Duration> {
        let full = removed == self.batch;
        // A call that found enough and stopped because it took long says nothing about what it did not look at.
        let stopped = !full && removed >= *BATCH.start() && took > SLICE;
        let longest = rest_after(took, MOST).max(LONGEST);
        if !stopped {
            let elapsed = took.saturating_add(self.rest.min(longest)).as_secs_f64();
            let exponent = if full { elapsed } else { -elapsed } / GROWTH;
            self.share = (self.share * exponent.exp()).clamp(LEAST, MOST);
        }
        self.batch = match removed {
            0 if self.batch == *BATCH.end() => {
                *self = Self::new();
                return None;
            }
            // It looked at few records. Before the round ends, a call looks at many.
            0 => *BATCH.end(),
            _ if took > SLICE => (removed / 2).max(*BATCH.start()),
            _ if full && took < SLICE / 2 => (self.batch * 2).min(*BATCH.end()),
            _ => self.batch,
        };
        let rest = rest_after(took, self.share).max(Duration::from_millis(1));
        self.rest = if full { rest.min(longest) } else { rest };
        Some(self.rest)
    }
}

/// The rest that makes a call that took so long this share of the time.
fn rest_after(took: Duration, share: f64) -> Duration {
    let rest = Duration::try_from_secs_f64(took.as_secs_f64() * (1.0 / share - 1.0));
    rest.unwrap_or(Duration::MAX)
}

/// Up to a tenth more or less, so that several servers on one store do not sweep at the same moment.
fn jittered(every: Duration) -> Duration {
    let mut byte = [128];
    // Without random bytes the rest has no jitter, which does no harm.
    let _ = getrandom::fill(&mut byte);
    let share = 0.9 + 0.2 * f64::from(byte[0]) / 255.0;
    // A time that is too long for more is as good as never.
    Duration::try_from_secs_f64(every.as_secs_f64() * share).unwrap_or(every)
}

#[cfg(test)]
mod tests;
