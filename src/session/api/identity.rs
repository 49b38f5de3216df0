//! Which session it is: its id, its tokens, and how it ends.

use std::time::Duration;

use uuid::Uuid;

use super::reading::Session;
use crate::session::record::Tag;
#[cfg(feature = "framework")]
use crate::session::request::CsrfNews;
use crate::session::request::Origin;
use crate::support::is_within;

const RESERVED_CONFIRMED: &str = "auth.password_confirmed_at";

impl Session {
    /// The session's public id: a UUID that is safe to log and to list. It is not the token in the cookie.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// println!("served in session {}", session.id());
    /// assert_eq!(session.id(), session.id());
    /// ```
    pub fn id(&self) -> Uuid {
        self.state().id()
    }

    /// Whether no record was found for this request.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// if session.is_new() {
    ///     session.put("welcome", true);
    /// }
    /// # assert!(session.has("welcome"));
    /// ```
    pub fn is_new(&self) -> bool {
        !matches!(self.state().origin, Origin::Live(_))
    }

    /// The CSRF token, for the header `X-CSRF-TOKEN` or a form's hidden field `_token`.
    ///
    /// In a page, use `csrf_token()`, which masks it anew with each call: a page that is compressed beside what a visitor
    /// sent gives an unmasked token away (BREACH).
    ///
    /// It is not among the values of [`all`](Session::all). A visitor who has no session is given one that is stored
    /// nowhere and counts for two hours, until there is a session. Without an application's key to sign it with, asking
    /// makes a session.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// let token = session.token();
    /// assert_eq!(session.token(), token);
    /// ```
    pub fn token(&self) -> String {
        self.state().csrf_text()
    }

    /// Whether this is the session's CSRF token, plain or masked, compared in constant time.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// let token = session.token();
    /// assert!(session.token_matches(&token));
    /// assert!(!session.token_matches("guessed"));
    /// ```
    pub fn token_matches(&self, token: &str) -> bool {
        self.state().csrf_matches(token)
    }

    /// Makes a new CSRF token; forms that were shown before are refused from now on.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// let before = session.token();
    /// session.regenerate_token();
    /// assert_ne!(session.token(), before);
    /// ```
    pub fn regenerate_token(&self) {
        self.state().renew_csrf();
    }

    /// Gives the session a new token and a new CSRF token; the old ones are dead at once. The data stays.
    ///
    /// Call it when a visitor logs in or gains rights, so that a token planted before is worth nothing
    /// (session fixation; OWASP ASVS 5.0, 7.2.4).
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("cart", 3);
    /// // After the password was checked:
    /// session.regenerate();
    /// session.put("user", 7);
    /// assert!(session.has(["cart", "user"]));
    /// ```
    pub fn regenerate(&self) {
        self.migrate();
        let mut state = self.state();
        if !state.committed {
            state.end_csrf();
        }
    }

    /// Gives the session a new token and leaves everything else, the CSRF token included.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// let token = session.token();
    /// session.migrate();
    /// assert_eq!(session.token(), token);
    /// ```
    pub fn migrate(&self) {
        let mut state = self.state();
        if state.committed {
            tracing::warn!("the session was to be rotated after its request had committed it");
            return;
        }
        state.rotate = true;
    }

    /// Destroys the session and starts a new one, empty and with another token: logging out.
    ///
    /// Requests that are still running with the old session cannot bring it back. What is stored afterwards
    /// belongs to the new session.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("user", 7);
    /// session.invalidate();
    /// session.flash("status", "See you soon.");
    /// assert!(session.missing("user"));
    /// ```
    pub fn invalidate(&self) {
        self.state().invalidate();
    }

    /// Enters the session in the driver's index as one of a user's, so that [`UserSessions`](crate::session::UserSessions)
    /// finds it, and gives it a new token: logging in.
    ///
    /// The session has one tag, which replaces the one before. It is stored with the values of the request, and ends with
    /// the session or with [`untag`](Session::untag).
    ///
    /// ```
    /// # use lunox::session::{Session, SessionManager, UserSessions};
    /// // After the password was checked:
    /// fn log_in(manager: &SessionManager, session: &Session, user: u64) {
    ///     session.regenerate();
    ///     session.put("user", user);
    ///     if let Some(sessions) = UserSessions::of(manager, "web", &user.to_string()) {
    ///         session.tag(sessions.tag());
    ///     }
    /// }
    /// ```
    pub fn tag(&self, tag: Tag) {
        self.retag(Some(tag));
    }

    /// Takes the session out of the driver's index and gives it a new token: logging out with the values kept. After
    /// [`invalidate`](Session::invalidate) there is nothing to take out.
    ///
    /// ```
    /// # use lunox::session::Tag;
    /// # let session = lunox::testing::session();
    /// session.tag(Tag::from_bytes([7; 16]));
    /// session.untag();
    /// ```
    pub fn untag(&self) {
        if self.peek().tag().is_some() {
            self.retag(None);
        }
    }

    fn retag(&self, tag: Option<Tag>) {
        let mut state = self.state();
        if state.committed {
            tracing::warn!("the session was to be tagged after its request had committed it");
            return;
        }
        state.retag(tag);
    }

    /// Notes that the visitor has just given the password again.
    ///
    /// The middleware `password.confirm` lets the visitor pass from then on for three hours, or for the seconds that
    /// the route gives it: `"password.confirm:password.confirm,900"` (OWASP ASVS 5.0, 7.5.1).
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.password_confirmed();
    /// # assert!(session.password_confirmed_within(std::time::Duration::from_secs(1)));
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
        is_within(time.as_secs(), confirmed, now)
    }

    /// Whether the session has a record, or will have one.
    pub(crate) fn has_record(&self) -> bool {
        let state = self.peek();
        matches!(state.origin, Origin::Live(_)) || state.has_changed()
    }
}

/// For the middleware `csrf`.
#[cfg(feature = "framework")]
impl Session {
    /// The CSRF token, masked.
    pub(crate) fn masked_token(&self) -> String {
        self.state().csrf_masked()
    }

    /// As [`token_matches`](Session::token_matches), for the framework's own look.
    pub(crate) fn is_token(&self, token: &str) -> bool {
        self.peek().csrf_matches(token)
    }

    /// What the response has to say about the CSRF token.
    pub(crate) fn csrf_news(&self) -> CsrfNews {
        self.peek().csrf_news()
    }

    /// The plain CSRF token that the session has, or will have if it is made.
    pub(crate) fn token_to_store(&self) -> String {
        self.peek().csrf_to_store().text()
    }
}
