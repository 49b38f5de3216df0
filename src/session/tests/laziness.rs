//! What waits until someone reads: the puts of a new session, and the keys of a record that is not split yet. Nobody
//! can tell.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::session::api::Session;
use crate::session::record::{CsrfToken, Data, Head, Key};
use crate::session::request::{Held, Live, Loaded, Origin, State};
use crate::support::ManualClock;

#[derive(Clone, Debug)]
enum Op {
    Put(String, Value),
    Forget(String),
    Increment(String),
    Push(String),
    Flush,
    Flash(String),
    Now(String),
}

impl Op {
    fn run(&self, session: &Session) {
        match self {
            Self::Put(key, value) => session.put(key, value),
            Self::Forget(key) => session.forget(key.as_str()),
            Self::Increment(key) => {
                session.increment(key, 2);
            }
            Self::Push(key) => session.push(key, "pushed"),
            Self::Flush => session.flush(),
            Self::Flash(key) => session.flash(key, "flashed"),
            Self::Now(key) => session.now(key, "now"),
        }
    }
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof!["[ab]", "[ab]\\.[ab]", "a\\.0", "[\"é]"]
}

fn ops() -> impl Strategy<Value = Op> {
    let values = prop_oneof![
        Just(json!(1)),
        Just(json!("text")),
        Just(json!(["x"])),
        Just(json!({"a": 1, "b": {"a": "\n"}})),
        Just(Value::Null),
    ];
    prop_oneof![
        4 => (keys(), values).prop_map(|(key, value)| Op::Put(key, value)),
        1 => keys().prop_map(Op::Forget),
        1 => keys().prop_map(Op::Increment),
        1 => keys().prop_map(Op::Push),
        1 => Just(Op::Flush),
        1 => keys().prop_map(Op::Flash),
        1 => keys().prop_map(Op::Now),
    ]
}

/// What is to be stored, or the key that cannot be; and what the request sees afterwards.
fn outcome(session: &Session) -> (bool, Result<Value, String>, Value) {
    let mut state = session.peek();
    let changed = !state.changes.is_empty();
    // As in a commit, which counts a change that could not be made before it encodes what was.
    let stored = match state.unstorable.take() {
        Some(problem) => Err(problem.key),
        None => state.draft().map_err(|problem| problem.key).map(|draft| {
            let json = std::str::from_utf8(draft.json()).expect("UTF-8");
            serde_json::from_str(json).expect("JSON")
        }),
    };
    let seen = state.data().all();
    state.take_changes();
    assert_eq!(state.data().all(), seen, "a commit changes nothing for who reads after it");
    (changed, stored, Value::Object(seen))
}

fn loaded(raw: impl Into<Bytes>) -> Session {
    let csrf = CsrfToken::from_bytes([1; CsrfToken::BYTES]);
    let id = Uuid::from_u128(1);
    let head = Head { id, created: 0, renewed: 0, confirmed: 1, csrf, tag: None };
    let key = Key::from_bytes([1; 32]);
    let loaded = Loaded { key, version: 1, deadline: 9, head, corrected: false };
    let live = Live { held: Held::Renewed, loaded };
    Session::new(State::new(Origin::Live(live), raw.into(), Arc::new(ManualClock::default())))
}

proptest! {
    #[test]
    fn a_new_session_is_the_same_whether_it_is_read_meanwhile(
        ops in proptest::collection::vec((ops(), any::<bool>()), 0..12),
    ) {
        let new = || Session::unattached(Arc::new(ManualClock::default()));
        let (unread, sometimes, always) = (new(), new(), new());
        for (op, reads) in ops {
            op.run(&unread);
            op.run(&sometimes);
            op.run(&always);
            always.all();
            if reads {
                prop_assert_eq!(sometimes.all(), always.all());
            }
        }
        let expected = outcome(&always);
        prop_assert_eq!(outcome(&unread), expected.clone());
        prop_assert_eq!(outcome(&sometimes), expected);
    }

    #[test]
    fn a_key_of_a_record_is_the_same_whether_all_of_it_was_split(
        puts in proptest::collection::vec((keys(), prop_oneof![Just(json!(1)), Just(json!({"a": "b"}))]), 0..6),
        reads in proptest::collection::vec(keys(), 1..5),
    ) {
        let made = Session::unattached(Arc::new(ManualClock::default()));
        made.put_many(puts);
        let raw = outcome(&made).1.expect("stores").to_string();
        let session = loaded(raw.clone());
        let changed = loaded(raw.clone());
        changed.put("a", 1);
        let _ = outcome(&changed);
        for key in reads {
            let mut data = Data::parse(raw.clone().into()).expect("a map");
            prop_assert_eq!(session.get::<Value>(&key), data.get(&key).cloned(), "{}", key);
            let number = data.get(&key).map(Value::is_u64);
            prop_assert_eq!(session.try_get::<u64>(&key).ok().map(|n| n.is_some()), match number {
                Some(true) => Some(true),
                Some(false) => None,
                None => Some(false),
            });
        }
    }
}

#[test]
fn a_record_that_nobody_could_have_written_is_read_up_to_where_it_is_broken_and_never_replaced() {
    for (raw, a) in [(r#"{"a":1,"b":"#, Some(1)), (r#"{"b":tru,"a":1}"#, None), ("[]", None)] {
        let session = loaded(raw);
        assert_eq!(session.get::<u64>("a"), a, "{raw}");
        assert_eq!(session.get::<u64>("b"), None, "{raw}");
        session.put("c", 1);
        let mut state = session.peek();
        assert!(matches!(state.origin, Origin::Fresh { ended: None }), "{raw}");
        assert_eq!(state.draft().expect("a draft").json(), br#"{"c":1}"#, "{raw}");
    }
}
