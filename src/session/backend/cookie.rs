//! Sessions that lie in the visitor's cookie: the driver `cookie`.
//!
//! The server keeps nothing. The cookie holds the whole session, sealed, so that its visitor can neither read nor
//! change it, and with its deadlines, so that a copy dies as the session does:
//!
//! | bytes | content |
//! |---|---|
//! | 8 | the deadline, unix seconds |
//! | 32 | the key: another one after each rotation |
//! | rest | the record, as a driver would hold it |
//!
//! What this cannot do, and a driver can:
//!
//! - **Parallel requests overwrite one another.** The browser keeps the cookie that arrived last, with what that
//!   request alone did; `increment` and `push` are not exact.
//! - **A logout binds this process alone** ([`Revoked`]), which remembers a bounded number of them: elsewhere, and
//!   after a restart, a cookie that was copied before the logout lives on until its deadline.
//! - **4,096 bytes are the end**: [`LIMIT`].

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use uuid::Uuid;

use super::backend::Lookup;
use super::revoked::{Graces, Life, Revoked, Succession};
use crate::encryption::{Keyring, OVERHEAD, Sealer};
use crate::session::api::Session;
use crate::session::commit::{CommitError, CookieChange, Limit, Plan, Rules, Work};
use crate::session::events::{Events, Rejection, SessionEvent};
use crate::session::record::{self, HEAD, Head, Key, Record};
use crate::session::request::{Held, Live, Loaded, Origin};

/// How long the whole `Set-Cookie` header may be.
///
/// Browsers drop larger cookies without a word. RFC 6265bis (5.6) lets them count name and value, RFC 6265 (6.1)
/// the attributes as well: what keeps to the stricter count is kept by all.
const LIMIT: usize = 4_096;

/// What stands before the record, in bytes.
const DEADLINE: usize = 8;
const KEY: usize = 32;

/// Sessions that lie in cookies: opens and seals them, and remembers those that ended.
pub(crate) struct CookieBackend {
    name: String,
    sealer: Sealer,
    /// The sessions whose cookies are worthless before their time.
    revoked: Revoked,
    pub(super) limit: Limit,
    rules: Arc<Rules>,
    events: Arc<Events>,
}

impl CookieBackend {
    /// For a cookie of this name, whose header has so many bytes without its value.
    pub(super) fn new(
        keys: &Keyring,
        name: String,
        header: usize,
        rules: Arc<Rules>,
        events: Arc<Events>,
    ) -> Self {
        let limit = Limit::of_cookie(&rules.config, room(header));
        let sealer = keys.sealer("session cookie");
        let graces = Graces {
            renew: rules.config.renew_grace.as_secs(),
            late: rules.config.late_grace.as_secs(),
        };
        Self { name, sealer, revoked: Revoked::new(graces), limit, rules, events }
    }

    /// The session in a cookie.
    pub(super) fn find(&self, value: &str) -> Lookup {
        let Some((mut loaded, raw)) = self.open(value) else {
            return Lookup::Refused(SessionEvent::Rejected {
                key: None,
                reason: Rejection::Sealed,
            });
        };
        let now = self.rules.now();
        let Loaded { key, deadline, head, .. } = loaded;
        // Copies of it cannot be corrected.
        if self.rules.is_ahead(&head, now) || !self.rules.may_live(&head, deadline, now) {
            return Lookup::Refused(SessionEvent::Expired { session: Some(head.id), key });
        }
        self.rules.correct(&mut loaded, now);
        let held = match self.revoked.life(head.id, &key, now) {
            Life::Lives => Held::Session,
            Life::LivesAs { since, confirmed, .. } => {
                // What a driver would have in the record.
                (loaded.head.renewed, loaded.head.confirmed) = (since, confirmed);
                Held::Renewed
            }
            Life::Reused => {
                let reused = SessionEvent::Reused { session: head.id, key };
                return Lookup::Refused(reused);
            }
            Life::Late => return Lookup::Late,
            Life::Ended => {
                tracing::warn!(session = %head.id, "a cookie came back whose session had ended or been rotated; possibly a copy");
                let reason = Rejection::Ended;
                return Lookup::Refused(SessionEvent::Rejected { key: Some(key), reason });
            }
        };
        Lookup::Found(Live { held, loaded }, raw)
    }

    /// Notes that a request came with this session's cookie.
    pub(super) fn confirm(&self, session: &Session) {
        if let Origin::Live(Live { held: Held::Session, loaded }) = &session.peek().origin {
            self.revoked.confirm(loaded.head.id, &loaded.key, self.rules.now());
        }
    }

