//! Telling code from comments and strings, so that an edit never lands inside one.

/// The source with every byte of comments and of strings' contents replaced by a space; line breaks stay, so
/// that places in one are places in the other.
pub(super) fn code_of(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (end, hidden) = token(bytes, at);
        if hidden {
            for byte in &mut code[at..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
        }
        at = end;
    }
    // Whole comments and strings were replaced, so no character was cut in two.
    String::from_utf8(code).unwrap_or_else(|_| source.to_owned())
}

/// Where the token that starts here ends, and whether it is a comment or a string.
fn token(bytes: &[u8], at: usize) -> (usize, bool) {
    let rest = &bytes[at..];
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    match rest {
        [b'/', b'/', ..] => (end_of_line(bytes, at), true),
        [b'/', b'*', ..] => (end_of_block(bytes, at), true),
        [b'"', ..] => (end_of_string(bytes, at + 1), true),
        [b'\'', ..] => character(bytes, at),
        [first, ..] if is_word(*first) => {
            let length = rest.iter().take_while(|byte| is_word(**byte)).count();
            let after = &rest[length..];
            let hashes = after.iter().take_while(|byte| **byte == b'#').count();
            let is_raw =
                matches!(&rest[..length], b"r" | b"br" | b"cr") && after.get(hashes) == Some(&b'"');
            if is_raw {
                (end_of_raw(bytes, at + length + hashes + 1, hashes), true)
            } else {
                (at + length, false)
            }
        }
        _ => (at + 1, false),
    }
}

fn end_of_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length)
}

fn end_of_block(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn end_of_raw(bytes: &[u8], at: usize, hashes: usize) -> usize {
    let mut ending = vec![b'"'];
    ending.resize(hashes + 1, b'#');
    let length = bytes[at..].windows(ending.len()).position(|window| window == ending);
    length.map_or(bytes.len(), |length| at + length + ending.len())
}

/// A character is hidden; a lifetime is not.
fn character(bytes: &[u8], at: usize) -> (usize, bool) {
    if bytes.get(at + 1) == Some(&b'\\') {
        let end = bytes[at + 3..].iter().position(|byte| *byte == b'\'');
        return (end.map_or(bytes.len(), |length| at + 4 + length), true);
    }
    // One character, of up to four bytes, and the closing quote.
    let width = match bytes.get(at + 1) {
        Some(first) if *first >= 0xf0 => 4,
        Some(first) if *first >= 0xe0 => 3,
        Some(first) if *first >= 0xc0 => 2,
        _ => 1,
    };
    if bytes.get(at + 1 + width) == Some(&b'\'') { (at + 2 + width, true) } else { (at + 1, false) }
}

/// Where the bracket that opens here closes, in source without comments and strings.
pub(super) fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The depth of brackets at a place.
pub(super) fn depth(code: &str, at: usize) -> usize {
    code.bytes().take(at).fold(0, |depth: usize, byte| match byte {
        b'(' | b'[' | b'{' => depth + 1,
        b')' | b']' | b'}' => depth.saturating_sub(1),
        _ => depth,
    })
}

/// The place of a line's first byte.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The place behind a line's break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length + 1)
}

/// The spaces at the start of the line of a place.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_hidden_and_code_is_not() {
        for (source, code) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"a("b\"c", d)"#, "a(      , d)"),
            (r##"r#"a"b"# c"##, "         c"),
            ("'{' 'a '\\'' &'a str", "    'a      &'a str"),
            ("b\"{\" br\"[\" barber", "b          barber"),
            ("'é' x \"é", "     x    "),
        ] {
            assert_eq!(code_of(source).trim_end(), code.trim_end(), "{source}");
            assert_eq!(code_of(source).len(), source.len(), "{source}");
        }
    }

    #[test]
    fn a_bracket_closes_where_its_own_pair_ends() {
        assert_eq!(closing("x[(a), [b]] y]", 1), Some(10));
        assert_eq!(closing("[(", 0), None);
        assert_eq!(depth("{ [ } (", 7), 2);
    }
}
