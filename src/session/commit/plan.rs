//! What a commit does, decided without waiting for anything: the whole of it in one table.
//!
//! | session | the action | plan | cookie |
//! |---|---|---|---|
//! | fresh | nothing | nothing | none |
//! | fresh | stored something | create | new token |
//! | live | nothing | nothing, or touch when due | none, or refreshed |
//! | live | changed something, or came first with a renewed token | replace | as above |
//! | live | regenerate, or the token is old | rotate | new token |
//! | live | invalidate | destroy | removal |
//! | live | invalidate, then stored something | destroy, create | new token |
//! | detached | anything | nothing | none |
//!
//! A plan carries the record that it is about. Whether a session lives, is due to be extended or gets another token is what
//! [`Rules`] say. How a driver's `Conflict` and `Gone` are met is in `backend/store.rs`.

use std::sync::Arc;

use super::error::CommitError;
use super::size::Limit;
use crate::session::SessionConfig;
use crate::session::api::Session;
use crate::session::record::{CsrfToken, Draft, Head, Tag};
use crate::session::request::{Change, Held, Live, Loaded, Origin, Shown, State};
use crate::support::{Clock, SKEW, is_within};

/// How the request ended, as far as the session cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With a response, whatever its status.
    Response(Shown),
    /// With a panic or a timeout: only rotations and destruction already asked for take place.
    Panic,
}

/// What the driver is asked to do, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plan {
    Nothing,
    Create,
    Touch(Loaded),
    Replace(Loaded),
    /// The old token dies at once.
    Rotate(Loaded),
    /// The old token points to its successor for a while.
    Renew(Loaded),
    Destroy(Loaded),
    DestroyThenCreate(Loaded),
}

impl Plan {
    /// Whether it is carried out although the changes of the request cannot be stored: logging out and rotating must not
    /// fail because something else does.
    pub(super) fn is_unconditional(&self) -> bool {
        matches!(self, Self::Rotate(_) | Self::Destroy(_) | Self::DestroyThenCreate(_))
    }
}

/// What a commit takes out of the session's state: no lock is held while the driver works.
pub(crate) struct Work {
    /// When the attempt to store it began, unix seconds: all that it stores goes by this moment.
    pub(crate) now: u64,
    pub(crate) id: uuid::Uuid,
    /// What is to be stored; empty where nothing is.
    pub(crate) draft: Draft,
    pub(crate) changes: Vec<Change>,
    pub(crate) csrf: Option<CsrfToken>,
    pub(crate) guest_csrf: Option<CsrfToken>,
    /// The tag that the request gave the session, or took from it.
    pub(crate) tag: Option<Option<Tag>>,
    pub(crate) touch_due: bool,
    /// The request came with the record's own token.
    pub(crate) has_own_token: bool,
    /// The cookie's value, when it has to be sent again.
    pub(crate) cookie: Option<String>,
    /// What is planned is carried out even if the changes cannot be stored.
    pub(crate) is_unconditional: bool,
    /// Why the request's changes cannot be stored; what it destroyed or rotated is so nevertheless.
    pub(crate) problem: Option<CommitError>,
}

impl Work {
    /// Closes the session and takes out what the commit needs; `None` when there is nothing to do.
    pub(crate) fn take(
        session: &Session,
        ending: Ending,
        rules: &Rules,
        limit: Limit,
    ) -> Result<Option<(Plan, Self)>, CommitError> {
        let mut state = session.peek();
        if state.committed {
            return Ok(None);
        }
        match ending {
            Ending::Panic => state.drop_changes(),
            Ending::Response(shown) => state.end_flash(shown),
        }
        state.committed = true;
        let now = rules.now();
        let mut problem = None;
        let mut facts = facts(&state, rules, now);
        let mut planned = plan(facts);
        let draft = match draft(&mut state, &planned, limit) {
            Err(error) if planned.is_unconditional() => {
                problem = Some(error);
                state.drop_changes();
                facts = self::facts(&state, rules, now);
                planned = plan(facts);
                draft(&mut state, &planned, limit)?
            }
            drafted => drafted?,
        };
        if let Plan::Nothing = planned {
            return Ok(None);
        }
        let (has_own_token, cookie) = match &state.origin {
            Origin::Live(Live { held: Held::Token(token), .. }) => {
                (true, facts.touch_due.then(|| token.cookie_value()))
            }
            Origin::Live(Live { held, .. }) => (matches!(held, Held::Session), None),
            Origin::Fresh { .. } | Origin::Detached => (false, None),
        };
        let work = Self {
            now,
            id: state.id(),
            draft,
            changes: state.take_changes(),
            csrf: state.new_csrf,
            guest_csrf: state.guest_csrf,
            tag: state.new_tag,
            touch_due: facts.touch_due,
            has_own_token,
            cookie,
            is_unconditional: planned.is_unconditional(),
            problem,
        };
        Ok(Some((planned, work)))
    }
}

