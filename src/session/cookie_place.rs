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

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use uuid::Uuid;

use super::commit::CookieChange;
use super::commit_error::CommitError;
use super::events::{Rejection, SessionEvent};
use super::origin::{Held, Live, Origin};
use super::plan::Plan;
use super::record::{self, Head, Record};
use super::revoked::{Life, Revoked, Succession};
use super::work::{Doomed, Work};
use super::{Key, Session, SessionManager};
use crate::encryption::{Keyring, OVERHEAD, Sealer};

/// How long the whole `Set-Cookie` header may be.
///
/// Browsers drop larger cookies without a word. RFC 6265bis (5.6) lets them count name and value, RFC 6265 (6.1)
/// the attributes as well: what keeps to the stricter count is kept by all.
const LIMIT: usize = 4_096;

/// What stands before the record, in bytes.
const DEADLINE: usize = 8;
const KEY: usize = 32;

/// What seals sessions into cookies, and remembers those that ended.
pub(super) struct CookiePlace {
    sealer: Sealer,
    revoked: Revoked,
}

/// What a cookie held.
struct Carried {
    deadline: u64,
    key: Key,
    head: Head,
    raw: Bytes,
}

impl CookiePlace {
    pub(super) fn new(keys: &Keyring) -> Self {
        Self { sealer: keys.sealer("session cookie"), revoked: Revoked::new() }
    }

    fn open(&self, name: &str, value: &str) -> Option<Carried> {
        // No cookie of ours is longer, and what is longer costs no work.
        if value.len() > LIMIT {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
        let mut plain = Bytes::from(self.sealer.open(name.as_bytes(), &sealed)?.plain);
        let deadline = plain.try_get_u64_le().ok()?;
        let mut key = [0; KEY];
        plain.try_copy_to_slice(&mut key).ok()?;
        let Some(Record::Session(head, raw)) = record::decode(plain) else { return None };
        Some(Carried { deadline, key: Key::from_bytes(key), head, raw })
    }
}

impl SessionManager {
    /// The first session that lives, of those in the cookies.
    pub(super) fn first_carried<'c>(
        &self,
        place: &CookiePlace,
        cookies: impl Iterator<Item = &'c str>,
        refused: &mut Vec<SessionEvent>,
    ) -> Option<Session> {
        let mut closed = false;
        for value in cookies {
            match place.open(&self.cookie_name, value) {
                None => closed = true,
                Some(carried) => match self.admit(place, carried) {
                    Ok(found) => return Some(found),
                    Err(event) => refused.push(event),
                },
            }
        }
        if closed {
            refused.push(SessionEvent::Rejected { key: None, reason: Rejection::Sealed });
        }
        None
    }

    fn admit(&self, place: &CookiePlace, carried: Carried) -> Result<Session, SessionEvent> {
        let Carried { deadline, key, head, raw } = carried;
        let now = self.clock.unix();
        if !self.may_live(&head, deadline, now) {
            return Err(SessionEvent::Expired { session: Some(head.id), key });
        }
        let held = match place.revoked.life(head.id, &key, now) {
            Life::Lives => Held::Session,
            Life::LivesAs(_) => Held::Renewed,
            Life::Ended => {
                tracing::warn!(session = %head.id, "a cookie came back whose session had ended or been rotated; possibly a copy");
                return Err(SessionEvent::Rejected { key: Some(key), reason: Rejection::Ended });
            }
        };
        let live = Live { held, key, version: 0, deadline, head };
        Ok(self.session(Origin::Live(live), raw))
    }

    /// Carries out a plan where the cookie is the store.
    pub(super) fn commit_to_cookie(
        &self,
        place: &CookiePlace,
        work: &Work,
    ) -> Result<CookieChange, CommitError> {
        match work.plan {
            Plan::Nothing => Ok(CookieChange::None),
            Plan::Create => self.carry_new(place, work),
            Plan::Touch | Plan::Replace => self.carry_on(place, work),
            Plan::Rotate | Plan::Renew => self.carry_over(place, work),
            Plan::Destroy => {
                self.end_carried(place, work);
                Ok(CookieChange::Remove)
            }
            Plan::DestroyThenCreate => {
                self.end_carried(place, work);
                self.carry_new(place, work)
            }
        }
    }

