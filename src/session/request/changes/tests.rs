use super::*;
use serde_json::json;

fn after(start: Value, changes: &[Change]) -> Value {
    let mut data = Data::parse(start.to_string().into()).expect("a map");
    for change in changes {
        change.apply(&mut data).expect("applies");
    }
    Value::Object(data.all())
}

#[test]
fn increments_and_pushes_add_to_whatever_is_there_when_they_are_applied() {
    let changes = [
        Change::Increment("n".into(), 2),
        Change::Push("list".into(), json!("x")),
        Change::Increment("text".into(), 1),
        Change::Increment("half".into(), 1),
    ];
    let before = json!({"n": 40, "list": ["a"], "text": "5", "half": 0.5});
    assert_eq!(
        after(before, &changes),
        json!({"n": 42, "list": ["a", "x"], "text": 6, "half": 1.5})
    );
    assert_eq!(after(json!({}), &changes), json!({"n": 2, "list": ["x"], "text": 1, "half": 1}));
}

#[test]
fn numbers_beyond_the_signed_ones_are_counted_exactly() {
    let edge = i64::MAX as u64;
    let changes = [Change::Increment("n".into(), 1), Change::Increment("edge".into(), 1)];
    assert_eq!(
        after(json!({"n": u64::MAX - 1, "edge": edge}), &changes),
        json!({"n": u64::MAX, "edge": edge + 1})
    );
    let mut data = Data::parse(Bytes::from(json!({"n": u64::MAX}).to_string())).expect("a map");
    assert!(changes[0].apply(&mut data).is_err());
}

#[test]
fn a_number_that_cannot_grow_names_its_key() {
    let before = json!({"name": "Ada", "big": u64::MAX, "map": {}});
    let mut data = Data::parse(before.to_string().into()).expect("a map");
    for key in ["name", "big", "map"] {
        let error = Change::Increment(key.into(), 1).apply(&mut data).expect_err(key);
        assert_eq!(error.key, key);
    }
    assert!(Change::Push("name".into(), json!(1)).apply(&mut data).is_err());
}
