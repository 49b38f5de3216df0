//! Query strings and `application/x-www-form-urlencoded` bodies.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use serde_json::Value;

use super::InputError;
use super::nest::Nest;
use crate::support::dot::JsonMap;

/// How much a form may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormLimits {
    /// Pairs of name and value.
    pub pairs: usize,
    /// Pairs of brackets in one name; never more than 128.
    pub depth: usize,
}

impl Default for FormLimits {
    fn default() -> Self {
        Self { pairs: 1_000, depth: 16 }
    }
}

/// Reads a form or a query string into a JSON map of strings.
///
/// How names with brackets nest is told in the [manual](super). A `%` that starts no escape is a letter,
/// as browsers have it.
///
/// ```
/// use lunox::http::input::{FormLimits, parse_form};
/// use serde_json::{Value, json};
///
/// let form = parse_form(b"name=J%C3%BCrgen+L.&tags[]=a&tags[]=b", &FormLimits::default()).unwrap();
/// assert_eq!(Value::Object(form), json!({"name": "Jürgen L.", "tags": ["a", "b"]}));
/// ```
///
/// # Errors
/// [`InputError::TooLarge`] beyond a limit, [`InputError::Malformed`] when a name or value is not UTF-8.
pub fn parse_form(bytes: &[u8], limits: &FormLimits) -> Result<JsonMap, InputError> {
    parse(bytes, limits, "form")
}

/// As [`parse_form`], but errors name the query string.
pub(crate) fn parse_query_string(query: &str, limits: &FormLimits) -> Result<JsonMap, InputError> {
    parse(query.as_bytes(), limits, "query string")
}

/// `what` is what the bytes are, for messages.
fn parse(bytes: &[u8], limits: &FormLimits, what: &'static str) -> Result<JsonMap, InputError> {
    let mut nest = Nest::new(limits.depth, what);
    let malformed = || InputError::malformed(format!("The {what} is not valid UTF-8."));
    let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    for (number, pair) in pairs.enumerate() {
        if number == limits.pairs {
            let message = format!("The {what} has more than {} fields.", limits.pairs);
            return Err(InputError::TooLarge(message));
        }
        let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let name = decode(&pair[..equals]).ok_or_else(malformed)?;
        if name.is_empty() {
            continue;
        }
        let value = pair.get(equals + 1..).unwrap_or_default();
        let value = decode(value).ok_or_else(malformed)?;
        let value = Value::String(value.into_owned());
        nest.insert(name.into_owned(), value)?;
    }
    Ok(nest.into_map())
}

