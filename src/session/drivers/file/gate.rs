//! Where disk work runs: on the async thread while the disk is fast, in the blocking pool while it is slow.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A call this long has kept an async thread from other requests for too long.
const SLOW: Duration = Duration::from_millis(5);

/// So many quick calls in a row open the gate again.
const QUICK_CALLS: u32 = 64;

/// Open while the disk is fast enough to be used from async threads.
///
/// With a warm page cache a call takes about 5 µs and the way to the blocking pool and back takes 15 µs, so
/// the pool is only worth its price while calls are slow. They are timed wherever they run.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// Quick calls that are still missing before the gate opens; 0 is open.
    missing: AtomicU32,
}

impl Gate {
    /// A gate that does not open, so that tests meet the pool.
    #[cfg(test)]
    pub(super) fn closed() -> Self {
        Self { missing: AtomicU32::new(u32::MAX) }
    }

    pub(super) fn is_open(&self) -> bool {
        self.missing.load(Ordering::Relaxed) == 0
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
