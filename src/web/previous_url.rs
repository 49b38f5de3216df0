//! Where the visitor was.

use http::Method;

use super::page::is_page;
use crate::http::{HttpRequest, Response, is_local, same_origin_referer, try_request};
use crate::session::Session;

const RESERVED_PREVIOUS: &str = "_previous.url";

impl Session {
    /// The page that the visitor saw before this one, as a path with its query.
    ///
    /// It is the one that the session noted, when `previous_url` in `config/session.rs` says that pages are noted;
    /// else the `Referer` of this request, if it is of this origin.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.set_previous_url("/photos?page=2");
    /// assert_eq!(session.previous_url().as_deref(), Some("/photos?page=2"));
    /// ```
    pub fn previous_url(&self) -> Option<String> {
        // What is stored may have come from a path such as `//evil`, which browsers take for another host.
        let noted = self.get::<String>(RESERVED_PREVIOUS).filter(|url| is_local(url));
        noted.or_else(|| same_origin_referer(&try_request()?))
    }

    /// Notes a page for [`previous_url`](Session::previous_url).
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.set_previous_url("/photos/5");
    /// # assert!(session.previous_url().is_some());
    /// ```
    pub fn set_previous_url(&self, url: &str) {
        self.put(RESERVED_PREVIOUS, url);
    }

    /// Notes a page that the visitor has seen, if there is a session to note it in.
    pub(crate) fn note_page(&self, req: &HttpRequest, response: &Response) {
        let seen = *req.method() == Method::GET
            && is_page(req)
            && !response.status_code().is_redirection();
        if let Some(url) = req.uri().path_and_query().filter(|_| seen && self.has_record()) {
            self.set_previous_url(url.as_str());
        }
    }
}
