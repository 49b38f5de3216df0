//! What a page is: what a visitor sees in a window of the browser.
//!
//! Two functions decide it for everything that asks. The intended page asks [`asks_for_page`]; flash values and the
//! previous page ask [`shows_page`].

use http::Method;
use http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, REFERER};

use crate::http::input::{accepts_any, accepts_html, is_json_content, names_type};
use crate::http::{HttpRequest, Response};
use crate::session::{FlashAgeing, Shown};

/// Whether a request asks for a page.
pub(super) fn asks_for_page(req: &HttpRequest) -> bool {
    *req.method() == Method::GET && navigates(req)
}

/// Whether a request was answered with a page.
pub(super) fn shows_page(req: &HttpRequest, response: &Response) -> bool {
    asks_for_page(req) && response.status_code().is_success() && is_document(response)
}

/// Which flash values the visitor has seen by a response.
pub(super) fn shown(ageing: FlashAgeing, req: &HttpRequest, response: &Response) -> Shown {
    if ageing == FlashAgeing::EveryRequest || shows_page(req, response) {
        Shown::Page
    } else if *req.method() == Method::HEAD || response.status_code().is_redirection() {
        Shown::Nothing
    } else {
        Shown::Answer
    }
}

/// Whether the browser will show the answer to a request, of whatever method, in its window: a link, a form, a visit of
/// Inertia or Turbo, a link that htmx boosts.
pub(super) fn navigates(req: &HttpRequest) -> bool {
    let has = |name: &str| req.headers().contains_key(name);
    if req.is_prefetch() || has("turbo-frame") {
        return false;
    }
    has("x-inertia")
        || has("x-turbo-request-id")
        || req.header("hx-boosted").is_some_and(|boosted| boosted == "true")
        || is_for_a_document(req)
}

/// The browser says what it fetches for (Fetch Metadata), except over plain HTTP and where it is old.
fn is_for_a_document(req: &HttpRequest) -> bool {
    if let Some(destination) = req.header("sec-fetch-dest") {
        return destination == "document";
    }
    if let Some(mode) = req.header("sec-fetch-mode") {
        return mode == "navigate";
    }
    let accept = req.header(ACCEPT.as_str());
    let names_html = accepts_html(accept);
    // A script's fetch() takes anything as well, but comes from a page.
    let comes_from_nowhere = accepts_any(accept) && !req.headers().contains_key(REFERER);
    !req.is_ajax() && (names_html || comes_from_nowhere)
}

fn is_document(response: &Response) -> bool {
    let header = |name| response.headers().get(name)?.to_str().ok();
    let content_type = header(CONTENT_TYPE);
    let is_text = content_type.is_some_and(|content_type| {
        names_type(content_type, "text/html") || names_type(content_type, "text/plain")
    });
    let is_inertia = is_json_content(content_type) && response.headers().contains_key("x-inertia");
    let is_attachment = header(CONTENT_DISPOSITION).is_some_and(|disposition| {
        disposition
            .trim_start()
            .as_bytes()
            .get(..10)
            .is_some_and(|kind| kind.eq_ignore_ascii_case(b"attachment"))
    });
    let is_empty = response.body().as_bytes().is_some_and(|bytes| bytes.is_empty());
    (is_text || is_inertia) && !is_attachment && !is_empty
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{html, json, no_content};

    fn asks(headers: &[(&'static str, &'static str)]) -> bool {
        asks_for_page(&HttpRequest::get(headers))
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
        let shows = |response: Response| shows_page(&HttpRequest::get(&[]), &response);
        assert!(shows(html("page")));
        assert!(shows(html("page").header("content-type", "TEXT/plain")));
        assert!(shows(html("page").header("content-disposition", "inline")));
        assert!(shows(json(1).header("x-inertia", "true")));
        assert!(!shows(json(1)));
        assert!(!shows(html("")));
        assert!(!shows(no_content()));
        assert!(!shows(html("page").status(404)));
        assert!(!shows(html("page").status(304)));
        assert!(!shows(html("page").header("content-type", "image/png")));
        assert!(!shows(html("page").header("content-disposition", "Attachment; filename=a")));
    }
}
