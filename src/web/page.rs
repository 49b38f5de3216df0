//! What a visitor sees as a page.

use crate::http::HttpRequest;
use crate::session::FlashAgeing;

/// Whether a request takes the flash values with it.
pub(super) fn ages_flash(ageing: FlashAgeing, req: &HttpRequest) -> bool {
    ageing == FlashAgeing::EveryRequest || is_page(req)
}

/// The browser says what it fetches for (Fetch Metadata); a client that says nothing is taken for a visitor.
pub(super) fn is_page(req: &HttpRequest) -> bool {
    if req.is_prefetch() || req.is_ajax() {
        return false;
    }
    if let Some(mode) = req.header("sec-fetch-mode") {
        return mode == "navigate";
    }
    req.header("sec-fetch-dest").is_none_or(|dest| dest == "document")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(headers: &[(&'static str, &'static str)]) -> bool {
        is_page(&HttpRequest::get(headers))
    }

    #[test]
    fn only_what_the_visitor_sees_as_a_page_ages_flash() {
        assert!(page(&[]));
        assert!(page(&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]));
        assert!(!page(&[("sec-fetch-mode", "cors")]));
        assert!(!page(&[("sec-fetch-dest", "image")]));
        assert!(!page(&[("x-requested-with", "XMLHttpRequest")]));
        assert!(!page(&[("sec-fetch-mode", "navigate"), ("sec-purpose", "prefetch;prerender")]));
    }
}
