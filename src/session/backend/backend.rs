//! The one match on where sessions are kept.

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::choose::cannot_work;
use super::cookie::CookieBackend;
use crate::error::BootProblem;
use crate::session::WhenUnavailable;
use crate::session::api::Session;
use crate::session::commit::{CookieChange, Ending, Failed, Limit, Plan, Rules, Work};
use crate::session::drivers::{Batch, Check, Cursor, DriverError, Reach, TimedDriver, share_time};
use crate::session::events::{Events, Rejection, SessionEvent};
use crate::session::record::{self, ClaimedToken, GuestTokens, Key, Pointer, Record};
use crate::session::request::{Held, Live, Loaded, Origin, State};
use crate::support::BoxFuture;

/// Finds, commits and ends sessions, wherever they are kept.
pub(crate) struct Backend {
    pub(super) kind: Kind,
    pub(super) reach: Reach,
    pub(super) rules: Arc<Rules>,
    pub(super) events: Arc<Events>,
    pub(super) guests: Option<Arc<GuestTokens>>,
    pub(super) check: Option<Check>,
    /// How large a session may be.
    pub(super) limit: Limit,
}

type Commit<'a> = BoxFuture<'a, Result<CookieChange, Failed>>;

/// Where the sessions of an application are kept.
pub(super) enum Kind {
    /// In a driver.
    Driver(DriverBackend),
    /// In the visitor's cookie, sealed.
    Cookie(Box<CookieBackend>),
    /// Nowhere: each request has an empty session, which ends with it.
    Nowhere,
}

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

