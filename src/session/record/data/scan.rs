//! A look through a record's JSON by its bytes alone.
//!
//! Records are written by this crate, most of them without white space and without escapes in their keys. Whatever is
//! not quite so, damage above all, is not told from here: serde_json knows the rest of the grammar, and says what is
//! wrong.

use serde::de::DeserializeOwned;

use super::Entry;
use crate::support::dot;

/// With this room most records need no more, and the allocator serves it from its quick lists.
const USUAL: usize = 12;

/// Deeper values are left to serde_json, which needs no stack for them.
const DEPTH: usize = 16;

/// The name of an entry.
#[derive(Debug)]
pub(super) enum Name {
    /// As it stands in the record, without escapes.
    Read(Span),
    Own(String),
}

/// A part of the record's JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(super) fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub(super) fn cut(self, raw: &[u8]) -> &[u8] {
        &raw[self.start as usize..self.end as usize]
    }
}

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
    // Most records are ASCII, which is quicker to check.
    if u32::try_from(raw.len()).is_err() || !(raw.is_ascii() || std::str::from_utf8(raw).is_ok()) {
        return None;
    }
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

/// Where from `at` on the first quote, backslash or control character is; the end of the bytes if there is none.
///
/// Eight bytes at a time: a byte that is sought is the one that a subtraction makes negative. The borrow may do the same
/// to bytes behind it, of which none counts any more; bytes that were negative before are no ASCII.
#[inline(always)]
pub(super) fn text_end(bytes: &[u8], at: usize) -> usize {
    const ONES: u64 = u64::MAX / 0xFF;
    const HIGH: u64 = ONES << 7;
    let Some(mut rest) = bytes.get(at..) else { return at };
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        let quote = (word ^ (ONES * u64::from(b'"'))).wrapping_sub(ONES);
        let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
        let control = word.wrapping_sub(ONES * u64::from(b' '));
        let found = (quote | backslash | control) & !word & HIGH;
        if found != 0 {
            return bytes.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = tail;
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    bytes.len() - rest.len() + rest.iter().position(ends).unwrap_or(rest.len())
}

/// Writes text as JSON.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    if text_end(text.as_bytes(), 0) < text.len() {
        return serde_json::to_writer(out, text);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

/// The whole is shorter than 4 GiB.
pub(super) fn span(start: usize, end: usize) -> Span {
    Span { start: start as u32, end: end as u32 }
}

#[cfg(test)]
mod tests;
