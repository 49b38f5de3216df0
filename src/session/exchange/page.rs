//! What a page is: what a visitor sees in a window of the browser.
//!
//! Two functions decide it for everything that asks. The intended page asks [`asks_for_page`]; flash values and the
//! previous page ask [`is_page`] as well.

use http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, REFERER};
use http::{HeaderMap, Method, StatusCode};

use crate::session::{FlashAgeing, Shown};
use crate::support::media_type::{accepts_any, accepts_html, is_json_content, names_type};

/// The head of a response.
pub(crate) struct Answer<'a> {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: &'a HeaderMap,
    /// Whether it is known to have no body.
    pub(crate) is_empty: bool,
}

/// Whether a request asks for a page.
pub(crate) fn asks_for_page(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::GET && navigates(headers)
}

/// Whether the answer to a request that asks for a page is one.
pub(crate) fn is_page(answer: &Answer<'_>) -> bool {
    answer.status.is_success() && is_document(answer)
}

/// Which flash values the visitor has seen by a response.
pub(super) fn shown(
    ageing: FlashAgeing,
    is_head: bool,
    asks_for_page: impl FnOnce() -> bool,
    answer: &Answer<'_>,
) -> Shown {
    let every = ageing == FlashAgeing::EveryRequest;
    if every || (is_page(answer) && asks_for_page()) {
        Shown::Page
    } else if is_head || answer.status.is_redirection() {
        Shown::Nothing
    } else {
        Shown::Answer
    }
}

/// Whether the browser will show the answer to a request, of whatever method, in its window: a link, a form, a visit of
/// Inertia or Turbo, a link that htmx boosts.
pub(crate) fn navigates(headers: &HeaderMap) -> bool {
    let has = |name: &str| headers.contains_key(name);
    if is_prefetch(headers) || has("turbo-frame") {
        return false;
    }
    has("x-inertia")
        || has("x-turbo-request-id")
        || text(headers, "hx-boosted").is_some_and(|boosted| boosted == "true")
        || is_for_a_document(headers)
}

/// Whether the browser fetches a page before anyone asked to see it.
pub(crate) fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "x-sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        text(headers, name).is_some_and(|value| value.to_ascii_lowercase().contains("prefetch"))
    })
}

/// Whether a request was made by a script with `X-Requested-With: XMLHttpRequest`.
pub(crate) fn is_ajax(headers: &HeaderMap) -> bool {
    text(headers, "x-requested-with").is_some_and(|with| with == "XMLHttpRequest")
}

/// The browser says what it fetches for (Fetch Metadata), except over plain HTTP and where it is old.
fn is_for_a_document(headers: &HeaderMap) -> bool {
    if let Some(destination) = text(headers, "sec-fetch-dest") {
        return destination == "document";
    }
    if let Some(mode) = text(headers, "sec-fetch-mode") {
        return mode == "navigate";
    }
    let accept = text(headers, ACCEPT.as_str());
    let names_html = accepts_html(accept);
    // A script's fetch() takes anything as well, but comes from a page.
    let comes_from_nowhere = accepts_any(accept) && !headers.contains_key(REFERER);
    !is_ajax(headers) && (names_html || comes_from_nowhere)
}

fn is_document(answer: &Answer<'_>) -> bool {
    let header = |name| answer.headers.get(name)?.to_str().ok();
    let content_type = header(CONTENT_TYPE);
    let is_text = content_type.is_some_and(|content_type| {
        names_type(content_type, "text/html") || names_type(content_type, "text/plain")
    });
    let is_inertia = is_json_content(content_type) && answer.headers.contains_key("x-inertia");
    let is_attachment = header(CONTENT_DISPOSITION).is_some_and(|disposition| {
        disposition
            .trim_start()
            .as_bytes()
            .get(..10)
            .is_some_and(|kind| kind.eq_ignore_ascii_case(b"attachment"))
    });
    (is_text || is_inertia) && !is_attachment && !answer.is_empty
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderName, HeaderValue};

    use super::*;

    type Headers<'h> = &'h [(&'static str, &'static str)];

    fn headers(headers: Headers<'_>) -> HeaderMap {
        let entry =
            |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        headers.iter().map(entry).collect()
    }

    fn asks(sent: Headers<'_>) -> bool {
        asks_for_page(&Method::GET, &headers(sent))
    }

    #[test]
    fn what_the_browser_fetches_for_decides_what_asks_for_a_page() {
        assert!(asks(&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]));
        assert!(asks(&[("sec-fetch-mode", "navigate")]));
        for dest in ["iframe", "image", "empty", "script", "embed"] {
            let headers = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", dest)];
            assert!(!asks(&[&headers[..], &[("accept", "text/html")]].concat()), "{dest}");
        }
        assert!(!asks(&[("sec-fetch-mode", "cors")]));
    }

    #[test]
    fn a_prefetch_or_a_frame_does_not_ask_for_a_page() {
        let document = ("sec-fetch-dest", "document");
        for header in [
            ("sec-purpose", "prefetch;prerender"),
            ("x-sec-purpose", "prefetch"),
            ("purpose", "prefetch"),
            ("x-moz", "prefetch"),
            ("turbo-frame", "menu"),
        ] {
            assert!(!asks(&[document, header]), "{header:?}");
            assert!(!asks(&[header, ("x-inertia", "true")]), "{header:?}");
            assert!(!asks(&[header, ("x-turbo-request-id", "1")]), "{header:?}");
        }
    }

    #[test]
    fn visits_that_a_script_makes_for_the_visitor_ask_for_a_page() {
        let fetch = [("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors")];
        for header in [("x-inertia", "true"), ("x-turbo-request-id", "1"), ("hx-boosted", "true")] {
            assert!(asks(&[&fetch[..], &[header]].concat()), "{header:?}");
        }
        assert!(!asks(&[&fetch[..], &[("hx-request", "true")]].concat()));
    }

    #[test]
    fn without_fetch_metadata_accept_and_referer_decide() {
        let from = ("referer", "http://localhost/");
        assert!(asks(&[]));
        assert!(asks(&[("accept", "*/*")]));
        assert!(asks(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8"), from]));
        assert!(!asks(&[("accept", "*/*"), from]));
        assert!(!asks(&[from]));
        assert!(!asks(&[("accept", "image/avif,image/webp,*/*;q=0.8")]));
        assert!(!asks(&[("accept", "application/json")]));
        assert!(!asks(&[("x-requested-with", "XMLHttpRequest")]));
    }

    #[test]
    fn a_page_is_a_successful_text_that_is_not_saved_as_a_file() {
        let shows = |status, is_empty, sent: Headers<'_>| {
            is_page(&Answer { status, headers: &headers(sent), is_empty })
        };
        let ok = StatusCode::OK;
        let html = ("content-type", "text/html; charset=utf-8");
        let json = ("content-type", "application/json");
        assert!(shows(ok, false, &[html]));
        assert!(shows(ok, false, &[("content-type", "TEXT/plain")]));
        assert!(shows(ok, false, &[html, ("content-disposition", "inline")]));
        assert!(shows(ok, false, &[json, ("x-inertia", "true")]));
        assert!(!shows(ok, false, &[json]));
        assert!(!shows(ok, true, &[html]));
        assert!(!shows(StatusCode::NO_CONTENT, true, &[]));
        assert!(!shows(StatusCode::NOT_FOUND, false, &[html]));
        assert!(!shows(StatusCode::NOT_MODIFIED, false, &[html]));
        assert!(!shows(ok, false, &[("content-type", "image/png")]));
        assert!(!shows(ok, false, &[html, ("content-disposition", "Attachment; filename=a")]));
    }
}
