//! Where disk work runs: on the async thread while the disk is fast, in the blocking pool while it is slow.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

/// A call this long has kept an async thread from other requests for too long.
const SLOW: Duration = Duration::from_millis(5);

/// So many quick calls in a row open the gate again.
const QUICK_CALLS: u32 = 64;

/// Open while the disk is fast enough to be used from async threads.
///
/// With a warm page cache a call takes about 5 µs and the way to the blocking pool and back takes 15 µs, so
/// the pool is only worth its price while calls are slow. They are timed wherever they run.
///
/// A disk that hangs tells nothing by the time of its calls, since they do not end. So one async thread is always
/// kept free: it goes on with everything else, and finds the gate closed. A runtime with a single thread has none to
/// spare, and waits for the one call.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// Quick calls that are still missing before the gate opens; 0 is open.
    missing: AtomicU32,
    /// Calls that are running on async threads.
    inside: AtomicUsize,
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
        let pass = Pass(self);
        let before = self.inside.fetch_add(1, Ordering::Relaxed);
        (before < threads.saturating_sub(1).max(1)).then_some(pass)
    }

    pub(super) fn timed<T>(&self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        self.note(started.elapsed());
        done
    }

    fn note(&self, took: Duration) {
        if took > SLOW {
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
