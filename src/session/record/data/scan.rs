//! A look through a record's JSON by its bytes alone.
//!
//! Records are written by this crate, most of them without white space and without escapes in their keys. Whatever is
//! not quite so, damage above all, is not told from here: serde_json knows the rest of the grammar, and says what is
//! wrong.

use super::plain::text_end;
use super::{Entry, Name, Span};

/// With this room most records need no more, and the allocator serves it from its quick lists.
const USUAL: usize = 12;

/// Deeper values are left to serde_json, which needs no stack for them.
const DEPTH: usize = 16;

/// The value of a top-level key, `Some(None)` if there is no such key, and `None` where that cannot be told from the
/// bytes alone. Of two that are alike, which this crate never writes, the first is found.
pub(super) fn find<'r>(raw: &'r [u8], key: &str) -> Option<Option<&'r [u8]>> {
    let mut at = expect(raw, 0, b'{')?;
    if raw == b"{}" {
        return Some(None);
    }
    loop {
        let (name, start) = name(raw, at)?;
        at = value(raw, start, DEPTH)?;
        // Half a number is a number too: what is behind it tells that it is whole.
        let next = raw.get(at)?;
        if name.cut(raw) == key.as_bytes() {
            return matches!(next, b',' | b'}').then_some(Some(&raw[start..at]));
        }
        match next {
            b',' => at += 1,
            b'}' => return (at + 1 == raw.len()).then_some(None),
            _ => return None,
        }
    }
}

/// The entries of compact JSON, whose values are valid; `None` where that cannot be told from the bytes alone.
pub(super) fn entries(raw: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::with_capacity(USUAL);
    let mut at = expect(raw, 0, b'{')?;
    if raw.get(at) == Some(&b'}') {
        return (at + 1 == raw.len()).then_some(entries);
    }
    loop {
        let (name, start) = name(raw, at)?;
        at = value(raw, start, DEPTH)?;
        entries.push(Entry { name: Name::Read(name), text: Some(span(start, at)), value: None });
        match raw.get(at)? {
            b',' => at += 1,
            b'}' => return (at + 1 == raw.len()).then_some(entries),
            _ => return None,
        }
    }
}

// Each of these takes the place where something begins and gives the place behind it. Those that are inlined are run
// for every key: calls would double their cost.

#[inline(always)]
fn expect(raw: &[u8], at: usize, byte: u8) -> Option<usize> {
    if raw.get(at) == Some(&byte) { Some(at + 1) } else { None }
}

/// A key without escapes, and the colon behind it.
#[inline(always)]
fn name(raw: &[u8], at: usize) -> Option<(Span, usize)> {
    let start = expect(raw, at, b'"')?;
    let end = text_end(raw, start);
    let after = expect(raw, expect(raw, end, b'"')?, b':')?;
    Some((span(start, end), after))
}

#[inline(always)]
fn value(raw: &[u8], at: usize, depth: usize) -> Option<usize> {
    if *raw.get(at)? != b'"' {
        return other(raw, at, depth);
    }
    let end = text_end(raw, at + 1);
    match raw.get(end)? {
        b'"' => Some(end + 1),
        b'\\' => escaped(raw, end),
        _ => None,
    }
}

/// The rest of a text, from a backslash on.
fn escaped(raw: &[u8], mut at: usize) -> Option<usize> {
    loop {
        // `\u` is left to serde_json.
        at = b"\"\\/bfnrt".contains(raw.get(at + 1)?).then_some(at + 2)?;
        at = text_end(raw, at);
        match raw.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => {}
            _ => return None,
        }
    }
}

fn other(raw: &[u8], at: usize, depth: usize) -> Option<usize> {
    match raw.get(at)? {
        b'-' => number(raw, at + 1),
        b'0'..=b'9' => number(raw, at),
        b't' => word(raw, at, b"true"),
        b'f' => word(raw, at, b"false"),
        b'n' => word(raw, at, b"null"),
        b'[' => members(raw, at + 1, b']', depth.checked_sub(1)?),
        b'{' => members(raw, at + 1, b'}', depth.checked_sub(1)?),
        _ => None,
    }
}

fn members(raw: &[u8], mut at: usize, end: u8, depth: usize) -> Option<usize> {
    if raw.get(at) == Some(&end) {
        return Some(at + 1);
    }
    loop {
        if end == b'}' {
            at = name(raw, at)?.1;
        }
        at = value(raw, at, depth)?;
        match *raw.get(at)? {
            b',' => at += 1,
            byte => return (byte == end).then_some(at + 1),
        }
    }
}

fn number(raw: &[u8], at: usize) -> Option<usize> {
    let at = if raw.get(at) == Some(&b'0') { at + 1 } else { digits(raw, at)? };
    match raw.get(at) {
        Some(b'.' | b'e' | b'E') => fraction(raw, at),
        _ => Some(at),
    }
}

fn fraction(raw: &[u8], mut at: usize) -> Option<usize> {
    if raw.get(at) == Some(&b'.') {
        at = digits(raw, at + 1)?;
    }
    if let Some(b'e' | b'E') = raw.get(at) {
        let sign = usize::from(matches!(raw.get(at + 1), Some(b'+' | b'-')));
        at = digits(raw, at + 1 + sign)?;
    }
    Some(at)
}

fn digits(raw: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while raw.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    (at > start).then_some(at)
}

fn word(raw: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    raw[at..].starts_with(word).then_some(at + word.len())
}

/// The whole is shorter than 4 GiB.
pub(super) fn span(start: usize, end: usize) -> Span {
    Span { start: start as u32, end: end as u32 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::session::record::data::split::{Split, split};

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
        let read = Split::read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
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
            let read = Split::read(&text).expect("a map");
            prop_assert_eq!(parts(raw, &entries), parts(raw, &read));
        }

        #[test]
        fn a_key_is_found_where_serde_json_finds_it(text in map(json(3)), cut in any::<prop::sample::Index>()) {
            let raw = text.as_bytes();
            let read = parts(raw, &Split::read(&text).expect("a map"));
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
            for (place, what, byte) in damage {
                let byte = b"{}[]:,\"\\ 0-.e\x01"[usize::from(byte) % 14];
                match (what, raw.is_empty()) {
                    (0, _) => raw.insert(place.index(raw.len() + 1), byte),
                    (_, true) => {}
                    (1, _) => drop(raw.remove(place.index(raw.len()))),
                    _ => { let place = place.index(raw.len()); raw[place] = byte }
                }
            }
            let Ok(text) = std::str::from_utf8(&raw) else {
                prop_assert!(split(&raw).is_err());
                return Ok(());
            };
            let told = |entries: Result<Vec<Entry>, serde_json::Error>| {
                entries.map(|entries| parts(&raw, &entries)).map_err(|error| error.to_string())
            };
            prop_assert_eq!(told(split(&raw)), told(Split::read(text)));
        }
    }
}
