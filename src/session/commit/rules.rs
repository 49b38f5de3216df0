//! What the options and the clock say about a session's life.

use std::sync::Arc;

use crate::session::SessionConfig;
use crate::session::record::Head;
use crate::session::request::Loaded;
use crate::support::{Clock, SKEW, is_within};

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
    pub(super) fn late_until(&self, now: u64) -> u64 {
        now.saturating_add(self.config.late_grace.as_secs())
    }

    /// Whether a request extends the deadline.
    pub(super) fn touch_is_due(&self, loaded: &Loaded, now: u64) -> bool {
        let gained = self.deadline(loaded.head.created, now).saturating_sub(loaded.deadline);
        let share = self.config.lifetime.as_secs_f64() * self.config.touch_after;
        gained > 0 && gained as f64 >= share
    }

    /// Whether a token has reached the age at which it is replaced.
    pub(super) fn renewal_is_due(&self, head: &Head, now: u64) -> bool {
        let every = self.config.renew_every;
        every.is_some_and(|every| head.renewed.saturating_add(every.as_secs()) <= now)
    }

    /// Whether the answer that carried a token counts as lost, so that the visitor gets another one.
    pub(super) fn is_lost(&self, head: &Head, now: u64) -> bool {
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
    pub(super) fn pointer_deadline(&self, created: u64, now: u64) -> u64 {
        let idle = self.config.lifetime.as_secs().saturating_mul(2);
        now.saturating_add(idle).min(self.end(created)).max(self.late_until(now))
    }
}
