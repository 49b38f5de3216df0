//! The session's methods for values that live until the next page; what they mean is in `request/flash_keys.rs`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keys::Keys;
use super::reading::Session;
use crate::session::RESERVED_OLD_INPUT;
use crate::session::request::Change;
use crate::support::dot::{self, JsonMap};

impl Session {
    /// Stores a value for this request and the next page that the visitor sees.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.flash("status", "Saved.");
    /// assert!(session.has("status"));
    /// ```
    pub fn flash(&self, key: &str, value: impl Serialize) {
        if let Some(value) = self.encode(key, value) {
            let mut state = self.state();
            state.change(Change::Put(key.to_owned(), value));
            state.change(Change::Flash(vec![key.to_owned()]));
        }
    }

    /// Sets a value for this request alone; it is stored only if [`reflash`](Session::reflash) or
    /// [`keep`](Session::keep) makes a flash value of it.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.now("notice", "Shown on this very page.");
    /// assert!(session.has("notice"));
    /// ```
    pub fn now(&self, key: &str, value: impl Serialize) {
        if let Some(value) = self.encode(key, value) {
            self.state().pass(key, value);
        }
    }

    /// Keeps all flash values for one page more, those of [`now`](Session::now) included.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.reflash();
    /// ```
    pub fn reflash(&self) {
        self.state().keep_flash(|_| true);
    }

    /// Keeps some flash values for one more page. A key that is not a flash value is left as it is.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.keep(["status", "email"]);
    /// ```
    pub fn keep(&self, keys: impl Keys) {
        let keys = keys.list();
        self.state().keep_flash(|key| keys.contains(key));
    }

    /// Stores input for the next page, where [`old`](Session::old) reads it.
    ///
    /// `Redirect::with_input` does it for the whole request, without passwords and other secrets; this call stores
    /// all that it is given.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// let input = serde_json::json!({"city": "London"});
    /// session.flash_input(input.as_object().unwrap().clone());
    /// assert!(session.old::<String>("city").is_some());
    /// ```
    pub fn flash_input(&self, input: JsonMap) {
        self.flash(RESERVED_OLD_INPUT, input);
    }

    /// Whether this request flashed a key, or kept it.
    pub(crate) fn has_flashed(&self, key: &str) -> bool {
        self.state().has_flashed(key)
    }

    /// A field of the input that the last request left.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// let input = serde_json::json!({"address": {"city": "London"}});
    /// session.flash_input(input.as_object().unwrap().clone());
    /// assert_eq!(session.old::<String>("address.city").as_deref(), Some("London"));
    /// ```
    pub fn old<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let input = self.get::<JsonMap>(RESERVED_OLD_INPUT)?;
        serde_json::from_value(dot::get(&input, key)?.clone()).ok()
    }
}
