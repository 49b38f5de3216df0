//! The one moment at which a request's changes reach the store.
//!
//! Dropping the future at any await leaves the records as they were or as they shall be: each driver call is one step,
//! and the only two that follow one another are the end of one session and the making of another. The index from users
//! to keys may keep an entry too many, and never lacks one.

use std::time::Duration;

use bytes::Bytes;

use super::backend::{DriverBackend, Seen};
use crate::session::commit::{CommitError, CookieChange, Limit, Plan, Work, admit};
use crate::session::drivers::{DriverError, Outcome, Rotation};
use crate::session::events::{Events, SessionEvent};
use crate::session::record::{self, CsrfToken, Draft, FreshToken, Head, Key, Pointer};
use crate::session::request::{Loaded, reapply};

/// Each failed attempt means that another request got through, so this many in a row is a store gone wrong.
pub(super) const ATTEMPTS: u32 = 256;

/// How long a rotation is remembered, in seconds, so that a logout which began before it still finds the session.
/// Requests take less.
const REMEMBERED: u64 = 10 * 60;

/// Why a session gets another token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The request asked for it.
    Asked,
    /// The token's age.
    Age,
}

impl DriverBackend {
    /// Carries out a plan.
    pub(crate) async fn commit(
        &self,
        plan: &mut Plan,
        work: &mut Work,
    ) -> Result<CookieChange, CommitError> {
        match plan {
            Plan::Nothing => Ok(CookieChange::None),
            Plan::Create => self.create(work).await,
            Plan::Touch(loaded) => self.touch(loaded, work).await,
            Plan::Replace(loaded) => self.replace(loaded, work).await,
            // What is rare is boxed: it takes more room than the others.
            Plan::Rotate(loaded) => Box::pin(self.rotate(loaded, work, Reason::Asked)).await,
            Plan::Renew(loaded) => Box::pin(self.rotate(loaded, work, Reason::Age)).await,
            Plan::Destroy(ended) => {
                Box::pin(self.end_loaded(*ended, work.now)).await?;
                Ok(CookieChange::Remove)
            }
            Plan::DestroyThenCreate(ended) => {
                Box::pin(self.end_loaded(*ended, work.now)).await?;
                self.create(work).await
            }
        }
    }

    async fn create(&self, work: &mut Work) -> Result<CookieChange, CommitError> {
        let now = work.now;
        let head = work.first_head()?;
        let token = FreshToken::mint()?;
        let payload = std::mem::take(&mut work.draft).finish(&head);
        let key = token.key();
        if head.tag.is_some() {
            Box::pin(self.enter(&head, &key)).await?;
        }
        self.driver.create(&key, payload, self.rules.deadline(now, now)).await?;
        self.events.emit(SessionEvent::Created { session: work.id });
        Ok(CookieChange::Set(token.cookie_value(), self.rules.remaining(now, now)))
    }

    /// What extends the browser's cookie, if it has the record's token.
    fn extended(&self, loaded: &Loaded, work: &mut Work) -> CookieChange {
        let Some(value) = work.cookie.take() else { return CookieChange::None };
        CookieChange::Set(value, self.rules.remaining(loaded.head.created, work.now))
    }

    async fn touch(
        &self,
        loaded: &mut Loaded,
        work: &mut Work,
    ) -> Result<CookieChange, CommitError> {
        for _ in 0..ATTEMPTS {
            let latest = self.rules.deadline(loaded.head.created, work.now);
            match self.driver.touch(&loaded.key, loaded.version, latest).await? {
                Outcome::Done => return Ok(self.extended(loaded, work)),
                Outcome::Gone => return Ok(CookieChange::None),
                Outcome::Conflict => self.events.meter.conflict(),
            }
            match self.look(&loaded.key).await? {
                Seen::Session(newer, _) if newer.deadline < latest => *loaded = newer,
                // Another request has extended it, and sent the cookie; or it has another token now, or has ended.
                _ => return Ok(CookieChange::None),
            }
        }
        Err(CommitError::Contended)
    }

