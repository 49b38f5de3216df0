//! `Accept` and `Content-Type`: which kind of answer the visitor asks for, by Laravel's rules.

/// Whether the type that the visitor likes best is JSON: `application/json`, `application/vnd.api+json`.
///
/// The best type is the first of those with the highest `q`.
pub fn wants_json(accept: Option<&str>) -> bool {
    accept.and_then(favourite).is_some_and(is_json)
}

/// Whether the visitor takes anything: no `Accept` at all, or `*/*` before all others.
pub fn accepts_any(accept: Option<&str>) -> bool {
    accept.and_then(favourite).is_none_or(|best| matches!(best, "*/*" | "*"))
}

/// Whether the visitor takes HTML and says so, as browsers do for pages.
pub fn accepts_html(accept: Option<&str>) -> bool {
    let named = |range: &str| {
        matches!(essence(range), "text/html" | "application/xhtml+xml") && quality(range) > 0.0
    };
    accept.is_some_and(|accept| accept.split(',').any(named))
}

/// Whether an `Accept` or a `Content-Type` names this type.
pub fn names_type(accept: &str, media_type: &str) -> bool {
    accept.split(',').any(|range| essence(range).eq_ignore_ascii_case(media_type))
}

/// Whether a `Content-Type` is JSON.
pub fn is_json_content(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|content_type| is_json(essence(content_type)))
}

fn favourite(accept: &str) -> Option<&str> {
    let mut best: Option<(&str, f32)> = None;
    for range in accept.split(',').filter(|range| !essence(range).is_empty()) {
        let quality = quality(range);
        if best.is_none_or(|(_, highest)| quality > highest) {
            best = Some((essence(range), quality));
        }
    }
    best.map(|(range, _)| range)
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

fn quality(range: &str) -> f32 {
    let named = |parameter: &str| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse().unwrap_or(1.0))
    };
    range.split(';').skip(1).find_map(named).unwrap_or(1.0)
}

fn is_json(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    media_type.contains("/json") || media_type.contains("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_accepted_where_it_is_named() {
        assert!(accepts_html(Some("text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(accepts_html(Some("*/*, text/html;q=0.1")));
        assert!(!accepts_html(None) && !accepts_html(Some("*/*")) && !accepts_html(Some("")));
        assert!(!accepts_html(Some("application/json, text/html;q=0")));
    }

    #[test]
    fn json_is_wanted_when_it_is_liked_best() {
        assert!(wants_json(Some("application/json")));
        assert!(wants_json(Some("Application/Vnd.Api+JSON; charset=utf-8")));
        assert!(wants_json(Some("text/html;q=0.5, application/json")));
        assert!(wants_json(Some("application/json, text/html")));
        assert!(!wants_json(Some("text/html, application/json")));
        assert!(!wants_json(Some("application/json;q=0.8, */*")));
        assert!(!wants_json(Some("")));
        assert!(!wants_json(None));
    }

    #[test]
    fn a_visitor_without_wishes_takes_anything() {
        assert!(accepts_any(None));
        assert!(accepts_any(Some(" , ")));
        assert!(accepts_any(Some("*/*;q=0.9")));
        assert!(accepts_any(Some("text/html;q=0.1, *")));
        assert!(!accepts_any(Some("text/html, */*")));
        assert!(!accepts_any(Some("application/json")));
    }

    #[test]
    fn bodies_are_json_by_their_essence() {
        assert!(is_json_content(Some("application/json; charset=utf-8")));
        assert!(is_json_content(Some("application/problem+json")));
        assert!(!is_json_content(Some("text/plain; profile=\"a/json\"")));
        assert!(!is_json_content(None));
    }

    #[test]
    fn nonsense_is_no_wish() {
        for accept in ["q", ";q=", "a;q=NaN, application/json", ",,;;==", "\u{0}"] {
            wants_json(Some(accept));
            accepts_any(Some(accept));
        }
    }
}
