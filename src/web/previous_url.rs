//! Where the visitor was.

use crate::http::{HttpRequest, Redirect, is_local, redirect, try_request};
use crate::session::Session;
use crate::session::exchange::asks_for_page;

const RESERVED_PREVIOUS: &str = "_previous.url";
/// The page before that one, for the page itself when it is loaded again.
const RESERVED_BEFORE: &str = "_previous.before";

/// Redirects to the page that the visitor came from, or to `/`.
///
/// The `Referer` counts only if it is of this origin (OWASP Unvalidated Redirects cheat sheet). Without it, the page
/// counts that the session noted, if `previous_url` in `config/session.rs` says that pages are noted.
pub fn back() -> Redirect {
    let target = try_request()
        .and_then(|req| referer(&req).or_else(|| req.try_session()?.noted_url(Some(&req))));
    redirect(target.unwrap_or_else(|| "/".to_owned()))
}

impl Session {
    /// The page that the visitor saw before this one, as a path with its query.
    ///
    /// It is the one that the session noted, when `previous_url` in `config/session.rs` says that pages are noted;
    /// else the `Referer` of this request, if it is of this origin. It is never the page that is asked for: after a
    /// reload it is still the page before.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.set_previous_url("/photos?page=2");
    /// assert_eq!(session.previous_url().as_deref(), Some("/photos?page=2"));
    /// ```
    pub fn previous_url(&self) -> Option<String> {
        let req = try_request();
        self.noted_url(req.as_ref()).or_else(|| referer(&req?))
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

    fn noted_url(&self, req: Option<&HttpRequest>) -> Option<String> {
        // What is stored may have come from a path such as `//evil`, which browsers take for another host.
        let noted = |key| self.get::<String>(key).filter(|url| is_local(url));
        let other = |url: &String| req.is_none_or(|req| !is_own(req, url));
        noted(RESERVED_PREVIOUS).filter(other).or_else(|| noted(RESERVED_BEFORE).filter(other))
    }

    /// Notes a page that the visitor has seen, if there is a session to note it in.
    pub(super) fn note_page(&self, req: &HttpRequest) {
        let Some(url) = req.uri().path_and_query().filter(|_| self.has_record()) else { return };
        let before = self.get::<String>(RESERVED_PREVIOUS);
        if before.as_deref() == Some(url.as_str()) {
            return;
        }
        if let Some(before) = before {
            self.put(RESERVED_BEFORE, before);
        }
        self.set_previous_url(url.as_str());
    }
}

/// The page of this origin that a request comes from, unless it is the page that it asks for.
fn referer(req: &HttpRequest) -> Option<String> {
    req.same_origin_referer().filter(|url| !is_own(req, url))
}

/// Whether a request asks for the page at this path.
fn is_own(req: &HttpRequest, url: &str) -> bool {
    asks_for_page(req.method(), req.headers())
        && req.uri().path_and_query().is_some_and(|own| {
            // A `Referer` has the prefix that a proxy took off.
            own == url || req.prefixed(own.as_str().to_owned()) == url
        })
}
