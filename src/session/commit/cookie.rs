//! Carrying out a commit where the cookie is the store.

use uuid::Uuid;

use super::error::CommitError;
use super::plan::Plan;
use super::prepare::Work;
use super::store::CookieChange;
use crate::session::SessionManager;
use crate::session::api::Session;
use crate::session::backend::{Carried, CookiePlace, Life, Succession};
use crate::session::events::{Rejection, SessionEvent};
use crate::session::record::{Head, Key};
use crate::session::request::{Doomed, Held, Live, Origin};

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
    pub(crate) fn end_in_cookies(&self, place: &CookiePlace, id: Uuid) {
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
        let deadline = self.deadline(head.created, work.now);
        Ok(place.seal(&self.cookie_name, deadline, &key, &record)?)
    }

    /// How many bytes of JSON fit into the cookie.
    pub(super) fn room_in_cookie(&self) -> usize {
        CookiePlace::room(self.set_cookie.length_with(""))
    }
}

/// In a store the key is the hash of a token. In a sealed cookie nobody can name a key that we did not draw.
fn random_key() -> Result<Key, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Key::from_bytes(bytes))
}
