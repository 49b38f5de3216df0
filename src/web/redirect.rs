//! What a redirect leaves in the session for the page that it leads to.

use serde::Serialize;
use serde_json::{Value, json};

use super::secret_input::remove_secrets;
use crate::http::{HttpRequest, Redirect, is_local, redirect, request};
use crate::session::exchange::{asks_for_page, navigates};
use crate::session::{RESERVED_ERRORS, SessionConfig, SessionManager};
use crate::support::dot::JsonMap;

const RESERVED_INTENDED: &str = "url.intended";

impl Redirect {
    /// Flashes a value for the page that the redirect leads to.
    ///
    /// # Panics
    /// Outside a request with a session.
    #[track_caller]
    pub fn with(self, key: &str, value: impl Serialize) -> Self {
        request().session().flash(key, value);
        self
    }

    /// Flashes the request's input, so that a form can be shown as it was filled in.
    ///
    /// Passwords and other secrets are left out, by their names, at any depth: those that match `secret_input` in
    /// `config/session.rs` ([`SessionConfig`](crate::session::SessionConfig::secret_input)).
    ///
    /// # Panics
    /// Outside a request with a session.
    #[track_caller]
    pub fn with_input(self) -> Self {
        let req = request();
        let mut input = req.all();
        match req.container().make::<SessionManager>() {
            Ok(manager) => remove_secrets(&mut input, &manager.config().secret_input),
            Err(_) => remove_secrets(&mut input, &SessionConfig::default().secret_input),
        }
        req.session().flash_input(input);
        self
    }
}

impl Redirect {
    /// Redirects to a page that asks something first, such as a login, and keeps the page that was asked for.
    ///
    /// [`intended`](Redirect::intended) leads there afterwards. Only a page that the visitor navigated to is kept: for a
    /// form, which cannot be sent again, the page that it was on, and for what a page fetches (images, calls of
    /// scripts, prefetches) nothing. The page at `location` is never kept.
    ///
    /// # Panics
    /// Outside a request with a session.
    #[track_caller]
    pub fn guest(location: impl Into<String>) -> Self {
        let (req, location) = (request(), location.into());
        let asked = if asks_for_page(req.method(), req.headers()) {
            req.uri().path_and_query().map(|url| url.as_str().to_owned())
        } else if !req.method().is_safe() && navigates(req.headers()) {
            req.session().previous_url()
        } else {
            None
        };
        let page = |url: &str| req.prefixed(path(url).to_owned());
        if let Some(asked) = asked.filter(|url| is_local(url) && page(url) != page(&location)) {
            req.session().put(RESERVED_INTENDED, asked);
        }
        redirect(location)
    }

    /// Redirects to the page that [`guest`](Redirect::guest) kept, or to `default`.
    ///
    /// # Panics
    /// Outside a request with a session.
    #[track_caller]
    pub fn intended(default: impl Into<String>) -> Self {
        match request().session().pull::<String>(RESERVED_INTENDED) {
            Some(asked) => Self::local(&asked, default),
            None => redirect(default),
        }
    }

    /// Flashes messages about fields of the input, in place of those that an earlier request left.
    ///
    /// Messages that the same request flashed before stay beside them.
    /// The next page finds them under `errors.default`: a map from field to list of messages.
    ///
    /// # Panics
    /// Outside a request with a session.
    #[track_caller]
    pub fn with_errors<F: AsRef<str>, M: Into<String>>(
        self,
        errors: impl IntoIterator<Item = (F, M)>,
    ) -> Self {
        self.with_errors_in("default", errors)
    }

    /// As [`with_errors`](Redirect::with_errors), in a bag of its own: for a page with several forms.
    ///
    /// # Panics
    /// Outside a request with a session.
    #[track_caller]
    pub fn with_errors_in<F: AsRef<str>, M: Into<String>>(
        self,
        bag: &str,
        errors: impl IntoIterator<Item = (F, M)>,
    ) -> Self {
        let session = request().session();
        let mut bags = session.get_or(RESERVED_ERRORS, JsonMap::new());
        if !session.has_flashed(RESERVED_ERRORS) {
            bags.clear();
        }
        let bag = bags.entry(bag).or_insert_with(|| json!({}));
        for (field, message) in errors {
            // A bag that something else put there is no map of lists: it is replaced.
            if !bag.is_object() {
                *bag = json!({});
            }
            match &mut bag[field.as_ref()] {
                Value::Array(messages) => messages.push(message.into().into()),
                place => *place = json!([message.into()]),
            }
        }
        session.flash(RESERVED_ERRORS, bags);
        self
    }
}

/// A path without its query and fragment.
fn path(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

impl HttpRequest {
    /// A field of the input that the last request left, if there is a session and the field.
    pub fn old<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.try_session()?.old(key)
    }
}
