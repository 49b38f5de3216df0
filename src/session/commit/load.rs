//! From a token to the session in the driver.

use std::sync::Arc;

use bytes::Bytes;

use super::rules::Rules;
use crate::session::drivers::{DriverError, TimedDriver};
use crate::session::events::{Events, Rejection, SessionEvent};
use crate::session::record::{self, ClaimedToken, Key, Pointer, Record};
use crate::session::request::{Held, Live, Loaded};

/// Sessions that a driver keeps. They are found here, committed in `store.rs` and ended in `end.rs`.
pub(crate) struct DriverBackend {
    pub(crate) driver: TimedDriver,
    pub(super) rules: Arc<Rules>,
    pub(super) events: Arc<Events>,
}

/// What a cookie leads to.
pub(crate) enum Lookup {
    /// A session, with its data.
    Found(Live, Bytes),
    /// A session that was ended, or got another token, while the request was on its way.
    Late,
    /// None, and why.
    Refused(SessionEvent),
}

/// What a request may use of the record under a key.
pub(super) enum Seen {
    /// A session, with its data.
    Session(Loaded, Bytes),
    /// A session whose token was renewed, and the pointer's version.
    MovedTo(Pointer, u64),
    /// A session that was ended moments ago, or got another token.
    Late,
    /// Nothing, and why.
    Nothing(SessionEvent),
}

impl DriverBackend {
    pub(crate) fn new(driver: TimedDriver, rules: Arc<Rules>, events: Arc<Events>) -> Self {
        Self { driver, rules, events }
    }

    /// Finds the session of a token.
    pub(crate) async fn find(&self, token: ClaimedToken) -> Result<Lookup, DriverError> {
        let key = token.key();
        match self.look(&key).await? {
            Seen::Session(loaded, raw) => {
                let held = Held::Token(token.loaded(&loaded.head));
                Ok(Lookup::Found(Live { held, loaded }, raw))
            }
            // Boxed: nearly all tokens lead to their own record.
            Seen::MovedTo(pointer, version) => Box::pin(self.follow(key, pointer, version)).await,
            Seen::Late => Ok(Lookup::Late),
            Seen::Nothing(refused) => Ok(Lookup::Refused(refused)),
        }
    }

    /// Finds the session of a token that was renewed.
    async fn follow(
        &self,
        key: Key,
        pointer: Pointer,
        version: u64,
    ) -> Result<Lookup, DriverError> {
        /// Each is a renewal whose answer was lost.
        const HOPS: usize = 64;
        let mut at = pointer.successor;
        for hop in 0..HOPS {
            let (confirmed, found) = match self.look(&at).await? {
                Seen::Session(loaded, raw) => (loaded.head.confirmed, Some((loaded, raw))),
                Seen::MovedTo(next, _) => {
                    at = next.successor;
                    (next.confirmed, None)
                }
                Seen::Late => return Ok(Lookup::Late),
                Seen::Nothing(refused) => return Ok(Lookup::Refused(refused)),
            };
            let now = self.rules.now();
            if !self.rules.may_be_old(confirmed, now) {
                let reused = SessionEvent::Reused { session: pointer.session, key };
                let is_late = self.rules.is_late(pointer.at, now);
                return Ok(if is_late { Lookup::Late } else { Lookup::Refused(reused) });
            }
            if let Some((loaded, raw)) = found {
                if hop > 0 {
                    self.shorten(&key, pointer, version, &loaded).await;
                }
                return Ok(Lookup::Found(Live { held: Held::Renewed, loaded }, raw));
            }
        }
        Ok(Lookup::Refused(SessionEvent::Rejected { key: Some(key), reason: Rejection::Ended }))
    }

    /// Lets the pointer under a visitor's token lead straight to the session, and live as long.
    async fn shorten(&self, key: &Key, pointer: Pointer, version: u64, to: &Loaded) {
        let deadline = self.rules.pointer_deadline(to.head.created, self.rules.now());
        let pointer = record::encode_pointer(&Pointer { successor: to.key, ..pointer });
        // Where another request was faster, it has done the same.
        if let Err(error) = self.driver.replace(key, version, pointer, deadline).await {
            tracing::warn!(%key, %error, "the pointer of a renewed token was not shortened");
        }
    }

    /// Reads a record that may still live. A corrupt one counts as none: the driver has kept it aside.
    pub(super) async fn look(&self, key: &Key) -> Result<Seen, DriverError> {
        let refused =
            |reason| Ok(Seen::Nothing(SessionEvent::Rejected { key: Some(*key), reason }));
        let stored = match self.driver.read(key).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return refused(Rejection::Unknown),
            Err(DriverError::Corrupt(what)) => {
                tracing::error!(%key, "a session record was corrupt and the visitor gets a new session: {what}");
                return refused(Rejection::Corrupt);
            }
            Err(error) => return Err(error),
        };
        let now = self.rules.now();
        let record = record::decode(stored.payload);
        if stored.recovered {
            let session = match &record {
                Some(Record::Session(head, _)) => Some(head.id),
                _ => None,
            };
            self.events.emit(SessionEvent::Recovered { session, key: *key });
        }
        let (version, deadline) = (stored.version, stored.deadline);
        match record {
            Some(Record::MovedTo(pointer)) if pointer.renewal => {
                Ok(Seen::MovedTo(pointer, version))
            }
            Some(Record::MovedTo(Pointer { at, .. }) | Record::Ended { at })
                if self.rules.is_late(at, now) =>
            {
                Ok(Seen::Late)
            }
            Some(Record::MovedTo(_)) => refused(Rejection::Replaced),
            Some(Record::Ended { .. }) => refused(Rejection::Ended),
            Some(Record::Session(head, _)) if !self.rules.may_live(&head, deadline, now) => {
                Ok(Seen::Nothing(SessionEvent::Expired { session: Some(head.id), key: *key }))
            }
            Some(Record::Session(head, raw)) => {
                let mut loaded = Loaded { key: *key, version, deadline, head, corrected: false };
                self.rules.correct(&mut loaded, now);
                Ok(Seen::Session(loaded, raw))
            }
            None if deadline <= now => {
                Ok(Seen::Nothing(SessionEvent::Expired { session: None, key: *key }))
            }
            None => {
                tracing::error!(%key, "a session record is damaged, sealed while `encrypt` is off, or of another version; the visitor gets a new session");
                refused(Rejection::Corrupt)
            }
        }
    }
}
