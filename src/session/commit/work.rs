//! What a commit takes out of the session's state, before it begins.

use super::error::CommitError;
use super::plan::{Facts, Plan, Standing, plan};
use super::rules::Rules;
use super::size::Limit;
use super::store::Ending;
use crate::session::api::Session;
use crate::session::record::{CsrfToken, Draft, Head, Tag};
use crate::session::request::{Change, Held, Loaded, Origin, State};

/// What a commit takes out of the session's state: no lock is held while the driver works.
pub(crate) struct Work {
    /// When the attempt to store it began, unix seconds: all that it stores goes by this moment.
    pub(crate) now: u64,
    pub(crate) id: uuid::Uuid,
    /// What is to be stored; empty where nothing is.
    pub(crate) draft: Draft,
    pub(super) changes: Vec<Change>,
    csrf: Option<CsrfToken>,
    guest_csrf: Option<CsrfToken>,
    /// The tag that the request gave the session, or took from it.
    pub(super) tag: Option<Option<Tag>>,
    pub(super) touch_due: bool,
    /// The request came with the record's own token.
    pub(super) has_own_token: bool,
    /// The cookie's value, when it has to be sent again.
    pub(super) cookie: Option<String>,
    /// What is planned is carried out even if the changes cannot be stored.
    pub(super) is_unconditional: bool,
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
        let cookie = match &state.origin {
            Origin::Live(live) if facts.touch_due => live.held.cookie_value(),
            _ => None,
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
            has_own_token: state.origin.has_own_token(),
            cookie,
            is_unconditional: planned.is_unconditional(),
            problem,
        };
        Ok(Some((planned, work)))
    }

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
    limit.admit(state.draft()?, before)
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