/// What a plan stores; empty where it stores nothing.
fn draft(state: &mut State, plan: &Plan, limit: Limit) -> Result<Draft, CommitError> {
    if let Some(problem) = state.unstorable.take() {
        return Err(problem.into());
    }
    let needs_data = match plan {
        Plan::Nothing | Plan::Destroy(_) => false,
        // Where the cookie is the store, even its deadline is stored with the data.
        Plan::Touch(_) => limit.is_in_cookie(),
        Plan::Create
        | Plan::Replace(_)
        | Plan::Rotate(_)
        | Plan::Renew(_)
        | Plan::DestroyThenCreate(_) => true,
    };
    if !needs_data {
        return Ok(Draft::default());
    }
    let before = state.raw.len();
    admit(limit, state.draft()?, before)
}

/// The draft of a record that has `before` bytes now, if it may be stored: within the limit, or at least not larger than it
/// is, so that a record from before the limit was lowered can be read, rotated and emptied. A form's old input and its
/// errors are trimmed where that is enough.
pub(crate) fn admit(limit: Limit, draft: Draft, before: usize) -> Result<Draft, CommitError> {
    if draft.json().len() <= limit.bytes.max(before) { Ok(draft) } else { limit.trim(draft) }
}

fn facts(state: &State, rules: &Rules, now: u64) -> Facts {
    let (changed, rotate) = (state.has_changed(), state.rotate);
    let standing = match &state.origin {
        Origin::Fresh { ended } => Standing::Fresh(*ended),
        Origin::Detached => Standing::Detached,
        Origin::Live(live) => Standing::Live(live.loaded),
    };
    let mut facts =
        Facts { standing, changed, rotate, renew: false, touch_due: false, notes: false };
    if let Origin::Live(live) = &state.origin {
        let head = &live.loaded.head;
        facts.touch_due = rules.touch_is_due(&live.loaded, now);
        facts.renew = match live.held {
            // Its successor is young, but may have been lost on its way.
            Held::Renewed => rules.is_lost(head, now),
            Held::Token(_) | Held::Session => rules.renewal_is_due(head, now),
        };
        let confirms = head.confirmed == 0 && matches!(live.held, Held::Token(_));
        facts.notes = confirms || live.loaded.corrected;
    }
    facts
}

/// What the plan depends on.
#[derive(Clone, Copy, Debug)]
struct Facts {
    pub(super) standing: Standing,
    /// The request changed something.
    pub(super) changed: bool,
    /// The request asked for a new token.
    pub(super) rotate: bool,
    /// The token has reached the age at which it is replaced.
    pub(super) renew: bool,
    /// The deadline is due to be extended.
    pub(super) touch_due: bool,
    /// The head of the record has to be stored again: the token has come for the first time since it was renewed, or times
    /// in it were corrected.
    pub(super) notes: bool,
}

/// Where the session stands at the end of the request.
#[derive(Clone, Copy, Debug)]
enum Standing {
    /// Without a record, and with the one that the request gave up.
    Fresh(Option<Loaded>),
    Live(Loaded),
    Detached,
}

/// Decides what a commit does.
fn plan(facts: Facts) -> Plan {
    match facts.standing {
        Standing::Detached => Plan::Nothing,
        Standing::Fresh(ended) => match (ended, facts.changed) {
            (Some(ended), true) => Plan::DestroyThenCreate(ended),
            (Some(ended), false) => Plan::Destroy(ended),
            (None, true) => Plan::Create,
            (None, false) => Plan::Nothing,
        },
        Standing::Live(loaded) if facts.rotate => Plan::Rotate(loaded),
        Standing::Live(loaded) if facts.renew => Plan::Renew(loaded),
        Standing::Live(loaded) if facts.changed || facts.notes => Plan::Replace(loaded),
        Standing::Live(loaded) if facts.touch_due => Plan::Touch(loaded),
        Standing::Live(_) => Plan::Nothing,
    }
}

/// The options and the clock: every lifetime is judged here.
pub(crate) struct Rules {
    pub(crate) config: SessionConfig,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Rules {
    /// Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        self.clock.unix()
    }

