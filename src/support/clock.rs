//! The one source of time, so that tests can turn it by hand.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time. The application holds one, and nothing else asks the system.
pub trait Clock: Send + Sync + 'static {
    /// Time since the Unix epoch.
    fn now(&self) -> Duration;

    /// Whole seconds since the Unix epoch.
    fn unix(&self) -> u64 {
        self.now().as_secs()
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        // A clock set before 1970 reads as 1970: sessions then expire late, which is the safe side of a panic.
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// By how many seconds the clocks of two servers may differ.
#[cfg(feature = "session")]
pub(crate) const SKEW: u64 = 5 * 60;

/// Whether less than `span` seconds have passed since `then`.
///
/// A time that is ahead by more than [`SKEW`] was taken from a wrong clock and counts as long past: otherwise it would count
/// until the right clock has reached it.
#[cfg(feature = "session")]
pub(crate) fn is_within(span: u64, then: u64, now: u64) -> bool {
    then <= now.saturating_add(SKEW) && now < then.saturating_add(span)
}

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that stands at `unix` seconds.
    pub fn at(unix: u64) -> Self {
        Self(AtomicU64::new(unix * 1000))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::at(1_800_000_000)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}