    async fn replace(
        &self,
        loaded: &mut Loaded,
        work: &mut Work,
    ) -> Result<CookieChange, CommitError> {
        for attempt in 0..ATTEMPTS {
            let payload = std::mem::take(&mut work.draft).finish(&work.next_head(loaded));
            // It moves only together with the cookie's: a visitor who writes more often than `touch_after` would else
            // keep the record and lose the cookie.
            let latest = self.rules.deadline(loaded.head.created, work.now);
            let deadline = if work.touch_due { latest } else { loaded.deadline.min(latest) };
            match self.driver.replace(&loaded.key, loaded.version, payload, deadline).await? {
                Outcome::Done => return Ok(self.extended(loaded, work)),
                Outcome::Gone => return Ok(work.gone(&self.events)),
                Outcome::Conflict => {}
            }
            match self.rebase(loaded.key, work, attempt).await? {
                Some(newer) => *loaded = newer,
                None => return Ok(work.gone(&self.events)),
            }
        }
        Err(CommitError::Contended)
    }

    async fn rotate(
        &self,
        loaded: &mut Loaded,
        work: &mut Work,
        reason: Reason,
    ) -> Result<CookieChange, CommitError> {
        let token = FreshToken::mint_beside(&loaded.key)?;
        let new = token.key();
        let renewal = reason == Reason::Age;
        for attempt in 0..ATTEMPTS {
            let (head, left_behind) = self.successor(loaded, work, reason, new);
            self.enter(&head, &new).await?;
            let rotation = Rotation {
                old: &loaded.key,
                version: loaded.version,
                new: &new,
                payload: std::mem::take(&mut work.draft).finish(&head),
                deadline: self.rules.deadline(head.created, work.now),
                left_behind: Some(left_behind),
            };
            let newer = match self.driver.rotate(rotation).await? {
                Outcome::Done => {
                    self.take_out(&loaded.head, &loaded.key).await;
                    self.events.emit(SessionEvent::Rotated { session: work.id, renewal });
                    let max_age = self.rules.remaining(head.created, work.now);
                    return Ok(CookieChange::Set(token.cookie_value(), max_age));
                }
                Outcome::Gone => None,
                Outcome::Conflict => self.rebase(loaded.key, work, attempt).await?,
            };
            let Some(newer) = newer else {
                self.take_out(&head, &new).await;
                return Ok(work.gone(&self.events));
            };
            // A parallel request has renewed the token meanwhile. Renewing it once more would make a chain of
            // pointers, and the visitor would be left with a link of it.
            let was_renewed = newer.key != loaded.key;
            *loaded = newer;
            if renewal && was_renewed {
                self.take_out(&head, &new).await;
                return if work.writes() {
                    self.replace(loaded, work).await
                } else {
                    Ok(CookieChange::None)
                };
            }
        }
        Err(CommitError::Contended)
    }

    /// The head of a record that gets another key, and what is left under the one that it had, with its deadline.
    fn successor(
        &self,
        loaded: &Loaded,
        work: &Work,
        reason: Reason,
        new: Key,
    ) -> (Head, (Bytes, u64)) {
        let (now, renewal) = (work.now, reason == Reason::Age);
        let before = work.next_head(loaded);
        // Only the next request can show that the visitor got a token that was not asked for.
        let confirmed = if renewal { 0 } else { now };
        let head = Head { renewed: now, confirmed, ..before };
        let pointer = Pointer {
            successor: new,
            session: head.id,
            at: now,
            confirmed: before.confirmed,
            renewal,
        };
        let kept_until = match reason {
            Reason::Age => self.rules.pointer_deadline(head.created, now),
            // A logout that is under way finds the session by it.
            Reason::Asked => now.saturating_add(REMEMBERED).max(self.rules.late_until(now)),
        };
        (head, (record::encode_pointer(&pointer), kept_until))
    }

