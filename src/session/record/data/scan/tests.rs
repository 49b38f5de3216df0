use proptest::prelude::*;

use super::*;
use crate::session::record::data::split;

/// As a record is split.
fn split(raw: &[u8]) -> Result<Vec<Entry>, serde_json::Error> {
    entries(raw).map_or_else(|| split::split(raw), Ok)
}

/// Names and values as they stand in the text, in their order.
fn parts(raw: &[u8], entries: &[Entry]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let part = |entry: &Entry| {
        let text = entry.text.expect("nothing was changed").cut(raw);
        (entry.name_bytes(raw).to_vec(), text.to_vec())
    };
    entries.iter().map(part).collect()
}

/// What is told from the bytes alone is what serde_json reads; whether it was.
fn agrees(raw: &[u8]) -> bool {
    let Some(scanned) = super::entries(raw) else { return false };
    let text = std::str::from_utf8(raw).expect("UTF-8");
    let read = split::split(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    let parts = parts(raw, &read);
    assert_eq!(self::parts(raw, &scanned), parts, "{text}");
    for (name, value) in &parts {
        let name = std::str::from_utf8(name).expect("UTF-8");
        let alike = parts.iter().filter(|(other, _)| other == name.as_bytes()).count();
        assert!(find(raw, name) == Some(Some(value)) || alike > 1, "{name} in {text}");
    }
    assert_eq!(find(raw, "no such key"), Some(None), "{text}");
    true
}

#[test]
fn what_this_crate_writes_is_told_from_its_bytes() {
    for text in [
        "{}",
        r#"{"a":1}"#,
        r#"{"":"","é":"ünï","long name of a key":"a text of more than eight bytes"}"#,
        r#"{"a":[1,-2.5e+10,0,0.1E-3,true,false,null,[],{}],"b":{"c":{"d":["x"]}},"a":2}"#,
        r#"{"text":"a \"quote\", a \\ and\n\r\t\b\f\/"}"#,
    ] {
        assert!(agrees(text.as_bytes()), "{text}");
    }
}

#[test]
fn half_a_number_is_not_told() {
    let raw = br#"{"a":1E00}"#;
    for end in 0..raw.len() - 1 {
        assert_eq!(find(&raw[..end], "a"), None, "{end}");
    }
}

#[test]
fn whatever_is_not_quite_so_is_left_to_serde_json() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(DEPTH + 1), "]".repeat(DEPTH + 1));
    for text in [
        "",
        "{",
        "}",
        "{}{}",
        "{} ",
        " {}",
        "[]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 }",
        "{\"a\": 1}",
        "{\"a\":01}",
        "{\"a\":-}",
        "{\"a\":1.}",
        "{\"a\":1e}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":tru}",
        "{\"a\":nulll}",
        "{\"a\":[1,]}",
        "{\"a\":[1}",
        "{\"a\":{1}}",
        "{\"a\":{\"b\"}}",
        "{\"a\":\"}",
        "{\"a\":\"\\\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u0041\"}",
        "{\"a\\n\":1}",
        "{\"a\":\"line\nline\"}",
        "{\"a\":\"\u{1f}\"}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1]",
        deep.as_str(),
    ] {
        assert!(!agrees(text.as_bytes()), "{text}");
    }
}

/// JSON with the white space, escapes, numbers and doubled keys that others may write.
fn json(depth: u32) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        text(),
        prop_oneof![Just("true"), Just("false"), Just("null")].prop_map(str::to_owned),
    ];
    leaf.prop_recursive(depth, 24, 4, |inner| {
        let list = proptest::collection::vec((inner.clone(), space()), 0..4);
        let list = list.prop_map(|all| {
            let all: Vec<_> = all.into_iter().map(|(value, space)| space + &value).collect();
            format!("[{}]", all.join(","))
        });
        prop_oneof![list, map(inner)]
    })
}

fn map(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let entry = (space(), text(), space(), value)
        .prop_map(|(a, key, b, value)| format!("{a}{key}:{b}{value}"));
    proptest::collection::vec(entry, 0..5).prop_map(|all| format!("{{{}}}", all.join(",")))
}

fn text() -> impl Strategy<Value = String> {
    r#""([a-cé ]{0,9}|[a-c]{0,8}(\\["\\/bfnrt]|\\u00e[0-9]|\\ud83d\\ude00)[a-c]{0,9})""#
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![9 => Just(String::new()), 1 => Just(" ".to_owned()), 1 => Just("\n".to_owned())]
}

proptest! {
    #[test]
    fn all_json_is_split_as_serde_json_does(text in map(json(4))) {
        let raw = text.as_bytes();
        agrees(raw);
        let entries = split(raw).expect("a map");
        let read = split::split(text.as_bytes()).expect("a map");
        prop_assert_eq!(parts(raw, &entries), parts(raw, &read));
    }

    #[test]
    fn a_key_is_found_where_serde_json_finds_it(text in map(json(3)), cut in any::<prop::sample::Index>()) {
        let raw = text.as_bytes();
        let read = parts(raw, &split::split(text.as_bytes()).expect("a map"));
        for (name, _) in &read {
            let name = std::str::from_utf8(name).expect("UTF-8");
            let first = read.iter().find(|(other, _)| other == name.as_bytes()).expect("there");
            if let Some(found) = find(raw, name) {
                prop_assert_eq!(found, Some(&first.1[..]));
            }
            // Of half a record, either the same or nothing.
            if let Some(found) = find(&raw[..cut.index(raw.len())], name) {
                prop_assert_eq!(found, Some(&first.1[..]));
            }
        }
        prop_assert_eq!(find(raw, "no such key").unwrap_or_default(), None);
    }

    /// Bytes that are changed, put in or taken out anywhere: never a panic, never a map that serde_json refuses.
    #[test]
    fn damage_is_found_as_serde_json_finds_it(
        text in map(json(4)),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), 0..3, any::<u8>()), 1..4),
    ) {
        let mut raw = text.into_bytes();
        for (index, what, byte) in damage {
            let byte = b"{}[]:,\"\\ 0-.e\x01"[usize::from(byte) % 14];
            match (what, raw.is_empty()) {
                (0, _) => raw.insert(index.index(raw.len() + 1), byte),
                (_, true) => {}
                (1, _) => drop(raw.remove(index.index(raw.len()))),
                _ => { let index = index.index(raw.len()); raw[index] = byte }
            }
        }
        let Ok(text) = std::str::from_utf8(&raw) else {
            prop_assert!(split(&raw).is_err());
            return Ok(());
        };
        let told = |entries: Result<Vec<Entry>, serde_json::Error>| {
            entries.map(|entries| parts(&raw, &entries)).map_err(|error| error.to_string())
        };
        prop_assert_eq!(told(split(&raw)), told(split::split(text.as_bytes())));
    }
}

proptest! {
    #[test]
    fn text_ends_where_json_would_escape(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let ends = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
        let expected = bytes.iter().position(ends).unwrap_or(bytes.len());
        prop_assert_eq!(text_end(&bytes, 0), expected);
    }

    #[test]
    fn each_byte_of_a_word_is_found(before in 0..24usize, end in 0..=0x22u8, filler in 0x23..=0xFFu8) {
        prop_assume!(filler != b'\\' && !(0x20..0x22).contains(&end));
        let mut bytes = vec![filler; before];
        bytes.push(end);
        bytes.extend([filler, b'"', filler, 0, filler, filler, filler, filler, filler]);
        prop_assert_eq!(text_end(&bytes, 0), before);
    }
}
