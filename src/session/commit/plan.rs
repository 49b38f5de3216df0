//! What a commit does: the whole of it in one table, decided without touching anything.
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
//! A plan carries the record that it is about. How a driver's `Conflict` and `Gone` are met is in `store.rs`.

use crate::session::request::Loaded;

/// What the plan depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
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
pub(super) enum Standing {
    /// Without a record, and with the one that the request gave up.
    Fresh(Option<Loaded>),
    Live(Loaded),
    Detached,
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

/// Decides what a commit does.
pub(super) fn plan(facts: Facts) -> Plan {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::record::{CsrfToken, Head, Key};

    const NOTHING: Facts = Facts {
        standing: Standing::Fresh(None),
        changed: false,
        rotate: false,
        renew: false,
        touch_due: false,
        notes: false,
    };

    fn loaded() -> Loaded {
        let csrf = CsrfToken::from_bytes([0; CsrfToken::BYTES]);
        let id = uuid::Uuid::nil();
        let head = Head { id, created: 0, renewed: 0, confirmed: 1, csrf, tag: None };
        Loaded { key: Key::from_bytes([7; 32]), version: 5, deadline: 9, head, corrected: false }
    }

    fn live() -> Facts {
        Facts { standing: Standing::Live(loaded()), ..NOTHING }
    }

    /// The plan, and whether it carries the record that the facts are about.
    fn planned(facts: Facts) -> (&'static str, bool) {
        let (name, about) = match plan(facts) {
            Plan::Nothing => ("nothing", None),
            Plan::Create => ("create", None),
            Plan::Touch(loaded) => ("touch", Some(loaded)),
            Plan::Replace(loaded) => ("replace", Some(loaded)),
            Plan::Rotate(loaded) => ("rotate", Some(loaded)),
            Plan::Renew(loaded) => ("renew", Some(loaded)),
            Plan::Destroy(loaded) => ("destroy", Some(loaded)),
            Plan::DestroyThenCreate(loaded) => ("destroy, create", Some(loaded)),
        };
        (name, about.is_some_and(|about| about.key == loaded().key && about.version == 5))
    }

    #[test]
    fn a_fresh_session_that_stored_nothing_costs_nothing() {
        assert_eq!(planned(NOTHING), ("nothing", false));
        // There is nothing to rotate yet: the token is made when the record is.
        assert_eq!(planned(Facts { rotate: true, ..NOTHING }), ("nothing", false));
    }

    #[test]
    fn a_fresh_session_that_stored_something_is_created() {
        assert_eq!(planned(Facts { changed: true, ..NOTHING }), ("create", false));
    }

    #[test]
    fn a_live_session_that_was_only_read_is_touched_when_due() {
        assert_eq!(planned(live()), ("nothing", false));
        assert_eq!(planned(Facts { touch_due: true, ..live() }), ("touch", true));
    }

    #[test]
    fn a_live_session_that_changed_is_replaced() {
        assert_eq!(planned(Facts { changed: true, touch_due: true, ..live() }), ("replace", true));
        assert_eq!(planned(Facts { notes: true, ..live() }), ("replace", true));
    }

    #[test]
    fn regenerate_rotates_whatever_else_happened() {
        for changed in [false, true] {
            let facts = Facts { rotate: true, renew: true, changed, touch_due: true, ..live() };
            assert_eq!(planned(facts), ("rotate", true));
        }
        assert_eq!(planned(Facts { renew: true, changed: true, ..live() }), ("renew", true));
    }

    #[test]
    fn invalidate_destroys_and_creates_only_for_what_came_after() {
        let ended = Facts { standing: Standing::Fresh(Some(loaded())), ..NOTHING };
        assert_eq!(planned(ended), ("destroy", true));
        assert_eq!(planned(Facts { changed: true, ..ended }), ("destroy, create", true));
    }

    #[test]
    fn a_detached_session_never_touches_the_store() {
        let facts = Facts {
            standing: Standing::Detached,
            changed: true,
            rotate: true,
            renew: true,
            touch_due: true,
            notes: true,
        };
        assert_eq!(planned(facts), ("nothing", false));
    }
}
