//! Which sessions that lie in cookies have ended.
//!
//! A cookie that was copied stays as it is when its visitor logs out. So the end of a session is remembered here
//! until every copy has passed its own deadline, and after a rotation, which of the cookies is the one that lives.
//!
//! This is the memory of one process: another process, and this one after a restart, knows nothing of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard};

use uuid::Uuid;

use crate::session::record::Key;
use crate::support::lock::lock;

/// How many sessions are remembered: about 20 MB.
const CAPACITY: usize = 100_000;

/// How many renewals in a row may be lost with all their keys remembered.
const OLDER: usize = 8;

/// Whether the session in a cookie may live.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It lives.
    Lives,
    /// It was renewed by age, and lives on under another key.
    LivesAs {
        key: Key,
        /// When it was renewed.
        since: u64,
        /// When a request first came with that key; 0 before.
        confirmed: u64,
    },
    /// It was renewed by age, and its successor is in use.
    Reused,
    /// It ended or was rotated moments ago.
    Late,
    /// It has ended, or was rotated.
    Ended,
}

/// The ends and rotations that are remembered.
pub(super) struct Revoked(Mutex<Memory>);

/// How long keys count as before, in seconds.
#[derive(Clone, Copy)]
pub(super) struct Graces {
    /// After the successor of a renewed one was first seen.
    pub(super) renew: u64,
    /// After they were replaced or ended, for requests that are on their way.
    pub(super) late: u64,
}

struct Memory {
    sessions: HashMap<Uuid, Remembered>,
    /// The same sessions by when they may be forgotten.
    by_end: BTreeSet<(u64, Uuid)>,
    capacity: usize,
    graces: Graces,
    /// How many had to be forgotten too early.
    dropped: u64,
}

struct Remembered {
    /// From then on every copy has passed its deadline.
    until: u64,
    /// When it ended or was rotated.
    at: u64,
    /// The one key that lives; `None` after a logout.
    alive: Option<Key>,
    /// When a request first came with the key that lives; 0 before.
    confirmed: u64,
    /// The keys that were renewed by age, the last one at the end, and find the key that lives.
    renewed: Vec<Key>,
}

/// The move of a session in a cookie to another key.
pub(crate) struct Succession {
    pub(crate) old: Key,
    pub(crate) new: Key,
    /// Whether it is for its age: then the old key finds the new one until the visitor has got it.
    pub(crate) renewal: bool,
    /// When the last copy under the old key passes its deadline.
    pub(crate) until: u64,
}

impl Revoked {
    pub(super) fn new(graces: Graces) -> Self {
        Self::with_capacity(CAPACITY, graces)
    }

