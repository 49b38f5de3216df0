//! Which sessions that lie in cookies have ended.
//!
//! A cookie that was copied stays as it is when its visitor logs out. So the end of a session is remembered here
//! until every copy has passed its own deadline, and after a rotation, which of the cookies is the one that lives.
//!
//! This is the memory of one process: another process, and this one after a restart, knows nothing of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use uuid::Uuid;

use crate::session::record::Key;
use crate::support::lock::lock;

/// How many sessions are remembered: about 20 MB.
const CAPACITY: usize = 100_000;

/// Whether the session in a cookie may live.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It lives.
    Lives,
    /// It was renewed by age moments ago, and lives on under this key.
    LivesAs(Key),
    /// It ended or was rotated moments ago.
    Late,
    /// It has ended, or was rotated.
    Ended,
}

/// The ends and rotations that are remembered.
pub(super) struct Revoked(Mutex<Memory>);

struct Memory {
    sessions: HashMap<Uuid, Entry>,
    /// The same sessions by when they may be forgotten.
    by_end: BTreeSet<(u64, Uuid)>,
    capacity: usize,
    /// How long a token counts as late, in seconds.
    late_grace: u64,
    /// How many had to be forgotten too early.
    dropped: u64,
}

struct Entry {
    /// From then on every copy has passed its deadline.
    until: u64,
    /// When it ended or was rotated.
    at: u64,
    /// The one key that lives; `None` after a logout.
    alive: Option<Key>,
    /// The key that was renewed by age, and until when it still finds its successor.
    renewed: Option<(Key, u64)>,
}

/// The move of a session in a cookie to another key.
pub(crate) struct Succession {
    pub(crate) old: Key,
    pub(crate) new: Key,
    /// Until when the old key still finds the new one.
    pub(crate) grace_until: Option<u64>,
    /// When the last copy under the old key passes its deadline.
    pub(crate) until: u64,
}

impl Revoked {
    pub(super) fn new(late_grace: Duration) -> Self {
        Self::with_capacity(CAPACITY, late_grace.as_secs())
    }

    fn with_capacity(capacity: usize, late_grace: u64) -> Self {
        Self(Mutex::new(Memory {
            sessions: HashMap::new(),
            by_end: BTreeSet::new(),
            capacity,
            late_grace,
            dropped: 0,
        }))
    }

    /// Each section leaves the memory whole before it can panic.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.0)
    }

    /// Whether the session of a cookie may live.
    pub(crate) fn life(&self, id: Uuid, key: &Key, now: u64) -> Life {
        self.memory().life(id, key, now)
    }

    /// Ends a session: all cookies that it ever had.
    pub(crate) fn end(&self, id: Uuid, now: u64, until: u64) {
        self.memory().remember(id, Entry { until, at: now, alive: None, renewed: None }, now);
    }

    /// Moves a session to another key, if it lives: of two rotations of one cookie one takes place, and what was
    /// renewed a moment ago is not renewed again. Tells what the life under the old key was.
    pub(crate) fn rotate(&self, id: Uuid, succession: Succession, now: u64) -> Life {
        let Succession { old, new, grace_until, until } = succession;
        let mut memory = self.memory();
        let life = memory.life(id, &old, now);
        let may = match life {
            Life::Lives => true,
            Life::LivesAs(_) => grace_until.is_none(),
            Life::Late | Life::Ended => false,
        };
        if may {
            let renewed = grace_until.map(|grace| (old, grace));
            memory.remember(id, Entry { until, at: now, alive: Some(new), renewed }, now);
        }
        life
    }
}

impl Memory {
    fn life(&self, id: Uuid, key: &Key, now: u64) -> Life {
        let Some(entry) = self.sessions.get(&id).filter(|entry| entry.until > now) else {
            return Life::Lives;
        };
        match (entry.alive, entry.renewed) {
            (Some(alive), _) if alive == *key => Life::Lives,
            (Some(alive), Some((old, grace))) if old == *key && grace > now => Life::LivesAs(alive),
            _ if now < entry.at.saturating_add(self.late_grace) => Life::Late,
            _ => Life::Ended,
        }
    }

    fn remember(&mut self, id: Uuid, entry: Entry, now: u64) {
        if let Some(before) = self.sessions.remove(&id) {
            self.by_end.remove(&(before.until, id));
        }
        while let Some(&(until, oldest)) = self.by_end.first() {
            let full = self.sessions.len() >= self.capacity;
            if until > now && !full {
                break;
            }
            self.by_end.pop_first();
            self.sessions.remove(&oldest);
            if until > now {
                self.complain();
            }
        }
        self.by_end.insert((entry.until, id));
        self.sessions.insert(id, entry);
    }

