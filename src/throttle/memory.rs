//! Hits in the memory of one process.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{HitStore, Hits};
use crate::error::BoxError;
use crate::support::Clock;
use crate::support::lock::lock;

/// How many keys are counted at the same time.
const MAX_KEYS: usize = 100_000;

/// How many give way at once when there is no room: looking for them takes a walk through all.
const MAKE_ROOM_FOR: usize = 1_000;

/// Counts in the memory of one process, for at most 100,000 keys; each takes less than 100 bytes.
///
/// Beyond that, windows that have ended make room, and then the keys with the fewest hits, of these the ones whose window
/// ends first. To have a key of `n` hits forgotten, somebody has to hit nearly 100,000 other keys at least `n` times each
/// within its window: forgetting costs more than it yields.
pub struct MemoryHits {
    clock: Arc<dyn Clock>,
    /// Two hashes name a key, so that its length costs no memory. Their seeds are random, so nobody can look for two keys
    /// of one name.
    seeds: (RandomState, RandomState),
    windows: Mutex<HashMap<(u64, u64), Window>>,
}

struct Window {
    count: u32,
    ends: Duration,
}

impl MemoryHits {
    /// An empty store with this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, seeds: Default::default(), windows: Mutex::default() }
    }

    fn count(&self, key: &str, hits: i32, length: Duration) -> Hits {
        let now = self.clock.now();
        let name = (self.seeds.0.hash_one(key), self.seeds.1.hash_one(key));
        let mut windows = lock(&self.windows);
        if let Some(window) = windows.get_mut(&name).filter(|window| window.ends > now) {
            window.count = window.count.saturating_add_signed(hits);
            return Hits { count: window.count, left: window.ends - now };
        }
        let Ok(count @ 1..) = u32::try_from(hits) else {
            return Hits { count: 0, left: Duration::ZERO };
        };
        if windows.len() >= MAX_KEYS {
            make_room(&mut windows, now);
        }
        windows.insert(name, Window { count, ends: now + length });
        Hits { count, left: length }
    }
}

fn make_room(windows: &mut HashMap<(u64, u64), Window>, now: Duration) {
    windows.retain(|_, window| window.ends > now);
    if windows.len() + MAKE_ROOM_FOR <= MAX_KEYS {
        return;
    }
    let mut ranks: Vec<_> = windows.values().map(|window| (window.count, window.ends)).collect();
    let (_, last, _) = ranks.select_nth_unstable(MAKE_ROOM_FOR - 1);
    let (last, mut more) = (*last, MAKE_ROOM_FOR);
    // Strictly below first: equal ranks may be many.
    windows.retain(|_, window| {
        let goes = (window.count, window.ends) < last;
        more -= usize::from(goes);
        !goes
    });
    windows.retain(|_, window| {
        let goes = more > 0 && (window.count, window.ends) == last;
        more -= usize::from(goes);
        !goes
    });
}

impl HitStore for MemoryHits {
    async fn hit(&self, key: &str, hits: i32, window: Duration) -> Result<Hits, BoxError> {
        Ok(self.count(key, hits, window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::ManualClock;

    const MINUTE: Duration = Duration::from_secs(60);

    fn store() -> (MemoryHits, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::default());
        (MemoryHits::new(Arc::clone(&clock) as Arc<dyn Clock>), clock)
    }

    #[test]
    fn a_window_is_fixed_from_its_first_hit() {
        let (store, clock) = store();
        assert_eq!(store.count("a", 1, MINUTE), Hits { count: 1, left: MINUTE });
        clock.advance(Duration::from_secs(40));
        assert_eq!(store.count("a", 1, MINUTE), Hits { count: 2, left: Duration::from_secs(20) });
        assert_eq!(store.count("b", 1, MINUTE).count, 1);
        clock.advance(Duration::from_secs(20));
        assert_eq!(store.count("a", 1, MINUTE), Hits { count: 1, left: MINUTE });
    }

    #[test]
    fn looking_and_giving_back_start_no_window() {
        let (store, _) = store();
        assert_eq!(store.count("a", 0, MINUTE), Hits { count: 0, left: Duration::ZERO });
        assert_eq!(store.count("a", -3, MINUTE), Hits { count: 0, left: Duration::ZERO });
        assert!(lock(&store.windows).is_empty());
        store.count("a", 2, MINUTE);
        assert_eq!(store.count("a", -1, MINUTE).count, 1);
        assert_eq!(store.count("a", -5, MINUTE).count, 0);
    }

    #[test]
    fn a_flood_of_keys_grows_no_further_and_does_not_reset_who_was_counted() {
        let (store, clock) = store();
        for _ in 0..3 {
            store.count("attacker", 1, MINUTE);
        }
        for number in 0..3 * MAX_KEYS {
            store.count(&number.to_string(), 1, MINUTE);
            assert!(number % 10_000 != 0 || lock(&store.windows).len() <= MAX_KEYS);
        }
        assert!(lock(&store.windows).len() <= MAX_KEYS);
        assert_eq!(store.count("attacker", 0, MINUTE).count, 3);
        // Windows that have ended go before any other.
        store.count("late", 1, 2 * MINUTE);
        clock.advance(MINUTE);
        for number in 0..MAX_KEYS {
            store.count(&number.to_string(), 5, MINUTE);
        }
        assert_eq!(store.count("late", 0, MINUTE).count, 0, "it had the fewest hits of all");
        assert!(lock(&store.windows).len() <= MAX_KEYS);
    }
}
