//! From a token to the session in the driver.

use std::sync::Arc;

use bytes::Bytes;

use super::rules::Rules;
use crate::session::drivers::{DriverError, TimedDriver};
use crate::session::events::{Events, Rejection, SessionEvent};
use crate::session::record::{self, ClaimedToken, Key, Record};
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
    /// A session that was renewed moments ago, and is here now.
    MovedTo(Key),
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
        /// Renewals are minutes apart and pointers live for seconds: one hop is the rule.
        const HOPS: usize = 3;
        let mut key = token.key();
        let mut token = Some(token);
        for _ in 0..HOPS {
            match self.look(&key).await? {
                Seen::Session(loaded, raw) => {
                    let of_record = |token: ClaimedToken| Held::Token(token.loaded(&loaded.head));
                    let held = token.map_or(Held::Renewed, of_record);
                    return Ok(Lookup::Found(Live { held, loaded }, raw));
                }
                Seen::MovedTo(successor) => {
                    key = successor;
                    token = None;
                }
                Seen::Late => return Ok(Lookup::Late),
                Seen::Nothing(refused) => return Ok(Lookup::Refused(refused)),
            }
        }
        Ok(Lookup::Refused(SessionEvent::Rejected { key: Some(key), reason: Rejection::Ended }))
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
            Some(Record::MovedTo { successor, until, .. }) if now < until => {
                Ok(Seen::MovedTo(successor))
            }
            Some(Record::MovedTo { at, .. } | Record::Ended { at })
                if self.rules.is_late(at, now) =>
            {
                Ok(Seen::Late)
            }
            Some(Record::MovedTo { .. }) => refused(Rejection::Replaced),
            Some(Record::Ended { .. }) => refused(Rejection::Ended),
            Some(Record::Session(head, _)) if !self.rules.may_live(&head, deadline, now) => {
                Ok(Seen::Nothing(SessionEvent::Expired { session: Some(head.id), key: *key }))
            }
            Some(Record::Session(head, raw)) => {
                Ok(Seen::Session(Loaded { key: *key, version, deadline, head }, raw))
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
