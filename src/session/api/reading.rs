//! The session of a request, and what is read from it.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::keys::Keys;
use crate::session::request::{Origin, State, kind};
use crate::support::Clock;
use crate::support::dot::{self, JsonMap};
use crate::support::lock::lock;

/// The session of a request: a cheap handle, the same one wherever the request is asked for it.
///
/// Calls are synchronous: the record was loaded before the action ran, and is stored after it, before the
/// response is sent. A value is anything that serde can turn into JSON; keys reach into maps and lists with
/// dots.
///
/// Changes never fail where they are made. A value that cannot be stored fails the request when it ends, with
/// an error that names the key, and nothing of that request is stored.
///
/// Not for large things: the whole session is read with every request. Keep files and lists of a thousand
/// entries elsewhere and their id here.
#[derive(Clone)]
pub struct Session(Arc<SharedState>);

/// What the handles of one session share.
pub(crate) type SharedState = Mutex<State>;

/// Why a value could not be read as the type asked for. It goes to logs, so it never tells the value.
#[derive(Debug)]
pub struct SessionValueError {
    key: String,
    found: &'static str,
    what: String,
}

impl std::fmt::Display for SessionValueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the session's `{}` holds {} of another type: {}",
            // A visitor may have chosen the key, and must not write lines of the log with it.
            self.key.escape_debug(),
            self.found,
            self.what
        )
    }
}

impl std::error::Error for SessionValueError {}

/// What a type missed in a value, without what serde quotes of the value.
fn without_value<T>(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("missing field `") {
        return text;
    }
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => format!("it is no `{}`", std::any::type_name::<T>()),
    }
}

impl Session {
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// The state that all handles of the session share.
    pub(crate) fn shared(&self) -> Arc<SharedState> {
        Arc::clone(&self.0)
    }

    /// A handle for a state that is shared.
    pub(crate) fn from_shared(state: Arc<SharedState>) -> Self {
        Self(state)
    }

    /// A session that no request has, and that nothing stores.
    pub(crate) fn unattached(clock: Arc<dyn Clock>) -> Self {
        Self::new(State::new(Origin::NEW, Bytes::new(), clock))
    }