    /// Enters a key in the driver's index before its record is made, so that no session of a user is ever missed there.
    async fn enter(&self, head: &Head, key: &Key) -> Result<(), DriverError> {
        match &head.tag {
            Some(tag) => self.driver.tag(tag, key, self.rules.end(head.created)).await,
            None => Ok(()),
        }
    }

    /// Takes a key out of the index whose record has another key now, has ended, or was not made.
    pub(super) async fn take_out(&self, head: &Head, key: &Key) {
        let Some(tag) = &head.tag else { return };
        // An entry that stays leads to no session, and ends with the absolute lifetime.
        if let Err(error) = self.driver.untag(tag, key).await {
            tracing::warn!(%key, %error, "the entry of a user's session was not removed from the index");
        }
    }

    /// Another request committed first: reads its record and applies this request's changes to it. `None` when the
    /// session is gone.
    async fn rebase(
        &self,
        mut key: Key,
        work: &mut Work,
        attempt: u32,
    ) -> Result<Option<Loaded>, CommitError> {
        self.events.meter.conflict();
        back_off(attempt).await;
        // The record that is there now may have a later deadline than the moment of the first attempt gives.
        work.now = self.rules.now();
        for _ in 0..=3 {
            match self.look(&key).await? {
                Seen::Session(newer, raw) => {
                    work.redraft(raw, Limit::of_record(&self.rules.config))?;
                    self.events.meter.retry();
                    return Ok(Some(newer));
                }
                // Renewed by a parallel request: the changes belong to the successor, which has its own cookie.
                Seen::MovedTo(pointer, _) => {
                    key = pointer.successor;
                    work.cookie = None;
                    work.has_own_token = false;
                }
                Seen::Late | Seen::Nothing(_) => return Ok(None),
            }
        }
        Ok(None)
    }
}

impl Work {
    /// The head of a record that is made.
    pub(crate) fn first_head(&self) -> Result<Head, CommitError> {
        let csrf = self.csrf.or(self.guest_csrf).map_or_else(CsrfToken::mint, Ok)?;
        let now = self.now;
        let tag = self.tag.flatten();
        Ok(Head { id: self.id, created: now, renewed: now, confirmed: now, csrf, tag })
    }

    /// The head of a record that goes on.
    pub(crate) fn next_head(&self, loaded: &Loaded) -> Head {
        let confirmed = match loaded.head.confirmed {
            0 if self.has_own_token => self.now,
            confirmed => confirmed,
        };
        let csrf = self.csrf.unwrap_or(loaded.head.csrf);
        let tag = self.tag.unwrap_or(loaded.head.tag);
        Head { csrf, confirmed, tag, ..loaded.head }
    }

    /// Whether there is more to store than a later deadline.
    pub(crate) fn writes(&self) -> bool {
        !self.changes.is_empty() || self.csrf.is_some() || self.tag.is_some()
    }

    /// The session ended or moved on while a request used it: nothing of the request is stored, and no cookie is sent.
    pub(crate) fn gone(&self, events: &Events) -> CookieChange {
        if self.writes() {
            events.emit(SessionEvent::ChangesLost { session: self.id });
        }
        CookieChange::None
    }

    /// Applies the request's changes to another record.
    fn redraft(&mut self, raw: Bytes, limit: Limit) -> Result<(), CommitError> {
        let before = raw.len();
        let drafted = reapply(raw.clone(), &self.changes).map_err(CommitError::from);
        self.draft = match drafted.and_then(|draft| admit(limit, draft, before)) {
            Ok(draft) => draft,
            Err(error) if self.is_unconditional => {
                self.problem.get_or_insert(error);
                self.changes.clear();
                self.tag = None;
                Draft::of_json(&raw)
            }
            Err(error) => return Err(error),
        };
        Ok(())
    }
}

/// The first attempts only let others run; later ones wait, each for a time of its own so that the waiters do
/// not meet again.
pub(super) async fn back_off(attempt: u32) {
    // Other runtimes have no timer of tokio.
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
