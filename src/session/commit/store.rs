//! The one moment at which a request's changes reach the store.
//!
//! Dropping the future at any await leaves the store as it was or as it shall be: each driver call is one step,
//! and the only two that follow one another are `destroy` and `create`, whose keys have nothing in common.

use std::time::Duration;

use bytes::Bytes;

use super::error::{CommitError, Failed};
use super::plan::Plan;
use super::prepare::{LiveFacts, Work};
use crate::error::Error;
use crate::session::api::Session;
use crate::session::backend::Place;
use crate::session::drivers::{Outcome, Rotation};
use crate::session::record::FreshToken;
use crate::session::record::{self, Draft, Head, Record};
use crate::session::request::{Shown, reapply};
use crate::session::{SessionEvent, SessionManager};

/// What the response says to the browser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CookieChange {
    /// No `Set-Cookie`.
    None,
    /// This value, of a new token or of one whose time is extended.
    Set(String),
    /// The cookie goes.
    Remove,
}

/// How the request ended, as far as the session cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With a response, whatever its status.
    Response(Shown),
    /// With a panic: only rotations and destruction already asked for take place.
    Panic,
}

/// Each failed attempt means that another request got through, so this many in a row is a store gone wrong.
pub(super) const ATTEMPTS: u32 = 256;

/// How long a rotation is remembered, in seconds, so that a logout which began before it still finds the session.
/// Requests take less.
const REMEMBERED: u64 = 10 * 60;

impl SessionManager {
    /// Stores what the request did to its session.
    pub(crate) async fn commit(
        &self,
        session: &Session,
        ending: Ending,
    ) -> Result<CookieChange, Failed> {
        let Some(mut work) = self.work(session, ending)? else { return Ok(CookieChange::None) };
        // Boxed: requests that only read need not carry the room for writing.
        Box::pin(async move { self.carry_out(&mut work).await }).await
    }

    async fn carry_out(&self, work: &mut Work) -> Result<CookieChange, Failed> {
        let _timing = self.meter.commit();
        let cookie = match self.place()? {
            Place::Cookie(place) => self.commit_to_cookie(place, work)?,
            _ => self.commit_to_store(work).await?,
        };
        match work.problem.take() {
            Some(error) => Err(Failed { error, cookie }),
            None => Ok(cookie),
        }
    }

    async fn commit_to_store(&self, work: &mut Work) -> Result<CookieChange, CommitError> {
        match work.plan {
            Plan::Nothing => Ok(CookieChange::None),
            Plan::Create => self.create(work).await,
            Plan::Touch => self.touch(work).await,
            Plan::Replace => self.replace(work).await,
            // What is rare is boxed: it takes more room than the others.
            Plan::Rotate | Plan::Renew => Box::pin(self.rotate(work)).await,
            Plan::Destroy => {
                Box::pin(self.destroy_doomed(work)).await?;
                Ok(CookieChange::Remove)
            }
            Plan::DestroyThenCreate => {
                Box::pin(self.destroy_doomed(work)).await?;
                self.create(work).await
            }
        }
    }

    /// Changes the session of a cookie as a request would, for tests; gives the cookie's new value if it has one.
    pub(crate) async fn seed(
        &self,
        cookie: Option<&str>,
        change: impl FnOnce(&Session),
    ) -> Result<Option<String>, Error> {
        let session = self.start(cookie.into_iter()).await?;
        change(&session);
        self.commit_alone(&session).await
    }

    /// Stores a session that no request carries; gives the cookie's new value if it has one.
    ///
    /// For `benches/`, which measure a commit without the request around it. Not part of the interface.
    #[doc(hidden)]
    pub async fn commit_alone(&self, session: &Session) -> Result<Option<String>, Error> {
        match self.commit(session, Ending::Response(Shown::Nothing)).await {
            Ok(CookieChange::Set(value)) => Ok(Some(value)),
            Ok(CookieChange::None | CookieChange::Remove) => Ok(None),
            Err(failed) => Err(failed.error.into()),
        }
    }

    async fn create(&self, work: &mut Work) -> Result<CookieChange, CommitError> {
        let now = work.now;
        let head = work.first_head()?;
        let token = FreshToken::mint()?;
        let payload = std::mem::take(&mut work.draft).finish(&head);
        self.driver()?.create(&token.key(), payload, self.deadline(now, now)).await?;
        self.emit(SessionEvent::Created { session: work.id });
        Ok(CookieChange::Set(token.cookie_value()))
    }

    async fn touch(&self, work: &mut Work) -> Result<CookieChange, CommitError> {
        let live = work.live.as_mut().expect("only a live session is touched");
        for _ in 0..ATTEMPTS {
            let latest = self.deadline(live.head.created, work.now);
            match self.driver()?.touch(&live.key, live.version, latest).await? {
                Outcome::Done => {
                    return Ok(live.cookie.take().map_or(CookieChange::None, CookieChange::Set));
                }
                Outcome::Gone => return Ok(CookieChange::None),
                Outcome::Conflict => self.meter.conflict(),
            }
            match self.read(&live.key).await? {
                Some((Record::Session(..), version, deadline)) if deadline < latest => {
                    live.version = version;
                }
                // Another request has extended it, and sent the cookie; or it has another token now, or has ended.
                _ => return Ok(CookieChange::None),
            }
        }
        Err(CommitError::Contended)
    }

