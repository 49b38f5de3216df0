//! What a redirect leaves in the session for the page that it leads to.

use serde::Serialize;

use super::RESERVED_OLD_INPUT;
use crate::http::{HttpRequest, Redirect, request};
use crate::support::dot::{self, JsonMap};

use super::Session;

/// Never flashed: the form asks for them again.
const SECRET_INPUT: [&str; 3] = ["password", "password_confirmation", "current_password"];

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

    /// Flashes the request's input, without passwords, so that a form can be shown as it was filled in.
    ///
    /// # Panics
    /// Outside a request with a session.
    #[track_caller]
    pub fn with_input(self) -> Self {
        let req = request();
        req.session().flash_input(req.except(SECRET_INPUT));
        self
    }
}

impl Session {
    /// Stores input for the next page, where [`old`](Session::old) reads it.
    pub fn flash_input(&self, input: JsonMap) {
        self.flash(RESERVED_OLD_INPUT, input);
    }

    /// A field of the input that the last request left.
    pub fn old<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        let input = self.get::<JsonMap>(RESERVED_OLD_INPUT)?;
        serde_json::from_value(dot::get(&input, key)?.clone()).ok()
    }
}

impl HttpRequest {
    /// A field of the input that the last request left, if there is a session and the field.
    pub fn old<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.try_session()?.old(key)
    }
}
