//! Where the visitor was, and when the password was last asked for.

use std::time::Duration;

use http::Method;

use super::Session;
use super::flash::is_page;
use super::origin::Origin;
use crate::http::{HttpRequest, Response, is_local, same_origin_referer, try_request};

const RESERVED_PREVIOUS: &str = "_previous.url";
const RESERVED_CONFIRMED: &str = "auth.password_confirmed_at";

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

    /// Notes that the visitor has just given the password again.
    ///
    /// The middleware `password.confirm` lets the visitor pass from then on for three hours, or for the seconds that
    /// the route gives it: `"password.confirm:password.confirm,900"` (OWASP ASVS 5.0, 7.5.1).
    ///
    /// ```
    /// # use lunox::prelude::*;
    /// # fn password_is_right(_: &HttpRequest) -> bool { true }
    /// async fn confirm(req: HttpRequest) -> Result {
    ///     abort_unless(password_is_right(&req), 422)?;
    ///     req.session().password_confirmed();
    ///     Ok(Redirect::intended("/").into_response())
    /// }
    /// # lunox::testing::session().password_confirmed();
    /// ```
    pub fn password_confirmed(&self) {
        let now = self.state().clock.unix();
        self.put(RESERVED_CONFIRMED, now);
    }

    /// Whether the password was given again within the last `time`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let session = lunox::testing::session();
    /// assert!(!session.password_confirmed_within(Duration::from_secs(900)));
    /// session.password_confirmed();
    /// assert!(session.password_confirmed_within(Duration::from_secs(900)));
    /// ```
    pub fn password_confirmed_within(&self, time: Duration) -> bool {
        let Some(confirmed) = self.get::<u64>(RESERVED_CONFIRMED) else { return false };
        let now = self.state().clock.unix();
        now.saturating_sub(confirmed) < time.as_secs()
    }

    /// Notes a page that the visitor has seen, if there is a session to note it in.
    pub(super) fn note_page(&self, req: &HttpRequest, response: &Response) {
        let seen = *req.method() == Method::GET
            && is_page(req)
            && !response.status_code().is_redirection();
        let has_record = {
            let state = self.state();
            matches!(state.origin, Origin::Live(_)) || !state.changes.is_empty()
        };
        if let Some(url) = req.uri().path_and_query().filter(|_| seen && has_record) {
            self.set_previous_url(url.as_str());
        }
    }
}
