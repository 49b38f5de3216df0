//! Text that needs no escapes in JSON, which nearly all text is.

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

        #[test]
        fn text_is_written_as_serde_json_writes_it(text in "[a-c\"\\\\é\n\u{7f}\u{1}]{0,20}") {
            let mut out = Vec::new();
            write_text(&text, &mut out).expect("writes");
            prop_assert_eq!(out, serde_json::to_vec(&text).expect("writes"));
        }
    }
}