    /// For the calls of the application: the response depends on the session from now on.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.peek();
        state.used = true;
        state
    }

    /// For the framework's own looks at the session.
    pub(crate) fn peek(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held cannot have left the state half changed: its sections are short
        // and assign last. The panicking request's changes are dropped by the commit anyway.
        lock(&self.0)
    }

    /// Everything in the session.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("name", "Ada");
    /// assert_eq!(session.all()["name"], "Ada");
    /// ```
    pub fn all(&self) -> JsonMap {
        self.state().data().all()
    }

    /// The value at a key; `None` when there is none, or when it is of another type (a warning says so).
    ///
    /// Use [`try_get`](Session::try_get) to tell the two apart.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("user", serde_json::json!({"name": "Ada", "age": 36}));
    /// assert_eq!(session.get::<String>("user.name").as_deref(), Some("Ada"));
    /// assert_eq!(session.get::<u8>("user.age"), Some(36));
    /// assert_eq!(session.get::<u8>("user.name"), None);
    /// ```
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.try_get(key).unwrap_or_else(|error| {
            tracing::warn!("{error}");
            None
        })
    }

    /// The value at a key, or `default` when there is none.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// assert_eq!(session.get_or("theme", "light".to_owned()), "light");
    /// ```
    pub fn get_or<T: DeserializeOwned>(&self, key: &str, default: T) -> T {
        self.get(key).unwrap_or(default)
    }

    /// The value at a key.
    ///
    /// # Errors
    /// When the value is of another type. It stays where it is.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("age", "36");
    /// let error = session.try_get::<u8>("age").unwrap_err();
    /// assert!(error.to_string().contains("the session's `age` holds text of another type"));
    /// assert_eq!(session.try_get::<u8>("height").unwrap(), None);
    /// ```
    pub fn try_get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, SessionValueError> {
        let mut state = self.state();
        match state.read(key) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(source)) => {
                let found = state.get(key).map_or("nothing", kind);
                let what = without_value::<T>(&source);
                Err(SessionValueError { key: key.to_owned(), found, what })
            }
        }
    }

    /// Whether every key is there and is not null.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put_many([("name", Some("Ada")), ("title", None)]);
    /// assert!(session.has("name"));
    /// assert!(!session.has(["name", "title"]));
    /// ```
    pub fn has(&self, keys: impl Keys) -> bool {
        self.every(keys, |value| value.is_some_and(|value| !value.is_null()))
    }

    /// Whether one of the keys is there and is not null.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put_many([("name", Some("Ada")), ("title", None)]);
    /// assert!(session.has_any(["name", "title"]));
    /// assert!(!session.has_any(["title", "age"]));
    /// ```
    pub fn has_any(&self, keys: impl Keys) -> bool {
        !self.every(keys, |value| value.is_none_or(Value::is_null))
    }

    /// Whether every key is there, null included.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("title", None::<String>);
    /// assert!(session.exists("title") && !session.has("title"));
    /// ```
    pub fn exists(&self, keys: impl Keys) -> bool {
        self.every(keys, |value| value.is_some())
    }

    /// Whether every key is absent. Laravel's `missing` of a list asks whether one is.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("name", "Ada");
    /// assert!(session.missing(["age", "title"]));
    /// assert!(!session.missing(["age", "name"]));
    /// ```
    pub fn missing(&self, keys: impl Keys) -> bool {
        self.every(keys, |value| value.is_none())
    }

    fn every(&self, keys: impl Keys, test: impl Fn(Option<&Value>) -> bool) -> bool {
        let mut state = self.state();
        let mut all = true;
        keys.each(&mut |key| {
            state.note_read(key);
            all = all && test(state.get(key));
        });
        all
    }

    /// The given keys with their values; absent ones are left out.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("user.name", "Ada");
    /// session.put("user.age", 36);
    /// let user = session.only(["user.name", "absent"]);
    /// assert_eq!(serde_json::Value::Object(user), serde_json::json!({"user": {"name": "Ada"}}));
    /// ```
    pub fn only(&self, keys: impl Keys) -> JsonMap {
        let mut state = self.state();
        let mut picked = JsonMap::new();
        keys.each(&mut |key| {
            state.note_read(key);
            if let Some(value) = state.get(key) {
                dot::put(&mut picked, key, value.clone());
            }
        });
        picked
    }

    /// Everything but the given keys.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put_many([("name", "Ada"), ("theme", "dark")]);
    /// let rest = session.except("theme");
    /// assert!(rest.contains_key("name") && !rest.contains_key("theme"));
    /// ```
    pub fn except(&self, keys: impl Keys) -> JsonMap {
        let mut rest = self.all();
        keys.each(&mut |key| {
            dot::forget(&mut rest, key);
        });
        rest
    }
}

impl std::fmt::Debug for Session {
    // The id is public; the values are the visitor's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    enum Role {
        #[allow(dead_code)]
        Admin,
    }

    #[derive(Debug, Deserialize)]
    struct User {
        #[allow(dead_code)]
        name: String,
    }

    #[test]
    fn a_key_writes_no_line_of_its_own_into_the_log() {
        let session = crate::testing::session();
        session.put("a\nINFO", "text");
        let told = session.try_get::<u8>("a\nINFO").unwrap_err().to_string();
        assert_eq!(told, r"the session's `a\nINFO` holds text of another type: expected u8");
    }

    #[test]
    fn asvs_s17_the_error_about_a_value_of_another_type_does_not_tell_the_value() {
        let session = crate::testing::session();
        session.put("code", "s3cret, expected s3cret");
        session.put("user", json!({"s3cret": 1}));
        let told = [
            session.try_get::<u8>("code").unwrap_err().to_string(),
            session.try_get::<Role>("code").unwrap_err().to_string(),
            session.try_get::<std::net::IpAddr>("code").unwrap_err().to_string(),
            session.try_get::<User>("user").unwrap_err().to_string(),
        ];
        assert_eq!(
            told,
            [
                "the session's `code` holds text of another type: expected u8",
                "the session's `code` holds text of another type: expected `Admin`",
                "the session's `code` holds text of another type: it is no `core::net::ip_addr::IpAddr`",
                "the session's `user` holds a map of another type: missing field `name`",
            ]
        );
    }
}