    async fn replace(&self, work: &mut Work) -> Result<CookieChange, CommitError> {
        let mut live = work.live.take().expect("only a live session is replaced");
        for attempt in 0..ATTEMPTS {
            let payload = std::mem::take(&mut work.draft).finish(&work.next_head(&live));
            // It moves only together with the cookie's: a visitor who writes more often than `touch_after` would else
            // keep the record and lose the cookie.
            let latest = self.deadline(live.head.created, work.now);
            let deadline = if work.touch_due { latest } else { live.deadline.min(latest) };
            match self.driver()?.replace(&live.key, live.version, payload, deadline).await? {
                Outcome::Done => {
                    let cookie = live.cookie.filter(|_| work.touch_due);
                    return Ok(cookie.map_or(CookieChange::None, CookieChange::Set));
                }
                Outcome::Gone => return Ok(self.gone(work)),
                Outcome::Conflict => {}
            }
            if !self.rebase(&mut live, work, attempt).await? {
                return Ok(self.gone(work));
            }
        }
        Err(CommitError::Contended)
    }

    async fn rotate(&self, work: &mut Work) -> Result<CookieChange, CommitError> {
        let mut live = work.live.take().expect("only a live session is rotated");
        let token = FreshToken::mint_beside(&live.key)?;
        let new = token.key();
        for attempt in 0..ATTEMPTS {
            let now = work.now;
            let head = Head { renewed: now, ..work.next_head(&live) };
            // A token that was given up by a login finds nothing; a logout that is under way finds the session.
            let until = match work.plan {
                Plan::Renew => now.saturating_add(self.config.renew_grace.as_secs()),
                _ => 0,
            };
            let pointer = record::encode_pointer(&new, until);
            let rotation = Rotation {
                old: &live.key,
                version: live.version,
                new: &new,
                payload: std::mem::take(&mut work.draft).finish(&head),
                deadline: self.deadline(live.head.created, now),
                left_behind: Some((pointer, until.max(now.saturating_add(REMEMBERED)))),
            };
            match self.driver()?.rotate(rotation).await? {
                Outcome::Done => {
                    let renewal = work.plan == Plan::Renew;
                    self.emit(SessionEvent::Rotated { session: work.id, renewal });
                    return Ok(CookieChange::Set(token.cookie_value()));
                }
                Outcome::Gone => return Ok(self.gone(work)),
                Outcome::Conflict => {}
            }
            if !self.rebase(&mut live, work, attempt).await? {
                return Ok(self.gone(work));
            }
            // A parallel request has renewed the token meanwhile. Renewing it once more would make a chain of
            // pointers, and the visitor would be left with a link of it.
            if work.plan == Plan::Renew && live.cookie_is_old {
                work.live = Some(live);
                return if work.writes() {
                    self.replace(work).await
                } else {
                    Ok(CookieChange::None)
                };
            }
        }
        Err(CommitError::Contended)
    }

    /// The session ended or moved on while a request used it: nothing of the request is stored, and no cookie is sent.
    pub(super) fn gone(&self, work: &Work) -> CookieChange {
        if work.writes() {
            self.emit(SessionEvent::ChangesLost { session: work.id });
        }
        CookieChange::None
    }

    /// Applies the request's changes to another record.
    fn redraft(&self, raw: Bytes, work: &mut Work) -> Result<(), CommitError> {
        let before = raw.len();
        let limit = self.limit()?;
        let drafted = reapply(raw.clone(), &work.changes).map_err(CommitError::from);
        work.draft = match drafted.and_then(|draft| limit.admit(draft, before)) {
            Ok(draft) => draft,
            Err(error) if work.plan == Plan::Rotate => {
                work.problem.get_or_insert(error);
                work.changes.clear();
                Draft::of_json(&raw)
            }
            Err(error) => return Err(error),
        };
        Ok(())
    }

    /// Another request committed first: reads its record and applies this request's changes to it. False when
    /// the session is gone.
    async fn rebase(
        &self,
        live: &mut LiveFacts,
        work: &mut Work,
        attempt: u32,
    ) -> Result<bool, CommitError> {
        self.meter.conflict();
        back_off(attempt).await;
        // The record that is there now may have a later deadline than the moment of the first attempt gives.
        work.now = self.clock.unix();
        let mut hops = 0;
        loop {
            let Some((record, version, deadline)) = self.read(&live.key).await? else {
                return Ok(false);
            };
            match record {
                Record::Session(head, raw) => {
                    live.version = version;
                    live.deadline = deadline;
                    live.head = head;
                    self.redraft(raw, work)?;
                    self.meter.retry();
                    return Ok(true);
                }
                // Renewed by a parallel request: the changes belong to the successor, which has its own cookie.
                Record::MovedTo { successor, .. } if hops < 3 => {
                    live.key = successor;
                    live.cookie = None;
                    live.cookie_is_old = true;
                    hops += 1;
                }
                Record::MovedTo { .. } | Record::Ended => return Ok(false),
            }
        }
    }
}

/// The first attempts only let others run; later ones wait, each for a time of its own so that the waiters do
/// not meet again.
pub(super) async fn back_off(attempt: u32) {
    // On another runtime there is no timer of tokio's.
    if attempt < 4 || tokio::runtime::Handle::try_current().is_err() {
        tokio::task::yield_now().await;
        return;
    }
    let ceiling = 1u64 << (attempt / 4).min(4);
    let mut byte = [0];
    // Without random bytes the wait is the same for all, which is only slower.
    let _ = getrandom::fill(&mut byte);
    tokio::time::sleep(Duration::from_millis(1 + u64::from(byte[0]) % ceiling)).await;
}
