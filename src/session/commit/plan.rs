//! What a commit does: the whole of it in one table, decided without touching anything.
//!
//! | session | the action | plan | cookie |
//! |---|---|---|---|
//! | fresh | nothing | nothing | none |
//! | fresh | stored something | create | new token |
//! | live | nothing | nothing, or touch when due | none, or refreshed |
//! | live | changed something | replace | as above |
//! | live | regenerate, or the token is old | rotate | new token |
//! | live | invalidate | destroy | removal |
//! | live | invalidate, then stored something | destroy, create | new token |
//! | detached | anything | nothing | none |
//!
//! How a driver's `Conflict` and `Gone` are met is in `store.rs`.

/// What the plan depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) standing: Standing,
    /// The request changed something.
    pub(super) changed: bool,
    /// The request asked for a new token.
    pub(crate) rotate: bool,
    /// The token has reached the age at which it is replaced.
    pub(super) renew: bool,
    /// The request gave a record up.
    pub(crate) doomed: bool,
    /// The deadline is due to be extended.
    pub(super) touch_due: bool,
}

/// Where the session stands at the end of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Fresh,
    Live,
    Detached,
}

/// What the driver is asked to do, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    Nothing,
    Create,
    Touch,
    Replace,
    /// The old token dies at once.
    Rotate,
    /// The old token points to its successor for a while.
    Renew,
    Destroy,
    DestroyThenCreate,
}

/// Decides what a commit does.
pub(super) fn plan(facts: Facts) -> Plan {
    match facts.standing {
        Standing::Detached => Plan::Nothing,
        Standing::Fresh => match (facts.doomed, facts.changed) {
            (true, true) => Plan::DestroyThenCreate,
            (true, false) => Plan::Destroy,
            (false, true) => Plan::Create,
            (false, false) => Plan::Nothing,
        },
        Standing::Live if facts.rotate => Plan::Rotate,
        Standing::Live if facts.renew => Plan::Renew,
        Standing::Live if facts.changed => Plan::Replace,
        Standing::Live if facts.touch_due => Plan::Touch,
        Standing::Live => Plan::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Facts = Facts {
        standing: Standing::Fresh,
        changed: false,
        rotate: false,
        renew: false,
        doomed: false,
        touch_due: false,
    };
    const LIVE: Facts = Facts { standing: Standing::Live, ..NOTHING };

    #[test]
    fn a_fresh_session_that_stored_nothing_costs_nothing() {
        assert_eq!(plan(NOTHING), Plan::Nothing);
        // There is nothing to rotate yet: the token is made when the record is.
        assert_eq!(plan(Facts { rotate: true, ..NOTHING }), Plan::Nothing);
    }

    #[test]
    fn a_fresh_session_that_stored_something_is_created() {
        assert_eq!(plan(Facts { changed: true, ..NOTHING }), Plan::Create);
    }

    #[test]
    fn a_live_session_that_was_only_read_is_touched_when_due() {
        assert_eq!(plan(LIVE), Plan::Nothing);
        assert_eq!(plan(Facts { touch_due: true, ..LIVE }), Plan::Touch);
    }

    #[test]
    fn a_live_session_that_changed_is_replaced() {
        assert_eq!(plan(Facts { changed: true, touch_due: true, ..LIVE }), Plan::Replace);
    }

    #[test]
    fn regenerate_rotates_whatever_else_happened() {
        for changed in [false, true] {
            let facts = Facts { rotate: true, renew: true, changed, touch_due: true, ..LIVE };
            assert_eq!(plan(facts), Plan::Rotate);
        }
        assert_eq!(plan(Facts { renew: true, changed: true, ..LIVE }), Plan::Renew);
    }

    #[test]
    fn invalidate_destroys_and_creates_only_for_what_came_after() {
        assert_eq!(plan(Facts { doomed: true, ..NOTHING }), Plan::Destroy);
        assert_eq!(plan(Facts { doomed: true, changed: true, ..NOTHING }), Plan::DestroyThenCreate);
    }

    #[test]
    fn a_detached_session_never_touches_the_store() {
        let facts = Facts {
            standing: Standing::Detached,
            changed: true,
            rotate: true,
            renew: true,
            doomed: true,
            touch_due: true,
        };
        assert_eq!(plan(facts), Plan::Nothing);
    }
}
