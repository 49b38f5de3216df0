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
                let key = Key::from_bytes([number.to_le_bytes(); 4].concat().try_into().unwrap());
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