/// The text of a name or a value, if it is UTF-8.
fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if !bytes.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
    }
    let spaced: Vec<u8> =
        bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let text = percent_decode(&spaced).decode_utf8().ok()?;
    Some(Cow::Owned(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn parse(text: &str) -> Value {
        Value::Object(parse_form(text.as_bytes(), &FormLimits::default()).unwrap())
    }

    fn status(text: &str) -> u16 {
        parse_form(text.as_bytes(), &FormLimits::default()).unwrap_err().status()
    }

    #[test]
    fn plain_names_keep_the_last_value() {
        assert_eq!(parse(""), json!({}));
        assert_eq!(parse("a=1&b=x%20y+z&a=2"), json!({"a": "2", "b": "x y z"}));
        assert_eq!(parse("&&a&=x&b=1=2&"), json!({"a": "", "b": "1=2"}));
    }

    #[test]
    fn brackets_make_lists_and_maps() {
        assert_eq!(parse("a[]=1&a[]=2"), json!({"a": ["1", "2"]}));
        assert_eq!(parse("a[b]=1&a[c][]=2"), json!({"a": {"b": "1", "c": ["2"]}}));
        assert_eq!(parse("a%5Bb%5D=1"), json!({"a": {"b": "1"}}));
        assert_eq!(parse("a[][n]=1&a[][n]=2"), json!({"a": [{"n": "1"}, {"n": "2"}]}));
    }

    #[test]
    fn a_run_of_indexes_from_zero_makes_a_list() {
        let people = "a[0][n]=x&a[0][m]=y&a[1][n]=z";
        assert_eq!(parse(people), json!({"a": [{"n": "x", "m": "y"}, {"n": "z"}]}));
        assert_eq!(parse("a[0]=x&a[1]=y&a[0]=z"), json!({"a": ["z", "y"]}));
    }

    #[test]
    fn a_long_list_keeps_its_order() {
        let list: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
        let form: String = list.iter().map(|number| format!("a[]={number}&")).collect();
        assert_eq!(parse(&form), json!({ "a": list }));
    }

    #[test]
    fn other_indexes_make_a_map() {
        assert_eq!(parse("a[1]=x&a[0]=y"), json!({"a": {"1": "x", "0": "y"}}));
        assert_eq!(parse("a[3]=x&a[]=y"), json!({"a": {"3": "x", "4": "y"}}));
        assert_eq!(parse("a[]=x&a[b]=y&a[]=z"), json!({"a": {"0": "x", "b": "y", "1": "z"}}));
        assert_eq!(parse("a[0]=x&a[01]=y"), json!({"a": {"0": "x", "01": "y"}}));
        let huge = "99999999999999999999999999";
        assert_eq!(parse(&format!("a[{huge}]=x&a[]=y")), json!({"a": {huge: "x", "0": "y"}}));
    }

    #[test]
    fn the_later_wins_a_conflict() {
        assert_eq!(parse("a=1&a[b]=2"), json!({"a": {"b": "2"}}));
        assert_eq!(parse("a[b]=2&a=1"), json!({"a": "1"}));
        assert_eq!(parse("a[b]=1&a[b][c]=2"), json!({"a": {"b": {"c": "2"}}}));
    }

    #[test]
    fn brackets_that_do_not_pair_are_letters() {
        let odd = "a[b=1&[c]=2&d]=3&e[f]g=4&[]=5";
        assert_eq!(parse(odd), json!({"a[b": "1", "[c]": "2", "d]": "3", "e[f]g": "4", "[]": "5"}));
        assert_eq!(parse("a[[b]=1&a[c][[d]=2"), json!({"a": {"[b": "1", "c": {"[d": "2"}}}));
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_malformed() {
        assert_eq!(status("a=%ff"), 400);
        assert_eq!(status("%c3=1"), 400);
        assert_eq!(parse("a=100%&b=%zz"), json!({"a": "100%", "b": "%zz"}));
    }

    #[test]
    fn too_many_pairs_are_refused() {
        assert_eq!(status(&"a=1&".repeat(1_001)), 413);
        assert_eq!(status(&"=&".repeat(100_000)), 413);
        assert_eq!(parse(&"a=1&".repeat(1_000)), json!({"a": "1"}));
    }

    #[test]
    fn a_million_levels_are_refused_without_overflow() {
        for level in ["[b]", "[]", "[0]"] {
            assert_eq!(status(&format!("a{}=1", level.repeat(1_000_000))), 413);
        }
        let open = format!("a{}", "[".repeat(1_000_000));
        assert_eq!(parse(&format!("{open}=1")), json!({open: "1"}));
        let unlimited = FormLimits { pairs: 1, depth: usize::MAX };
        let deep = format!("a{}=1", "[b]".repeat(1_000_000));
        assert_eq!(parse_form(deep.as_bytes(), &unlimited).unwrap_err().status(), 413);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_form(&bytes, &FormLimits::default());
        }

        #[test]
        fn no_brackets_make_it_panic(text in r"([ab01\[\]&=%]|\[\]|\[a\]=1&|a\[1\]=){0,60}") {
            let map = parse_form(text.as_bytes(), &FormLimits::default()).unwrap_or_default();
            prop_assert!(!Value::Object(map).to_string().contains("null"));
        }

        #[test]
        fn flat_maps_survive_the_trip(map in prop::collection::btree_map("[^\\[]{1,9}", ".{0,9}", 0..9)) {
            let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&map).finish();
            let expected: JsonMap =
                map.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
            prop_assert_eq!(parse_form(text.as_bytes(), &FormLimits::default()).unwrap(), expected);
        }
    }
}
