//! A look through a record's JSON by its bytes alone.
//!
//! Records are written by this crate, most of them without white space and without escapes in their keys. Whatever is
//! not quite so, damage above all, is not told from here: serde_json knows the rest of the grammar, and says what is
//! wrong.

use serde::de::DeserializeOwned;

use super::plain::text_end;
use super::{Entry, Name, Span};
use crate::support::dot;

/// With this room most records need no more, and the allocator serves it from its quick lists.
const USUAL: usize = 12;

/// Deeper values are left to serde_json, which needs no stack for them.
const DEPTH: usize = 16;

/// A value of a record that is not split: finds one key for less than splitting costs. `None` if only a split can answer.
///
/// What lies behind the value is not looked at: the record's checksum has vouched for it.
pub(crate) fn look_up<T: DeserializeOwned>(raw: &[u8], key: &str) -> Option<Option<T>> {
    match find(raw, key)? {
        Some(text) => serde_json::from_slice(text).ok().map(Some),
        // It may be a path.
        None => dot::split(key).is_none().then_some(None),
    }
}

/// The value of a top-level key, `Some(None)` if there is no such key, and `None` where that cannot be told from the
/// bytes alone. Of two that are alike, which this crate never writes, the first is found.
fn find<'r>(raw: &'r [u8], key: &str) -> Option<Option<&'r [u8]>> {
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

// Each of these takes the index where something begins and gives the index behind it. Those that are inlined are run
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
mod tests;