    fn with_capacity(capacity: usize, graces: Graces) -> Self {
        Self(Mutex::new(Memory {
            sessions: HashMap::new(),
            by_end: BTreeSet::new(),
            capacity,
            graces,
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

    /// Notes that a request came with a key, which the visitor has got then.
    pub(super) fn confirm(&self, id: Uuid, key: &Key, now: u64) {
        if let Some(entry) = self.memory().sessions.get_mut(&id)
            && entry.alive == Some(*key)
            && entry.confirmed == 0
        {
            entry.confirmed = now;
        }
    }

    /// Ends a session: all cookies that it ever had.
    pub(crate) fn end(&self, id: Uuid, now: u64, until: u64) {
        self.memory().remember(
            id,
            Remembered { until, at: now, alive: None, confirmed: now, renewed: Vec::new() },
            now,
        );
    }

    /// Moves a session to another key, if it lives: of two rotations of one cookie one counts, and what was
    /// renewed a moment ago is not renewed again. Tells what the life under the old key was.
    pub(crate) fn rotate(&self, id: Uuid, succession: Succession, now: u64) -> Life {
        let Succession { old, new, renewal, until } = succession;
        let mut memory = self.memory();
        let life = memory.life(id, &old, now);
        let renewed = match life {
            Life::Lives if renewal => vec![old],
            Life::LivesAs { key, since, confirmed } if renewal => {
                // The answer that carried the key counts as lost.
                if confirmed != 0 || now < since.saturating_add(memory.graces.renew) {
                    return life;
                }
                memory.older(id, key)
            }
            Life::Lives | Life::LivesAs { .. } => Vec::new(),
            Life::Late | Life::Reused | Life::Ended => return life,
        };
        let confirmed = if renewal { 0 } else { now };
        let alive = Some(new);
        memory.remember(id, Remembered { until, at: now, alive, confirmed, renewed }, now);
        Life::Lives
    }
}

impl Memory {
    fn life(&self, id: Uuid, key: &Key, now: u64) -> Life {
        let Graces { renew, late } = self.graces;
        let Some(entry) = self.sessions.get(&id).filter(|entry| entry.until > now) else {
            return Life::Lives;
        };
        let Remembered { at, confirmed, .. } = *entry;
        match entry.alive {
            Some(alive) if alive == *key => return Life::Lives,
            Some(alive)
                if entry.renewed.contains(key)
                    && (confirmed == 0 || now < confirmed.saturating_add(renew)) =>
            {
                return Life::LivesAs { key: alive, since: at, confirmed };
            }
            _ => {}
        }
        if now < at.saturating_add(late) {
            Life::Late
        } else if entry.renewed.contains(key) {
            Life::Reused
        } else {
            Life::Ended
        }
    }

    /// The renewed keys of a session, with the one that is renewed now.
    fn older(&mut self, id: Uuid, key: Key) -> Vec<Key> {
        let entry = self.sessions.get_mut(&id);
        let mut older = entry.map(|entry| std::mem::take(&mut entry.renewed)).unwrap_or_default();
        if older.len() == OLDER {
            // The first is the one that the visitor has had for longest.
            older.remove(1);
        }
        older.push(key);
        older
    }

    fn remember(&mut self, id: Uuid, entry: Remembered, now: u64) {
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
        Key::from_bytes([byte; 32])
    }

    fn graces(renew: u64, late: u64) -> Graces {
        Graces { renew, late }
    }

    fn to(old: u8, new: u8) -> Succession {
        Succession { old: key(old), new: key(new), renewal: false, until: 100 }
    }

    #[test]
    fn an_ended_session_stays_so_under_all_its_keys_until_its_copies_expire() {
        let revoked = Revoked::new(graces(10, 0));
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
        let revoked = Revoked::new(graces(10, 0));
        assert_eq!(revoked.rotate(ID, to(1, 2), 10), Life::Lives);
        assert_eq!(revoked.rotate(ID, to(1, 3), 10), Life::Ended);
        assert_eq!(revoked.life(ID, &key(1), 10), Life::Ended);
        assert_eq!(revoked.life(ID, &key(3), 10), Life::Ended);
        assert_eq!(revoked.life(ID, &key(2), 10), Life::Lives);
    }

    fn lives_as(byte: u8, since: u64, confirmed: u64) -> Life {
        Life::LivesAs { key: key(byte), since, confirmed }
    }

    #[test]
    fn a_renewed_key_finds_its_successor_until_that_was_seen_and_a_while_longer() {
        let revoked = Revoked::new(graces(10, 0));
        let renewal = |new| Succession { renewal: true, ..to(1, new) };
        assert_eq!(revoked.rotate(ID, renewal(2), 10), Life::Lives);
        assert_eq!(revoked.rotate(ID, renewal(3), 19), lives_as(2, 10, 0), "renewed once");
        assert_eq!(revoked.life(ID, &key(1), 19), lives_as(2, 10, 0));
        // Its answer was lost, as it seems: there is another key, and all of them work.
        assert_eq!(revoked.rotate(ID, renewal(3), 20), Life::Lives);
        assert_eq!(
            [1, 2].map(|byte| revoked.life(ID, &key(byte), 50)),
            [(); 2].map(|()| lives_as(3, 20, 0))
        );
        revoked.confirm(ID, &key(2), 55);
        revoked.confirm(ID, &key(3), 60);
        revoked.confirm(ID, &key(3), 65);
        assert_eq!(revoked.life(ID, &key(1), 69), lives_as(3, 20, 60));
        assert_eq!(
            [1, 2].map(|byte| revoked.life(ID, &key(byte), 70)),
            [Life::Reused, Life::Reused]
        );
        assert_eq!(revoked.rotate(ID, renewal(4), 70), Life::Reused);
    }

    #[test]
    fn a_login_with_a_key_renewed_a_moment_ago_ends_its_successor() {
        let revoked = Revoked::new(graces(10, 0));
        let renewal = Succession { renewal: true, ..to(1, 2) };
        assert_eq!(revoked.rotate(ID, renewal, 10), Life::Lives);
        assert_eq!(revoked.rotate(ID, to(1, 3), 11), Life::Lives);
        assert_eq!([1, 2].map(|byte| revoked.life(ID, &key(byte), 11)), [Life::Ended, Life::Ended]);
        assert_eq!(revoked.life(ID, &key(3), 11), Life::Lives);
    }

    #[test]
    fn of_many_keys_that_were_lost_the_first_and_the_last_ones_are_remembered() {
        let revoked = Revoked::new(graces(10, 0));
        for new in 2..40 {
            let renewal = Succession { renewal: true, until: 10_000, ..to(1, new) };
            assert_eq!(revoked.rotate(ID, renewal, u64::from(new) * 10), Life::Lives);
        }
        for old in [1, 33, 38] {
            assert!(matches!(revoked.life(ID, &key(old), 400), Life::LivesAs { .. }), "{old}");
        }
    }

    #[test]
    fn a_key_that_was_replaced_or_ended_a_moment_ago_is_late() {
        let revoked = Revoked::new(graces(10, 30));
        assert_eq!(revoked.rotate(ID, to(1, 2), 10), Life::Lives);
        assert_eq!([39, 40].map(|now| revoked.life(ID, &key(1), now)), [Life::Late, Life::Ended]);
        assert_eq!(revoked.rotate(ID, to(1, 3), 11), Life::Late, "it moves nothing");
        revoked.end(ID, 50, 100);
        assert_eq!([79, 80].map(|now| revoked.life(ID, &key(2), now)), [Life::Late, Life::Ended]);
    }

    #[test]
    fn the_memory_is_bounded_and_forgets_what_ends_first() {
        let revoked = Revoked::with_capacity(3, graces(10, 0));
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
        let revoked = Revoked::new(graces(10, 0));
        revoked.end(ID, 10, 100);
        revoked.end(ID, 20, 110);
        let memory = revoked.memory();
        assert_eq!((memory.sessions.len(), memory.by_end.len()), (1, 1));
    }
}
