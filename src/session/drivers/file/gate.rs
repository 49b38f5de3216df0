//! Where disk work runs: on the async thread while the disk is fast, in the blocking pool while it is slow.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::blocked;

/// A call this long has kept an async thread from other requests for too long.
const SLOW: Duration = Duration::from_millis(5);

/// For so many milliseconds calls are watched.
const WATCHED: u64 = 10_000;

/// Two calls that took too long within so many milliseconds have calls watched; a single one is not worth it.
const AGAIN: u64 = 500;

/// So many quick calls in a row open the gate again.
const QUICK_CALLS: u32 = 64;

/// Open while the disk is fast enough to be used from async threads.
///
/// With a warm file cache a call takes about 5 µs and the way to the blocking pool and back takes 15 µs, so
/// the pool is only worth its price while calls are slow. They are timed wherever they run.
///
/// What counts is how long a call was blocked. On a busy processor calls take long because something else runs, which
/// more threads make worse. To tell the two apart costs as much as a call (see [`blocked`]), so it is done only in the
/// seconds after two calls that took too long, one soon after the other. These count as blocked.
///
/// A disk that hangs tells nothing by the time of its calls, since they do not end. So one async thread is always
/// kept free: it goes on with everything else, and finds the gate closed. A runtime with a single thread has none to
/// spare, and waits for the one call.
#[derive(Debug)]
pub(super) struct Gate {
    /// Quick calls that are still missing before the gate opens; 0 is open.
    missing: AtomicU32,
    /// Calls that are running on async threads.
    inside: AtomicUsize,
    made: Instant,
    /// Until when another call that takes too long has calls watched, in milliseconds since `made`.
    slow_until: AtomicU64,
    /// Until when calls are watched.
    watched: AtomicU64,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            missing: AtomicU32::new(0),
            inside: AtomicUsize::new(0),
            made: Instant::now(),
            slow_until: AtomicU64::new(0),
            watched: AtomicU64::new(0),
        }
    }
}

/// The right to do disk work on this async thread, until it is dropped.
#[must_use = "the gate counts it until it is dropped"]
pub(super) struct Pass<'g>(&'g Gate);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    /// A gate that does not open, so that tests meet the pool.
    #[cfg(test)]
    pub(super) fn closed() -> Self {
        Self { missing: AtomicU32::new(u32::MAX), ..Self::default() }
    }

    fn is_open(&self) -> bool {
        self.missing.load(Ordering::Relaxed) == 0
    }

    /// Lets a call through, if the disk is quick and an async thread stays free.
    pub(super) fn enter(&self) -> Option<Pass<'_>> {
        if !self.is_open() {
            return None;
        }
        // Without a runtime there is nobody to keep a thread free for.
        let threads = Handle::try_current().map_or(usize::MAX, |all| all.metrics().num_workers());
        let most = threads.saturating_sub(1).max(1);
        self.pass(most).or_else(|| {
            // There are more threads than processors: a call inside is blocked or, more often, was interrupted, and ends
            // within microseconds once its thread may go on. That is cheaper than the way to the pool.
            thread::yield_now();
            self.pass(most)
        })
    }

    fn pass(&self, most: usize) -> Option<Pass<'_>> {
        let pass = Pass(self);
        let before = self.inside.fetch_add(1, Ordering::Relaxed);
        (before < most).then_some(pass)
    }

    pub(super) fn timed<T>(&self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let watched = self.is_watching(started);
        if watched {
            blocked::watch(started);
        }
        let done = work();
        let blocked = |took| if watched { blocked::blocked(took) } else { took };
        self.judge(started, started.elapsed(), blocked);
        done
    }

    /// Judges a call by how long it was blocked, which is asked only where it took long.
    fn judge(&self, started: Instant, took: Duration, blocked: impl Fn(Duration) -> Duration) {
        if took <= SLOW {
            return self.note(took);
        }
        let now = self.millis(started + took);
        let again = self.slow_until.fetch_max(now + AGAIN, Ordering::Relaxed) > now;
        if again {
            self.watched.fetch_max(now + WATCHED, Ordering::Relaxed);
        }
        self.note(blocked(took));
    }

    fn is_watching(&self, now: Instant) -> bool {
        let until = self.watched.load(Ordering::Relaxed);
        until > 0 && self.millis(now) < until
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.made).as_millis()).unwrap_or(u64::MAX)
    }

    fn note(&self, blocked: Duration) {
        if blocked > SLOW {
            self.missing.fetch_max(QUICK_CALLS, Ordering::Relaxed);
        } else if !self.is_open() {
            let fewer = |missing: u32| missing.checked_sub(1);
            // An error says that another call has opened the gate meanwhile.
            let _ = self.missing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_call_closes_the_gate_and_quick_ones_open_it() {
        let gate = Gate::default();
        gate.note(SLOW);
        assert!(gate.is_open());
        gate.note(SLOW * 2);
        for _ in 0..QUICK_CALLS {
            assert!(!gate.is_open());
            gate.note(Duration::ZERO);
        }
        assert!(gate.is_open());
    }

    #[test]
    fn a_call_that_was_preempted_leaves_the_gate_open_and_one_that_was_blocked_does_not() {
        let (gate, now) = (Gate::default(), Instant::now());
        gate.judge(now, SLOW * 2, |took| took);
        assert!(!gate.is_open() && !gate.is_watching(now), "a single one is not worth it");
        (0..QUICK_CALLS).for_each(|_| gate.note(Duration::ZERO));
        for _ in 0..1_000 {
            gate.judge(now, SLOW * 20, |took| took - SLOW);
            assert!(!gate.is_open(), "most of it was blocked");
            (0..QUICK_CALLS).for_each(|_| gate.judge(now, SLOW, |_| unreachable!()));
            gate.judge(now, SLOW * 20, |_| SLOW);
            assert!(gate.is_open(), "most of it was not");
        }
    }

    #[test]
    fn calls_are_watched_only_in_the_seconds_after_two_that_took_long() {
        let (gate, now) = (Gate::default(), Instant::now());
        gate.judge(now, SLOW, |took| took);
        gate.judge(now, SLOW * 2, |_| Duration::ZERO);
        assert!(!gate.is_watching(now));
        gate.judge(now + Duration::from_millis(AGAIN), SLOW * 3, |_| Duration::ZERO);
        assert!(!gate.is_watching(now), "that was long ago");
        gate.judge(now + Duration::from_millis(AGAIN), SLOW * 2, |_| Duration::ZERO);
        let watched = now + Duration::from_millis(WATCHED);
        assert!(gate.is_watching(now) && gate.is_watching(watched));
        assert!(!gate.is_watching(watched + Duration::from_millis(AGAIN) + SLOW * 4));
    }

    #[test]
    fn one_thread_of_several_is_kept_free() {
        let gate = Gate::default();
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(3).build().unwrap();
        let _inside = runtime.enter();
        let (one, two) = (gate.enter(), gate.enter());
        assert!(one.is_some() && two.is_some() && gate.enter().is_none());
        drop(one);
        assert!(gate.enter().is_some());
        assert_eq!(gate.inside.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_slow_call_starts_the_count_again() {
        let gate = Gate::default();
        gate.note(SLOW * 2);
        for _ in 1..QUICK_CALLS {
            gate.note(Duration::ZERO);
        }
        gate.note(SLOW * 2);
        gate.note(Duration::ZERO);
        assert!(!gate.is_open());
    }
}