    /// Carries out a plan.
    pub(super) fn commit(&self, plan: &Plan, work: &Work) -> Result<CookieChange, CommitError> {
        match plan {
            Plan::Nothing => Ok(CookieChange::None),
            Plan::Create => self.create(work),
            Plan::Touch(loaded) | Plan::Replace(loaded) => self.carry_on(loaded, work),
            Plan::Rotate(loaded) => self.carry_over(loaded, work, false),
            Plan::Renew(loaded) => self.carry_over(loaded, work, true),
            Plan::Destroy(ended) => {
                self.end_loaded(ended, work.now);
                Ok(CookieChange::Remove)
            }
            Plan::DestroyThenCreate(ended) => {
                self.end_loaded(ended, work.now);
                self.create(work)
            }
        }
    }

    fn create(&self, work: &Work) -> Result<CookieChange, CommitError> {
        let head = work.first_head()?;
        let change = self.seal(random_key()?, &head, work)?;
        self.events.emit(SessionEvent::Created { session: work.id });
        Ok(change)
    }

    fn carry_on(&self, loaded: &Loaded, work: &Work) -> Result<CookieChange, CommitError> {
        let mut head = work.next_head(loaded);
        let key = match self.revoked.life(head.id, &loaded.key, work.now) {
            Life::Lives => loaded.key,
            // The browser has the renewed cookie: what this request merely read is older than that.
            Life::LivesAs { .. } if !work.writes() => return Ok(CookieChange::None),
            Life::LivesAs { key, .. } => {
                head.renewed = work.now;
                key
            }
            Life::Late | Life::Reused | Life::Ended => return Ok(work.gone(&self.events)),
        };
        self.seal(key, &head, work)
    }

    /// Moves a session to another key; after a renewal the old one still finds it for a while.
    fn carry_over(
        &self,
        loaded: &Loaded,
        work: &Work,
        renewal: bool,
    ) -> Result<CookieChange, CommitError> {
        let now = work.now;
        let head = Head { renewed: now, ..work.next_head(loaded) };
        let new = random_key()?;
        // Sealed first: what does not fit must not cost the visitor the cookie that they have.
        let change = self.seal(new, &head, work)?;
        let until = self.rules.deadline(head.created, now);
        let succession = Succession { old: loaded.key, new, renewal, until };
        match self.revoked.rotate(head.id, succession, now) {
            Life::Late | Life::Reused | Life::Ended => Ok(work.gone(&self.events)),
            // A parallel request met the same age and was first.
            Life::LivesAs { .. } => self.carry_on(loaded, work),
            Life::Lives => {
                self.events.emit(SessionEvent::Rotated { session: work.id, renewal });
                Ok(change)
            }
        }
    }

    fn end_loaded(&self, ended: &Loaded, now: u64) {
        let head = &ended.head;
        self.revoked.end(head.id, now, self.rules.deadline(head.created, now));
        self.events.emit(SessionEvent::Destroyed { session: head.id });
    }

    /// Refuses all cookies of a session, as long as one of them may live.
    pub(super) fn end(&self, id: Uuid) {
        let now = self.rules.now();
        let until = now.saturating_add(self.rules.config.lifetime.as_secs());
        self.revoked.end(id, now, until);
        self.events.emit(SessionEvent::Destroyed { session: id });
    }

    /// What is in a cookie's value, if it was sealed here.
    fn open(&self, value: &str) -> Option<(Loaded, Bytes)> {
        // No cookie of ours is longer, and what is longer costs no work.
        if value.len() > LIMIT {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
        let mut plain = Bytes::from(self.sealer.open(self.name.as_bytes(), &sealed)?.plain);
        let deadline = plain.try_get_u64_le().ok()?;
        let mut key = [0; KEY];
        plain.try_copy_to_slice(&mut key).ok()?;
        let Some(Record::Session(head, raw)) = record::decode(plain) else { return None };
        Some((
            Loaded { key: Key::from_bytes(key), version: 0, deadline, head, corrected: false },
            raw,
        ))
    }

    /// A cookie that holds a session.
    fn seal(&self, key: Key, head: &Head, work: &Work) -> Result<CookieChange, CommitError> {
        // Nobody looks for sessions that are kept in cookies.
        let record = work.draft.clone().finish(&Head { tag: None, ..*head });
        let mut plain = BytesMut::with_capacity(DEADLINE + KEY + record.len());
        plain.put_u64_le(self.rules.deadline(head.created, work.now));
        plain.put_slice(key.as_bytes());
        plain.put_slice(&record);
        let value = URL_SAFE_NO_PAD.encode(self.sealer.seal(self.name.as_bytes(), &plain)?);
        Ok(CookieChange::Set(value, self.rules.remaining(head.created, work.now)))
    }
}

/// How many bytes of JSON fit into a cookie whose name and attributes have a length.
fn room(header: usize) -> usize {
    // Four characters of base64 carry three bytes.
    (LIMIT.saturating_sub(header) * 3 / 4).saturating_sub(OVERHEAD + DEADLINE + KEY + HEAD)
}

/// In a store the key is the hash of a token. In a sealed cookie nobody can name a key that we did not draw.
fn random_key() -> Result<Key, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Key::from_bytes(bytes))
}
