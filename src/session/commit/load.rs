//! From the cookies of a request to its session.

use std::sync::Arc;

use bytes::Bytes;

use crate::session::api::Session;
use crate::session::backend::Place;
use crate::session::drivers::DriverError;
use crate::session::events::{Rejection, SessionEvent};
use crate::session::record::ClaimedToken;
use crate::session::record::{self, Head, Key, Record};
use crate::session::request::{Held, Live, Origin, State};
use crate::session::{SessionManager, WhenUnavailable};

/// A record that may live, its version and its deadline.
pub(super) type Found = (Record, u64, u64);

impl SessionManager {
    /// Finds the session of a request by the values of its session cookies.
    ///
    /// Without a well-formed one the driver is not called. A token that names no living record gives a fresh
    /// session with another token: it is never adopted.
    ///
    /// # Errors
    /// When the store cannot be read and the configuration says that the request fails then.
    pub async fn start<'c>(
        &self,
        mut cookies: impl Iterator<Item = &'c str>,
    ) -> Result<Session, DriverError> {
        let mut refused = Vec::new();
        let session = self.start_telling(&mut cookies, &mut refused).await;
        refused.into_iter().for_each(|event| self.emit(event));
        session
    }

    /// As [`start`](Self::start), for a look from outside that is no event.
    pub(crate) async fn peek<'c>(
        &self,
        mut cookies: impl Iterator<Item = &'c str>,
    ) -> Result<Session, DriverError> {
        self.start_telling(&mut cookies, &mut Vec::new()).await
    }

    async fn start_telling<'c>(
        &self,
        cookies: &mut impl Iterator<Item = &'c str>,
        refused: &mut Vec<SessionEvent>,
    ) -> Result<Session, DriverError> {
        let nowhere = matches!(self.place(), Ok(Place::Nowhere));
        let Some(first) = cookies.next() else {
            return Ok(self.guest(if nowhere { Origin::Detached } else { Origin::Fresh }));
        };
        if nowhere {
            return Ok(self.session(Origin::Detached, Bytes::new()));
        }
        let _timing = self.meter.load();
        match self.first_living(std::iter::once(first).chain(cookies), refused).await {
            Ok(Some(session)) => Ok(session),
            Ok(None) => Ok(self.session(Origin::Fresh, Bytes::new())),
            Err(error) if self.config.when_unavailable == WhenUnavailable::Degrade => {
                tracing::error!(%error, "the request runs without a session");
                Ok(self.session(Origin::Detached, Bytes::new()))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn session(&self, origin: Origin, raw: Bytes) -> Session {
        Session::new(State::new(origin, raw, Arc::clone(&self.clock)))
    }

    /// The session of a request that came without a session's cookie.
    fn guest(&self, origin: Origin) -> Session {
        let state = State::new(origin, Bytes::new(), Arc::clone(&self.clock));
        Session::new(state.of_guest(self.guests.clone()))
    }

    /// Several cookies of one name come from other paths or domains, one of which may have planted its own: the
    /// first whose session lives counts.
    async fn first_living<'c>(
        &self,
        cookies: impl Iterator<Item = &'c str>,
        refused: &mut Vec<SessionEvent>,
    ) -> Result<Option<Session>, DriverError> {
        /// More are an attack on the store.
        const TRIED: usize = 3;
        if let Place::Cookie(place) = self.place()? {
            return Ok(self.first_carried(place, cookies, refused));
        }
        let mut malformed = true;
        for token in cookies.filter_map(ClaimedToken::parse).take(TRIED) {
            malformed = false;
            match self.load(token).await? {
                Ok(found) => return Ok(Some(found)),
                Err(event) => refused.push(event),
            }
        }
        if malformed {
            refused.push(SessionEvent::Rejected { key: None, reason: Rejection::Malformed });
        }
        Ok(None)
    }

    async fn load(
        &self,
        token: ClaimedToken,
    ) -> Result<Result<Session, SessionEvent>, DriverError> {
        /// Renewals are minutes apart and pointers live for seconds: one hop is the rule.
        const HOPS: usize = 3;
        let mut key = token.key();
        let mut token = Some(token);
        for _ in 0..HOPS {
            match self.look(&key).await? {
                Err(refused) => return Ok(Err(refused)),
                Ok((Record::Ended, ..)) => break,
                Ok((Record::MovedTo { successor, .. }, ..)) => {
                    key = successor;
                    token = None;
                }
                Ok((Record::Session(head, raw), version, deadline)) => {
                    let held =
                        token.map_or(Held::Renewed, |token| Held::Token(token.loaded(&head)));
                    let live = Live { held, key, version, deadline, head };
                    return Ok(Ok(self.session(Origin::Live(live), raw)));
                }
            }
        }
        Ok(Err(SessionEvent::Rejected { key: Some(key), reason: Rejection::Ended }))
    }

    /// Reads a record that may still live. A corrupt one counts as none: the driver has kept it aside.
    pub(crate) async fn read(&self, key: &Key) -> Result<Option<Found>, DriverError> {
        Ok(self.look(key).await?.ok())
    }

    /// As [`read`](Self::read), with the reason why there is none.
    async fn look(&self, key: &Key) -> Result<Result<Found, SessionEvent>, DriverError> {
        let refused = |reason| Ok(Err(SessionEvent::Rejected { key: Some(*key), reason }));
        let stored = match self.driver()?.read(key).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return refused(Rejection::Unknown),
            Err(DriverError::Corrupt(what)) => {
                tracing::error!(%key, "a session record was corrupt and the visitor gets a new session: {what}");
                return refused(Rejection::Corrupt);
            }
            Err(error) => return Err(error),
        };
        let now = self.clock.unix();
        let record = self.decode(stored.payload);
        if stored.recovered {
            let session = match &record {
                Some(Record::Session(head, _)) => Some(head.id),
                _ => None,
            };
            self.emit(SessionEvent::Recovered { session, key: *key });
        }
        match record {
            Some(Record::Ended) => refused(Rejection::Ended),
            Some(Record::MovedTo { until, .. }) if until <= now => refused(Rejection::Replaced),
            Some(Record::Session(head, _)) if !self.may_live(&head, stored.deadline, now) => {
                Ok(Err(SessionEvent::Expired { session: Some(head.id), key: *key }))
            }
            None if stored.deadline <= now => {
                Ok(Err(SessionEvent::Expired { session: None, key: *key }))
            }
            Some(record) => Ok(Ok((record, stored.version, stored.deadline))),
            None => {
                tracing::error!(%key, "a session record is damaged, sealed while `encrypt` is off, or of another version; the visitor gets a new session");
                refused(Rejection::Corrupt)
            }
        }
    }

    /// A record as it lies there, for who ends sessions: expired ones and old pointers too.
    pub(super) async fn read_any(&self, key: &Key) -> Result<Option<Found>, DriverError> {
        let stored = match self.driver()?.read(key).await {
            Ok(Some(stored)) => stored,
            Ok(None) | Err(DriverError::Corrupt(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let record = self.decode(stored.payload);
        Ok(record.map(|record| (record, stored.version, stored.deadline)))
    }

    pub(crate) fn decode(&self, payload: Bytes) -> Option<Record> {
        record::decode(payload)
    }

    /// Whether neither the idle nor the absolute lifetime is over.
    pub(crate) fn may_live(&self, head: &Head, deadline: u64, now: u64) -> bool {
        let end = head.created.saturating_add(self.config.absolute_lifetime.as_secs());
        deadline.min(end) > now
    }
}
