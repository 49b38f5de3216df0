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
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::session::{FileDriver, Key, MemoryDriver, SessionDriver};

    /// A store of files in which sessions expire all the time, and a clock.
    struct Site {
        living: f64,
        expired: f64,
        /// How many expire in a second.
        rate: f64,
        /// How long a look at a file takes, and removing one that has expired.
        costs: [f64; 2],
        /// Seconds since the start, and how many of them were spent sweeping.
        now: f64,
        swept: f64,
    }

    impl Site {
        fn new(living: f64, rate: f64, costs: [f64; 2]) -> Self {
            Self { living, rate, costs, expired: 0.0, now: 0.0, swept: 0.0 }
        }

        fn pass(&mut self, time: f64) {
            self.now += time;
            self.expired += self.rate * time;
        }

        /// One call, as the file driver answers it, where what has expired is spread evenly.
        fn sweep(&mut self, limit: usize) -> (usize, Duration) {
            let found = self.expired / (self.living + self.expired);
            let [look, remove] = self.costs;
            let slice = (1e-3 / (look + remove * found) * found + 1.0).max(16.0);
            let most = 16.0 * limit as f64 * found;
            let removed = slice.min(limit as f64).min(most).min(self.expired).floor();
            let looks = (removed / found.max(1e-9)).clamp(1.0, 16.0 * limit as f64);
            let took = looks * look + removed * remove;
            self.expired -= removed;
            self.swept += took;
            self.pass(took);
            (removed as usize, Duration::from_secs_f64(took))
        }

        fn run(&mut self, pace: &mut Pace, until: f64) {
            while self.now < until {
                let (removed, took) = self.sweep(pace.batch);
                let rest = pace.after(removed, took).unwrap_or(Duration::from_secs(60));
                self.pass(rest.min(Duration::from_secs(60)).as_secs_f64());
            }
        }
    }

    const HOUR: f64 = 3600.0;

    /// How long a session lives, in seconds.
    const LIFETIME: f64 = 600.0;

    /// Files in memory: what the file driver was measured to take.
    const QUICK: [f64; 2] = [5e-6, 20e-6];

    #[test]
    fn expired_sessions_stay_few_at_any_steady_rate() {
        for rate in [0.1, 10.0, 100.0, 500.0, 2_000.0] {
            let living = rate * LIFETIME;
            let (mut site, mut pace) = (Site::new(living, rate, QUICK), Pace::new());
            site.run(&mut pace, HOUR / 2.0);
            let (expired, swept) = (site.expired, site.swept);
            site.run(&mut pace, HOUR);
            // What expires between two rounds is not in question.
            let most = living * 0.12 + rate * 60.0;
            assert!(expired < most && site.expired < most, "{rate}: {expired}, {}", site.expired);
            let share = (site.swept - swept) / (HOUR / 2.0);
            assert!(share < LEAST + rate * 110e-6, "{rate}: {share} of the time");
        }
    }

    #[test]
    fn as_many_as_a_server_can_make_are_swept_as_well() {
        let living = 8_000.0 * LIFETIME / 10.0;
        let (mut site, mut pace) = (Site::new(living, 8_000.0, QUICK), Pace::new());
        site.run(&mut pace, HOUR / 2.0);
        let expired = site.expired;
        assert!(expired < site.living, "{expired} of {}", site.living);
        site.run(&mut pace, HOUR);
        assert!(site.expired < expired * 1.05, "{expired}, {}", site.expired);
    }

    #[test]
    fn a_disk_that_takes_long_is_swept_by_the_same_measure() {
        let (mut site, mut pace) = (Site::new(5.0 * LIFETIME, 5.0, [2e-3, 4e-3]), Pace::new());
        site.run(&mut pace, 4.0 * HOUR);
        assert!(site.expired < site.living * 0.12, "{} of {}", site.expired, site.living);
    }

    #[test]
    fn a_backlog_is_swept_at_the_largest_share_within_seconds_on_a_busy_processor() {
        for busy in [1.0, 10.0, 50.0, 200.0, 1_000.0] {
            let mut site = Site::new(1_000.0, 0.0, QUICK.map(|cost| cost * busy));
            site.expired = 1e6;
            let mut pace = Pace::new();
            site.run(&mut pace, 10.0);
            assert!(pace.share < MOST, "{busy}: at once");
            site.run(&mut pace, 20.0);
            assert!(pace.share == MOST, "{busy}: {} of the time", pace.share);
            let (swept, now) = (site.swept, site.now);
            site.run(&mut pace, now + 60.0);
            let share = (site.swept - swept) / (site.now - now);
            assert!((0.2..=0.26).contains(&share), "{busy}: {share} of the time");
        }
    }

    #[test]
    fn sweeping_takes_more_only_while_calls_find_all_they_may_remove() {
        let quick = Duration::from_micros(700);
        let mut pace = Pace { batch: 16, ..Pace::new() };
        let rest = |pace: &mut Pace, removed| pace.after(removed, quick).unwrap().as_micros() / 100;
        assert_eq!(rest(&mut pace, 3), 1393, "a two-hundredth");
        (0..2_000).for_each(|_| assert!(pace.after(16, quick).is_some()));
        assert_eq!(rest(&mut pace, 16), 21, "a quarter");
        pace.batch = 500;
        assert!(pace.after(100, SLICE * 2).is_some());
        assert_eq!(rest(&mut Pace { batch: 16, ..pace }, 16), 21, "it stopped before it knew");
        pace.batch = 16;
        (0..2_000).for_each(|_| assert!(pace.after(15, quick).is_some()));
        assert_eq!(rest(&mut pace, 3), 1393);
    }

    #[test]
    fn a_call_removes_as_many_as_take_a_millisecond() {
        let batch = |batch, removed, micros| {
            let mut pace = Pace { batch, ..Pace::new() };
            let rest = pace.after(removed, Duration::from_micros(micros));
            rest.map(|_| pace.batch)
        };
        assert_eq!((batch(16, 16, 499), batch(400, 400, 100)), (Some(32), Some(500)));
        assert_eq!((batch(16, 16, 501), batch(64, 50, 100)), (Some(16), Some(64)));
        assert_eq!((batch(64, 64, 1_001), batch(500, 10, 9_000)), (Some(32), Some(16)));
        assert_eq!((batch(16, 0, 100), batch(500, 0, 100)), (Some(500), None), "the round is over");
        assert_eq!(batch(500, 1, u64::MAX), Some(16));
    }

    /// Makes sessions at a steady rate, which live for five seconds, and sweeps them in the background.
    async fn steady<D: SessionDriver>(name: &str, driver: D) {
        const LIFETIME: u64 = 5;
        let number = |name: &str, default| {
            std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
        };
        let (rate, seconds) = (number("LUNOX_RATE", 2_000), number("LUNOX_SECONDS", 60));
        let (driver, begun) = (Arc::new(driver), std::time::Instant::now());
        let (removed, busy) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let sweeping = {
            let (driver, removed, busy) = (driver.clone(), removed.clone(), busy.clone());
            let sweep = move |limit| {
                let (driver, removed, busy) = (driver.clone(), removed.clone(), busy.clone());
                async move {
                    let started = std::time::Instant::now();
                    let swept = driver.sweep(begun.elapsed().as_secs(), limit).await?;
                    let count = swept.expect("it does not expire by itself");
                    busy.fetch_add(started.elapsed().as_micros() as u64, Ordering::Relaxed);
                    removed.fetch_add(count as u64, Ordering::Relaxed);
                    Ok(count)
                }
            };
            tokio::spawn(rounds(Duration::from_secs(1), sweep, async || Ok(())))
        };
        let (mut made, mut most) = (0, Vec::new());
        for second in 1..=seconds {
            let (mut expired, before) = (0, busy.load(Ordering::Relaxed));
            while begun.elapsed().as_secs() < second {
                let due = (begun.elapsed().as_secs_f64() * rate as f64) as u64;
                for number in made..due {
                    let key = Key::of(&[number.to_le_bytes(); 4].concat().try_into().unwrap());
                    let deadline = begun.elapsed().as_secs() + LIFETIME;
                    driver.create(&key, vec![b'x'; 400].into(), deadline).await.unwrap();
                }
                made = due;
                let living = rate * LIFETIME.min(second);
                let gone = living + removed.load(Ordering::Relaxed);
                expired = made.saturating_sub(gone).max(expired);
                sleep(Duration::from_millis(1)).await;
            }
            most.push(expired);
            let share = (busy.load(Ordering::Relaxed) - before) as f64 / 1e6;
            println!("{name}: {second} s, {made} made, {expired} expired, {share:.3} of the time");
        }
        sweeping.abort();
        let third = most.len() / 3;
        let most = |from: usize, to: usize| *most[from..to].iter().max().expect("a second");
        let (middle, last) = (most(third, 2 * third), most(2 * third, 3 * third));
        assert!(last <= middle * 11 / 10 + rate, "{name}: it grows, {middle} and {last}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "takes two minutes, and a machine with little else to do"]
    async fn as_many_sessions_are_swept_as_are_made() {
        let folder = tempfile::tempdir().unwrap();
        steady("file", FileDriver::new(folder.path())).await;
        steady("memory", MemoryDriver::new()).await;
    }

    #[tokio::test(start_paused = true)]
    async fn sessions_are_counted_in_time_however_long_a_round_takes() {
        let (swept, counted) = (Cell::new(0), Cell::new(0));
        let sweep = async |_| {
            sleep(Duration::from_millis(100)).await;
            swept.set(swept.get() + 1);
            Ok(1)
        };
        let count = async || {
            counted.set(counted.get() + 1);
            Ok(())
        };
        let hour = Duration::from_secs(60 * 60);
        let work = rounds(Duration::from_secs(60), sweep, count);
        assert!(tokio::time::timeout(hour, work).await.is_err(), "it goes on for ever");
        assert!((170..=190).contains(&swept.get()), "{}", swept.get());
        assert!((45..=60).contains(&counted.get()), "{}", counted.get());
    }

    #[test]
    fn a_jittered_time_is_near_the_one_given_however_long_that_is() {
        for _ in 0..1_000 {
            let minute = jittered(Duration::from_secs(60)).as_secs_f64();
            assert!((54.0..=66.0).contains(&minute), "{minute}");
            assert!(jittered(Duration::MAX) > Duration::MAX / 2);
        }
    }
}
