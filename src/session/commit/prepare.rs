//! What a commit takes out of the session's state, before it begins.

use super::error::CommitError;
use super::plan::{Facts, Plan, Standing, plan};
use super::store::Ending;
use crate::session::SessionManager;
use crate::session::api::Session;
use crate::session::backend::Place;
use crate::session::record::{CsrfToken, Draft, Head, Key};
use crate::session::request::{Change, Doomed, Held, Origin, State};

/// What a commit takes out of the session's state: no lock is held while the driver works.
pub(super) struct Work {
    pub(super) plan: Plan,
    /// When the attempt to store it began, unix seconds: all that it stores goes by this moment.
    pub(super) now: u64,
    pub(super) live: Option<LiveFacts>,
    pub(crate) doomed: Option<Doomed>,
    /// Why the request's changes cannot be stored; what it destroyed or rotated is so nevertheless.
    pub(super) problem: Option<CommitError>,
    pub(crate) id: uuid::Uuid,
    /// What is to be stored; empty where nothing is.
    pub(crate) draft: Draft,
    pub(crate) changes: Vec<Change>,
    csrf: Option<CsrfToken>,
    guest_csrf: Option<CsrfToken>,
    pub(super) touch_due: bool,
}

pub(super) struct LiveFacts {
    pub(crate) key: Key,
    pub(crate) version: u64,
    pub(crate) deadline: u64,
    pub(crate) head: Head,
    /// The cookie's value, when it has to be sent again.
    pub(crate) cookie: Option<String>,
    /// A parallel request has renewed the token since this one came.
    pub(super) cookie_is_old: bool,
}

impl Work {
    /// The head of a record that is made.
    pub(super) fn first_head(&self) -> Result<Head, CommitError> {
        let csrf = self.csrf.or(self.guest_csrf).map_or_else(CsrfToken::mint, Ok)?;
        Ok(Head { id: self.id, created: self.now, renewed: self.now, csrf })
    }

    /// The head of a record that goes on.
    pub(super) fn next_head(&self, live: &LiveFacts) -> Head {
        Head { csrf: self.csrf.unwrap_or(live.head.csrf), ..live.head }
    }

    /// Whether there is more to store than a later deadline.
    pub(super) fn writes(&self) -> bool {
        !self.changes.is_empty() || self.csrf.is_some()
    }
}

impl SessionManager {
    /// Closes the session and takes out what the commit needs; `None` when there is nothing to do.
    pub(super) fn work(
        &self,
        session: &Session,
        ending: Ending,
    ) -> Result<Option<Work>, CommitError> {
        let mut state = session.peek();
        if state.committed {
            return Ok(None);
        }
        match ending {
            Ending::Panic => state.drop_changes(),
            Ending::Response(shown) => state.end_flash(shown),
        }
        state.committed = true;
        let now = self.clock.unix();
        let mut facts = self.facts(&state, now);
        let (mut draft, mut problem) = (self.draft(&mut state, plan(facts)), None);
        // Logging out and rotating must not fail because something else does.
        let takes_place = state.doomed.is_some() || plan(facts) == Plan::Rotate;
        if let Err(error) = draft {
            if !takes_place {
                return Err(error);
            }
            problem = Some(error);
            state.drop_changes();
            facts = self.facts(&state, now);
            draft = self.draft(&mut state, plan(facts));
        }
        let (plan, draft) = (plan(facts), draft?);
        if plan == Plan::Nothing {
            return Ok(None);
        }
        let id = state.id();
        let doomed = state.doomed;
        let live = match &state.origin {
            Origin::Live(live) => Some(LiveFacts {
                key: live.key,
                version: live.version,
                deadline: live.deadline,
                head: live.head,
                cookie: facts.touch_due.then(|| live.held.cookie_value()).flatten(),
                cookie_is_old: false,
            }),
            Origin::Fresh | Origin::Detached => None,
        };
        let changes = state.take_changes();
        Ok(Some(Work {
            plan,
            now,
            live,
            doomed,
            problem,
            id,
            draft,
            changes,
            csrf: state.new_csrf,
            guest_csrf: state.guest_csrf,
            touch_due: facts.touch_due,
        }))
    }

    /// What a plan stores; empty where it stores nothing.
    fn draft(&self, state: &mut State, plan: Plan) -> Result<Draft, CommitError> {
        if let Some(problem) = state.unstorable.take() {
            return Err(problem.into());
        }
        let needs_data = match plan {
            Plan::Nothing | Plan::Destroy => false,
            // Where the cookie is the store, even its deadline lies among the data.
            Plan::Touch => matches!(self.place()?, Place::Cookie(_)),
            _ => true,
        };
        if !needs_data {
            return Ok(Draft::default());
        }
        let before = state.raw.len();
        self.limit()?.admit(state.draft()?, before)
    }

    fn facts(&self, state: &State, now: u64) -> Facts {
        let (standing, touch_due, renew) = match &state.origin {
            Origin::Fresh => (Standing::Fresh, false, false),
            Origin::Detached => (Standing::Detached, false, false),
            Origin::Live(live) => {
                let gained = self.deadline(live.head.created, now).saturating_sub(live.deadline);
                let share = self.config.lifetime.as_secs_f64() * self.config.touch_after;
                let old = self.config.renew_every.is_some_and(|every| {
                    // A token that was renewed already is known by its successor's key only: that one is young.
                    !matches!(live.held, Held::Renewed)
                        && live.head.renewed.saturating_add(every.as_secs()) <= now
                });
                (Standing::Live, gained > 0 && gained as f64 >= share, old)
            }
        };
        Facts {
            standing,
            changed: state.has_changed(),
            rotate: state.rotate,
            renew,
            doomed: state.doomed.is_some(),
            touch_due,
        }
    }
}
