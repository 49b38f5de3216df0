use super::*;
use proptest::prelude::*;
use serde_json::json;

fn data(value: &Value) -> Data {
    Data::parse(value.to_string().into()).expect("a map")
}

fn written(data: &Data) -> Value {
    let mut text = Vec::new();
    data.write(&mut text).expect("writes");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn what_did_not_change_is_written_as_it_was_read() {
    let text = r#"{"a":1.0,"q\"uote":[1, 2],"é":{"b":null},"n":5}"#;
    let mut data = Data::parse(text.into()).expect("a map");
    assert_eq!(data.read::<Vec<u8>>("q\"uote").expect("there").expect("numbers"), [1, 2]);
    assert_eq!(data.get("é.b"), Some(&Value::Null));
    data.put("n", json!(6)).expect("puts");
    let mut out = Vec::new();
    data.write(&mut out).expect("writes");
    let out = String::from_utf8(out).expect("UTF-8");
    assert_eq!(out, r#"{"a":1.0,"q\"uote":[1, 2],"é":{"b":null},"n":6}"#);
}

#[test]
fn many_keys_are_found_added_and_removed_as_few_are() {
    let mut model: JsonMap = (0..100).map(|n| (format!("k{n}"), json!(n))).collect();
    let mut data = data(&Value::Object(model.clone()));
    for n in (0..100).step_by(3) {
        data.forget(&format!("k{n}"));
        model.remove(&format!("k{n}"));
    }
    for n in 90..200 {
        data.put(&format!("k{n}"), json!(-n)).expect("puts");
        model.insert(format!("k{n}"), json!(-n));
    }
    for n in 0..210 {
        let key = format!("k{n}");
        assert_eq!(data.get(&key), model.get(&key), "{key}");
    }
    assert_eq!(written(&data), Value::Object(model));
    data.clear();
    assert!(data.is_empty() && data.get("k1").is_none());
}

#[test]
fn a_very_long_key_takes_no_more_time_than_its_length() {
    let model: JsonMap = (0..100).map(|n| (format!("k{n}"), json!(n))).collect();
    let mut data = data(&Value::Object(model));
    // A hash of each of its beginnings would be one of 500 GB.
    assert_eq!(data.get(&"k.".repeat(1 << 20)), None);
    let long = format!("{}.b", "k.".repeat(500));
    data.put("k", json!({ (long.strip_prefix("k.").unwrap()): 1 })).expect("puts");
    assert_eq!(data.get(&long), Some(&json!(1)));
    data.insert(long.clone(), json!({"c": 2}));
    assert_eq!(data.get(&format!("{long}.c")), Some(&json!(2)));
}

#[test]
fn what_is_no_map_is_refused() {
    for bad in ["[]", "1", "{", "{}x", "{\"a\"}", "{\"a\":tru}", "\u{feff}{}"] {
        assert!(Data::parse(Bytes::from_static(bad.as_bytes())).is_err(), "{bad}");
    }
    assert!(Data::parse(Bytes::from_static(b"{\"\xff\":1}")).is_err());
}

#[test]
fn a_value_that_lies_too_deep_to_be_read_stays_where_it_is() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let mut data = Data::parse(format!("{{\"deep\":{deep},\"a\":1}}").into()).expect("a map");
    assert_eq!(data.get("deep"), None);
    assert_eq!(data.entry("deep.x").expect_err("refused").key, "deep");
    data.put("a", json!(2)).expect("puts");
    let mut out = Vec::new();
    data.write(&mut out).expect("writes");
    assert_eq!(String::from_utf8(out).expect("UTF-8"), format!("{{\"deep\":{deep},\"a\":2}}"));
    data.put("deep", json!(3)).expect("puts");
    assert_eq!(written(&data), json!({"deep": 3, "a": 2}));
}

/// A JSON value of a few levels, with keys that meet and that have dots.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c\"\\\\é\n]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(names(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]", "[0-2]", "[a-c]\\.[a-c0-2]", "[\"\\\\é]"]
}

fn paths() -> impl Strategy<Value = String> {
    proptest::collection::vec(names(), 1..4).prop_map(|names| names.join("."))
}

#[derive(Clone, Debug)]
enum Step {
    Get(String),
    Put(String, Value),
    Forget(String),
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        paths().prop_map(Step::Get),
        (paths(), values()).prop_map(|(path, value)| Step::Put(path, value)),
        paths().prop_map(Step::Forget),
    ]
}

proptest! {
    /// The dotted keys of a whole map are the model: `support/dot.rs`.
    #[test]
    fn it_does_what_a_decoded_map_does(
        start in proptest::collection::btree_map(names(), values(), 0..5),
        steps in proptest::collection::vec(steps(), 0..12),
    ) {
        let mut model: JsonMap = start.into_iter().collect();
        let mut data = data(&Value::Object(model.clone()));
        for step in steps {
            match step {
                Step::Get(path) => {
                    prop_assert_eq!(data.get(&path), dot::get(&model, &path));
                    let read = data.read::<Value>(&path).map(|value| value.expect("a value"));
                    prop_assert_eq!(read.as_ref(), dot::get(&model, &path));
                }
                Step::Put(path, value) => {
                    data.put(&path, value.clone()).expect("puts");
                    dot::put(&mut model, &path, value);
                }
                Step::Forget(path) => {
                    data.forget(&path);
                    dot::forget(&mut model, &path);
                }
            }
            prop_assert_eq!(data.is_empty(), model.is_empty());
        }
        prop_assert_eq!(written(&data), Value::Object(model.clone()));
        prop_assert_eq!(data.all(), model);
    }
}

proptest! {
    #[test]
    fn text_is_written_as_serde_json_writes_it(text in "[a-c\"\\\\é\n\u{7f}\u{1}]{0,20}") {
        let mut out = Vec::new();
        write_text(&text, &mut out).expect("writes");
        prop_assert_eq!(out, serde_json::to_vec(&text).expect("writes"));
    }
}

/// How many keys are looked at while `n` keys are put, put again and forgotten.
fn looks(n: usize) -> usize {
    let mut data = Data::default();
    for round in 0..2 {
        for key in 0..n {
            data.get(&format!("k{key}"));
            data.put(&format!("k{key}"), json!(round)).expect("puts");
        }
    }
    assert_eq!(written(&data).as_object().map(JsonMap::len), Some(n));
    for key in 0..n {
        data.forget(&format!("k{key}"));
    }
    assert!(data.is_empty());
    data.looked_at.get()
}

#[test]
fn twice_as_many_keys_take_twice_the_work() {
    let (half, all) = (looks(10_000), looks(20_000));
    assert!(all < half * 21 / 10, "{half} and {all}");
    assert!(all / 20_000 < 300, "{all}");
}

#[test]
fn of_thousands_of_keys_that_are_read_the_last_of_two_counts_and_both_are_removed() {
    let many = (0..3_000).map(|n| format!("\"k{n}\":{n},")).collect::<String>();
    let text = format!("{{\"twin\":1,{many}\"twin\":2}}");
    let mut data = Data::parse(text.into()).expect("a map");
    assert_eq!(data.get("twin"), Some(&json!(2)));
    data.forget("k7");
    assert_eq!(data.get("k7"), None);
    assert_eq!(data.get("k2999"), Some(&json!(2999)));
    data.forget("twin");
    assert_eq!(data.get("twin"), None);
    assert_eq!(data.get("k2999"), Some(&json!(2999)));
    assert_eq!(written(&data).as_object().map(JsonMap::len), Some(2_999));
}