    /// The time up to which expired records are swept. They are kept a while longer, so that a server whose clock is ahead
    /// does not remove the sessions of all others.
    pub(crate) fn swept(&self) -> u64 {
        self.now().saturating_sub(SKEW)
    }

    /// When a session that is used now expires: after the idle lifetime, but never later than the absolute one allows.
    pub(crate) fn deadline(&self, created: u64, now: u64) -> u64 {
        self.latest(now).min(self.end(created))
    }

    /// How many seconds remain to a session that is used now and not again.
    pub(crate) fn remaining(&self, created: u64, now: u64) -> u64 {
        self.deadline(created, now).saturating_sub(now)
    }

    /// When the absolute lifetime of a session is over.
    pub(crate) fn end(&self, created: u64) -> u64 {
        created.saturating_add(self.config.absolute_lifetime.as_secs())
    }

    /// Until when a session may live at the latest if nothing uses it from now on.
    pub(crate) fn latest(&self, now: u64) -> u64 {
        now.saturating_add(self.config.lifetime.as_secs())
    }

    /// Whether a session was made at a time that has not come yet.
    pub(crate) fn is_ahead(&self, head: &Head, now: u64) -> bool {
        head.created > now.saturating_add(SKEW)
    }

    /// Moves times that lie ahead back to where the lifetimes allow them: a clock was ahead when they were stored, or
    /// `lifetime` was longer. Otherwise the session would live until the right clock has reached them.
    pub(crate) fn correct(&self, loaded: &mut Loaded, now: u64) {
        let Head { created, renewed, confirmed, .. } = loaded.head;
        let (ahead, latest) = (now.saturating_add(SKEW), self.latest(now));
        let newest = created.max(renewed).max(confirmed);
        if newest <= ahead && loaded.deadline <= latest.saturating_add(SKEW) {
            return;
        }
        loaded.corrected = true;
        loaded.deadline = loaded.deadline.min(latest);
        let head = &mut loaded.head;
        head.created = created.min(now);
        head.renewed = renewed.min(now);
        head.confirmed = confirmed.min(now);
    }

    /// Whether neither the idle nor the absolute lifetime is over.
    pub(crate) fn may_live(&self, head: &Head, deadline: u64, now: u64) -> bool {
        deadline.min(self.end(head.created)) > now
    }

    /// Whether a token that was replaced or ended then belongs to a request that was on its way.
    pub(crate) fn is_late(&self, replaced: u64, now: u64) -> bool {
        is_within(self.config.late_grace.as_secs(), replaced, now)
    }

    /// Until when the token of a session that is ended now counts as late.
    pub(crate) fn late_until(&self, now: u64) -> u64 {
        now.saturating_add(self.config.late_grace.as_secs())
    }

    /// Whether a request extends the deadline.
    pub(crate) fn touch_is_due(&self, loaded: &Loaded, now: u64) -> bool {
        let gained = self.deadline(loaded.head.created, now).saturating_sub(loaded.deadline);
        let share = self.config.lifetime.as_secs_f64() * self.config.touch_after;
        gained > 0 && gained as f64 >= share
    }

    /// Whether a token has reached the age at which it is replaced.
    pub(crate) fn renewal_is_due(&self, head: &Head, now: u64) -> bool {
        let every = self.config.renew_every;
        every.is_some_and(|every| head.renewed.saturating_add(every.as_secs()) <= now)
    }

    /// Whether the answer that carried a token counts as lost, so that the visitor gets another one.
    pub(crate) fn is_lost(&self, head: &Head, now: u64) -> bool {
        head.confirmed == 0 && self.grace_after(head.renewed) <= now
    }

    /// Whether the tokens before one that was first seen at `confirmed` still find the session: the visitor may not have got
    /// it, or have got it while other requests were on their way.
    pub(crate) fn may_be_old(&self, confirmed: u64, now: u64) -> bool {
        confirmed == 0 || is_within(self.config.renew_grace.as_secs(), confirmed, now)
    }

    /// When the grace of a renewal is over that happened then.
    pub(crate) fn grace_after(&self, then: u64) -> u64 {
        then.saturating_add(self.config.renew_grace.as_secs())
    }

    /// How long the pointer of a renewal is kept. A visitor who got no token since may come once more before the session
    /// expires, get no answer again, and come once more.
    pub(crate) fn pointer_deadline(&self, created: u64, now: u64) -> u64 {
        let idle = self.config.lifetime.as_secs().saturating_mul(2);
        now.saturating_add(idle).min(self.end(created)).max(self.late_until(now))
    }
}

#[cfg(test)]
mod tests;
