//! Patterns with stars, as routes and paths are compared.

/// Whether `text` matches `pattern`, in which `*` stands for any characters, `/` and none included.
///
/// The time grows with the lengths of both, whatever the pattern.
///
/// ```
/// use lunox::http::input::is_match;
///
/// assert!(is_match("admin/*", "admin/users/5"));
/// assert!(!is_match("admin/*", "admin"));
/// ```
pub fn is_match(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = text.strip_prefix(start).and_then(|text| text.strip_suffix(end));
    // The leftmost place for each piece leaves the most room for the next: no need to go back.
    let left = inner.and_then(|inner| {
        middle
            .split('*')
            .try_fold(inner, |text, piece| Some(&text[text.find(piece)? + piece.len()..]))
    });
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_matches_anything() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "a/b\nc"),
            ("", ""),
            ("/", "/"),
            ("admin/*", "admin/"),
            ("*/edit", "posts/5/edit"),
            ("posts/*/edit", "posts/5/x/edit"),
            ("a*b*c", "aXbbYc"),
            ("**a**", "xax"),
            ("*ü*", "grün"),
        ] {
            assert!(is_match(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn everything_else_matches_itself_alone() {
        for (pattern, text) in [
            ("", "a"),
            ("a", "ab"),
            ("admin/*", "admin"),
            ("a*a", "a"),
            ("ab*bc", "abc"),
            ("a*b*b", "ab"),
            ("a.c", "abc"),
            ("*b", "ba"),
        ] {
            assert!(!is_match(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn hostile_patterns_cost_no_more_than_their_length() {
        let text = "a".repeat(100_000);
        assert!(!is_match(&"*a".repeat(50_000), &format!("{text}b")));
        assert!(!is_match(&format!("{}b*", "a*".repeat(50_000)), &text));
    }

    /// The definition, slow and plain.
    fn defined(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|skip| defined(rest, &text[skip..])),
            Some((byte, rest)) => text.first() == Some(byte) && defined(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn the_fast_way_agrees_with_the_definition(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(is_match(&pattern, &text), defined(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