    /// Once in a thousand: who floods this memory must not flood the log as well.
    fn complain(&mut self) {
        if self.dropped.is_multiple_of(1_000) {
            tracing::warn!(
                capacity = self.capacity,
                "more sessions ended than the cookie driver remembers: copies of the oldest live again until their deadline"
            );
        }
        self.dropped += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(1);

    fn key(byte: u8) -> Key {
        Key::of(&[byte; 32])
    }

    fn to(old: u8, new: u8) -> Succession {
        Succession { old: key(old), new: key(new), grace_until: None, until: 100 }
    }

    #[test]
    fn an_ended_session_stays_so_under_all_its_keys_until_its_copies_expire() {
        let revoked = Revoked::new(Duration::ZERO);
        assert_eq!(revoked.life(ID, &key(1), 10), Life::Lives);
        assert_eq!(revoked.rotate(ID, to(1, 2), 10), Life::Lives);
        revoked.end(ID, 10, 110);
        for byte in [1, 2] {
            assert_eq!(revoked.life(ID, &key(byte), 109), Life::Ended);
            assert_eq!(revoked.rotate(ID, to(byte, 3), 10), Life::Ended);
        }
        assert_eq!(revoked.life(Uuid::from_u128(2), &key(1), 10), Life::Lives);
    }

    #[test]
    fn of_two_rotations_of_one_cookie_one_takes_place() {
        let revoked = Revoked::new(Duration::ZERO);
        assert_eq!(revoked.rotate(ID, to(1, 2), 10), Life::Lives);
        assert_eq!(revoked.rotate(ID, to(1, 3), 10), Life::Ended);
        assert_eq!(revoked.life(ID, &key(1), 10), Life::Ended);
        assert_eq!(revoked.life(ID, &key(3), 10), Life::Ended);
        assert_eq!(revoked.life(ID, &key(2), 10), Life::Lives);
    }

    #[test]
    fn a_renewed_key_finds_its_successor_for_a_while() {
        let revoked = Revoked::new(Duration::ZERO);
        let renewal = |new| Succession { grace_until: Some(20), ..to(1, new) };
        assert_eq!(revoked.rotate(ID, renewal(2), 10), Life::Lives);
        assert_eq!(revoked.rotate(ID, renewal(3), 10), Life::LivesAs(key(2)), "renewed once");
        assert_eq!(revoked.life(ID, &key(1), 19), Life::LivesAs(key(2)));
        assert_eq!(revoked.life(ID, &key(1), 20), Life::Ended);
        assert_eq!(revoked.life(ID, &key(2), 20), Life::Lives);
    }

    #[test]
    fn a_login_with_a_key_renewed_a_moment_ago_ends_its_successor() {
        let revoked = Revoked::new(Duration::ZERO);
        let renewal = Succession { grace_until: Some(20), ..to(1, 2) };
        assert_eq!(revoked.rotate(ID, renewal, 10), Life::Lives);
        assert_eq!(revoked.rotate(ID, to(1, 3), 11), Life::LivesAs(key(2)));
        assert_eq!([1, 2].map(|byte| revoked.life(ID, &key(byte), 11)), [Life::Ended, Life::Ended]);
        assert_eq!(revoked.life(ID, &key(3), 11), Life::Lives);
    }

    #[test]
    fn a_key_that_was_replaced_or_ended_a_moment_ago_is_late() {
        let revoked = Revoked::new(Duration::from_secs(30));
        assert_eq!(revoked.rotate(ID, to(1, 2), 10), Life::Lives);
        assert_eq!([39, 40].map(|now| revoked.life(ID, &key(1), now)), [Life::Late, Life::Ended]);
        assert_eq!(revoked.rotate(ID, to(1, 3), 11), Life::Late, "it moves nothing");
        revoked.end(ID, 50, 100);
        assert_eq!([79, 80].map(|now| revoked.life(ID, &key(2), now)), [Life::Late, Life::Ended]);
    }

    #[test]
    fn the_memory_is_bounded_and_forgets_what_ends_first() {
        let revoked = Revoked::with_capacity(3, 0);
        for (n, until) in [(1, 50), (2, 90), (3, 40), (4, 80)] {
            revoked.end(Uuid::from_u128(n), 10, until);
        }
        let ended = |n| revoked.life(Uuid::from_u128(n), &key(1), 30) == Life::Ended;
        assert_eq!([1, 2, 3, 4].map(ended), [true, true, false, true]);
        // What has expired makes room before anything else has to.
        revoked.end(Uuid::from_u128(5), 50, 95);
        let memory = revoked.memory();
        assert_eq!((memory.sessions.len(), memory.by_end.len(), memory.dropped), (3, 3, 1));
    }

    #[test]
    fn ending_a_session_twice_keeps_one_entry() {
        let revoked = Revoked::new(Duration::ZERO);
        revoked.end(ID, 10, 100);
        revoked.end(ID, 20, 110);
        let memory = revoked.memory();
        assert_eq!((memory.sessions.len(), memory.by_end.len()), (1, 1));
    }
}
