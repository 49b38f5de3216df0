//! Text for a terminal, which obeys whoever wrote it.

use std::borrow::Cow;

/// Text that can neither move the cursor, nor colour or hide what follows, nor turn the direction of reading: controls and
/// what Unicode has for bidirectional text are written as `\u001b`, which is what they are inside JSON too. Ends of lines and
/// tabs stay, and with `colours` so do the sequences that set a colour.
pub(crate) fn escape(text: &str, colours: bool) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let colour = if colours { colour(rest) } else { 0 };
        let (taken, is_safe) =
            if colour > 0 { (colour, true) } else { (char.len_utf8(), !is_control(char)) };
        if is_safe {
            safe.push_str(&rest[..taken]);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
        rest = &rest[taken..];
    }
    Cow::Owned(safe)
}

fn is_control(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        // What turns the direction of reading, ends lines, or is not seen at all.
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => {
            true
        }
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        char => char.is_control(),
    }
}

/// How long the sequence is that a text begins with, if it does no more than set colours, bold or underlined; else 0.
fn colour(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else { return 0 };
    let Some(end) = parameters.find('m') else { return 0 };
    let is_colour = |parameter: &str| {
        matches!(
            parameter.parse(),
            Ok(0 | 1 | 2 | 3 | 4 | 22..=24 | 30..=37 | 39..=47 | 49 | 90..=97 | 100..=107u8)
        )
    };
    let plain = parameters[..end].bytes().all(|byte| byte.is_ascii_digit() || byte == b';');
    if plain && (end == 0 || parameters[..end].split(';').all(is_colour)) { end + 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_is_written_out_and_text_of_all_languages_stays() {
        for text in ["plain\n\ttext", "日本語 é ñ שלום 🦀", ""] {
            assert_eq!(escape(text, false), text);
            assert_eq!(escape(text, true), text);
        }
        let hostile = "\u{1b}[2J\u{9b}31m\u{7}\u{7f}\r\u{202e}\u{2066}\u{e0041}\u{85}";
        let written = r"\u001b[2J\u009b31m\u0007\u007f\u000d\u202e\u2066\udb40\udc41\u0085";
        assert_eq!(escape(hostile, false), written);
        assert_eq!(escape(hostile, true), written);
    }

    #[test]
    fn colours_stay_only_where_they_are_wanted_and_nothing_else_passes_for_one() {
        let coloured = "\u{1b}[1m\u{1b}[32mok\u{1b}[0m";
        assert_eq!(escape(coloured, true), coloured);
        assert!(!escape(coloured, false).contains('\u{1b}'));
        for other in [
            "\u{1b}[8mhidden",
            "\u{1b}[5m",
            "\u{1b}[?25lm",
            "\u{1b}[1;8m",
            "\u{1b}[38;5;1m",
            "\u{1b}]0;m",
        ] {
            assert!(!escape(other, true).contains('\u{1b}'), "{other:?}");
        }
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = serde_json::json!({"k\u{9b}": "a\u{202e}b\u{7f}\u{e0041}\u{1b}"});
        let text = format!("{value:#}");
        let read: serde_json::Value = serde_json::from_str(&escape(&text, true)).expect("JSON");
        assert_eq!(read, value);
    }
}