impl Backend {
    /// Finds the session of a request by the values of its session cookies, and reports why one was refused.
    pub(crate) async fn find<'c>(
        &self,
        cookies: &mut impl Iterator<Item = &'c str>,
        report: impl Fn(&Events, SessionEvent),
    ) -> Result<Session, DriverError> {
        let nowhere = matches!(self.kind, Kind::Nowhere);
        let Some(first) = cookies.next() else {
            return Ok(self.guest(if nowhere { Origin::Detached } else { Origin::NEW }));
        };
        if nowhere {
            return Ok(self.session(Origin::Detached, Bytes::new()));
        }
        let _timing = self.events.meter.load();
        let cookies = std::iter::once(first).chain(cookies);
        match share_time(self.first_living(cookies, report)).await {
            Ok(Some(session)) => Ok(session),
            Ok(None) => Ok(self.session(Origin::NEW, Bytes::new())),
            Err(error) if self.rules.config.when_unavailable == WhenUnavailable::Degrade => {
                tracing::error!(%error, "the request runs without a session");
                Ok(self.session(Origin::Detached, Bytes::new()))
            }
            Err(error) => Err(error),
        }
    }

    fn session(&self, origin: Origin, raw: Bytes) -> Session {
        Session::new(State::new(origin, raw, Arc::clone(&self.rules.clock)))
    }

    /// The session of a request that came without a session's cookie.
    fn guest(&self, origin: Origin) -> Session {
        let state = State::new(origin, Bytes::new(), Arc::clone(&self.rules.clock));
        Session::new(state.of_guest(self.guests.clone()))
    }

    /// Several cookies of one name come from other paths or domains, one of which may have planted its own: the
    /// first whose session lives counts.
    async fn first_living<'c>(
        &self,
        cookies: impl Iterator<Item = &'c str>,
        report: impl Fn(&Events, SessionEvent),
    ) -> Result<Option<Session>, DriverError> {
        /// More are an attack on the store.
        const TRIED: usize = 8;
        let (mut tried, mut late, mut unreadable) = (0, false, None);
        for value in cookies {
            let lookup = match &self.kind {
                Kind::Driver(driver) => match ClaimedToken::parse(value) {
                    Some(token) => driver.find(token).await?,
                    None => malformed(),
                },
                Kind::Cookie(cookie) => cookie.find(value),
                Kind::Nowhere => return Ok(None),
            };
            match lookup {
                Lookup::Found(live, raw) => {
                    return Ok(Some(self.session(Origin::Live(live), raw)));
                }
                Lookup::Refused(SessionEvent::Rejected { key: None, reason }) => {
                    unreadable = Some(reason);
                    continue;
                }
                Lookup::Late => late = true,
                Lookup::Refused(event) => report(&self.events, event),
            }
            tried += 1;
            if tried == TRIED {
                break;
            }
        }
        if late {
            // It stores nothing and sets no cookie: the browser may have a newer one by now.
            return Ok(Some(self.session(Origin::Detached, Bytes::new())));
        }
        // Worth reporting only where no other cookie was ours.
        if let (0, Some(reason)) = (tried, unreadable) {
            report(&self.events, SessionEvent::Rejected { key: None, reason });
        }
        Ok(None)
    }

    /// Stores what the request did to its session.
    pub(crate) async fn commit(
        &self,
        session: &Session,
        ending: Ending,
    ) -> Result<CookieChange, Failed> {
        let Some(commit) = self.begin(session, ending)? else { return Ok(CookieChange::None) };
        commit.await
    }

    /// The work of a commit; `None` when there is nothing to do.
    fn begin(&self, session: &Session, ending: Ending) -> Result<Option<Commit<'_>>, Failed> {
        if let Kind::Cookie(cookie) = &self.kind {
            cookie.confirm(session);
        }
        let taken = Work::take(session, ending, &self.rules, self.limit)?;
        // Boxed: requests that only read need not carry the room for writing.
        Ok(taken.map(|(mut plan, mut work)| -> Commit<'_> {
            Box::pin(async move { self.carry_out(&mut plan, &mut work).await })
        }))
    }

    async fn carry_out(&self, plan: &mut Plan, work: &mut Work) -> Result<CookieChange, Failed> {
        let _timing = self.events.meter.commit();
        let cookie = match &self.kind {
            Kind::Driver(driver) => share_time(driver.commit(plan, work)).await?,
            Kind::Cookie(cookie) => cookie.commit(plan, work)?,
            Kind::Nowhere => CookieChange::None,
        };
        match work.problem.take() {
            Some(error) => Err(Failed { error, cookie }),
            None => Ok(cookie),
        }
    }

    /// Ends a session by its public id where that is enough. False where its records have to be found first.
    pub(crate) fn end(&self, id: Uuid) -> bool {
        match &self.kind {
            Kind::Cookie(cookie) => cookie.end(id),
            Kind::Driver(_) | Kind::Nowhere => return false,
        }
        true
    }

    /// Removes at most `limit` expired records. Returns how many it removed.
    pub(crate) async fn sweep(&self, limit: usize) -> Result<usize, DriverError> {
        match &self.kind {
            Kind::Driver(backend) => {
                let removed = backend.driver.sweep(self.rules.swept(), limit).await?;
                // A store that removes them by itself removes none here.
                Ok(removed.unwrap_or(0))
            }
            // Cookies expire by themselves.
            Kind::Cookie(_) | Kind::Nowhere => Ok(0),
        }
    }

    /// A batch of what is stored; `None` where nothing can be listed.
    pub(crate) async fn batch(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        match &self.kind {
            Kind::Driver(backend) => backend.driver.list(from, limit).await,
            Kind::Cookie(_) | Kind::Nowhere => Ok(None),
        }
    }

    /// Reads a record that there is not.
    pub(crate) async fn ping(&self) -> Result<(), DriverError> {
        match &self.kind {
            Kind::Driver(backend) => backend.driver.read(&Key::from_bytes([0; 32])).await.map(drop),
            Kind::Cookie(_) | Kind::Nowhere => Ok(()),
        }
    }

    /// Whether what is stored can be listed.
    pub(crate) async fn can_list(&self) -> Result<bool, DriverError> {
        Ok(self.batch(None, 1).await?.is_some())
    }

    /// The sessions that a driver keeps.
    pub(crate) fn in_driver(&self) -> Result<&DriverBackend, DriverError> {
        match &self.kind {
            Kind::Driver(backend) => Ok(backend),
            Kind::Cookie(_) | Kind::Nowhere => {
                Err(DriverError::unavailable("the session driver keeps nothing on the server"))
            }
        }
    }

    /// Asks the store whether it is as it should be, where that can be asked.
    pub(crate) async fn check(&self) -> Result<(), BootProblem> {
        let Some(check) = &self.check else { return Ok(()) };
        check().await.map_err(|error| cannot_work(&self.rules.config.driver, &error))
    }

    /// Who can reach the sessions that are kept.
    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }
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

fn malformed() -> Lookup {
    Lookup::Refused(SessionEvent::Rejected { key: None, reason: Rejection::Malformed })
}
