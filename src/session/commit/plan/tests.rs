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