    fn carry_new(&self, place: &CookiePlace, work: &Work) -> Result<CookieChange, CommitError> {
        let head = work.first_head()?;
        let value = self.seal_into_cookie(place, random_key()?, &head, work)?;
        self.emit(SessionEvent::Created { session: work.id });
        Ok(CookieChange::Set(value))
    }

    fn carry_on(&self, place: &CookiePlace, work: &Work) -> Result<CookieChange, CommitError> {
        let live = work.live.as_ref().expect("only a live session is carried on");
        let mut head = work.next_head(live);
        let key = match place.revoked.life(head.id, &live.key, work.now) {
            Life::Lives => live.key,
            // The browser has the renewed cookie: what this request merely read is older than that.
            Life::LivesAs(_) if !work.writes() => return Ok(CookieChange::None),
            Life::LivesAs(successor) => {
                head.renewed = work.now;
                successor
            }
            Life::Ended => return Ok(self.gone(work)),
        };
        self.seal_into_cookie(place, key, &head, work).map(CookieChange::Set)
    }

    fn carry_over(&self, place: &CookiePlace, work: &Work) -> Result<CookieChange, CommitError> {
        let live = work.live.as_ref().expect("only a live session is rotated");
        let now = work.now;
        let head = Head { renewed: now, ..work.next_head(live) };
        let new = random_key()?;
        // Sealed first: what does not fit must not cost the visitor the cookie that they have.
        let value = self.seal_into_cookie(place, new, &head, work)?;
        let succession = Succession {
            old: live.key,
            new,
            grace_until: (work.plan == Plan::Renew)
                .then(|| now.saturating_add(self.config.renew_grace.as_secs())),
            until: self.deadline(head.created, now),
        };
        match place.revoked.rotate(head.id, succession, now) {
            Life::Ended => Ok(self.gone(work)),
            // A parallel request met the same age and was first.
            Life::LivesAs(_) if work.plan == Plan::Renew => self.carry_on(place, work),
            Life::Lives | Life::LivesAs(_) => {
                let renewal = work.plan == Plan::Renew;
                self.emit(SessionEvent::Rotated { session: work.id, renewal });
                Ok(CookieChange::Set(value))
            }
        }
    }

    fn end_carried(&self, place: &CookiePlace, work: &Work) {
        let Some(Doomed { head, .. }) = work.doomed else { return };
        place.revoked.end(head.id, work.now, self.deadline(head.created, work.now));
        self.emit(SessionEvent::Destroyed { session: head.id });
    }

    /// Refuses all cookies of a session, as long as one of them may live.
    pub(super) fn end_in_cookies(&self, place: &CookiePlace, id: Uuid) {
        let now = self.clock.unix();
        let until = now.saturating_add(self.config.lifetime.as_secs());
        place.revoked.end(id, now, until);
        self.emit(SessionEvent::Destroyed { session: id });
    }

    fn seal_into_cookie(
        &self,
        place: &CookiePlace,
        key: Key,
        head: &Head,
        work: &Work,
    ) -> Result<String, CommitError> {
        let record = work.draft.clone().finish(head);
        let mut plain = BytesMut::with_capacity(DEADLINE + KEY + record.len());
        plain.put_u64_le(self.deadline(head.created, work.now));
        plain.put_slice(key.as_bytes());
        plain.put_slice(&record);
        let sealed = place.sealer.seal(self.cookie_name.as_bytes(), &plain)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// How many bytes of JSON fit into the cookie.
    pub(super) fn room_in_cookie(&self) -> usize {
        let value = LIMIT.saturating_sub(self.set_cookie.length_with(""));
        // Four characters of base64 carry three bytes.
        (value * 3 / 4).saturating_sub(OVERHEAD + DEADLINE + KEY + record::HEAD)
    }
}

/// In a store the key is the hash of a token. In a sealed cookie nobody can name a key that we did not draw.
fn random_key() -> Result<Key, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Key::from_bytes(bytes))
}
