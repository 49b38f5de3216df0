//! The session of a request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::Keys;
use super::changes::{Change, Unstorable, add, kind};
use super::state::{Origin, State};
use crate::support::dot::JsonMap;

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
pub struct Session(Arc<Mutex<State>>);

/// Why a value could not be read as the type asked for.
#[derive(Debug)]
pub struct SessionValueError {
    key: String,
    found: &'static str,
    source: serde_json::Error,
}

impl std::fmt::Display for SessionValueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the session's `{}` holds {} of another type: {}",
            self.key, self.found, self.source
        )
    }
}

impl std::error::Error for SessionValueError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Session {
    pub(super) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held cannot have left the state half changed: its sections are short
        // and assign last. The panicking request's changes are dropped by the commit anyway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session's public id: a UUID that is safe to log and to list. It is not the token in the cookie.
    pub fn id(&self) -> Uuid {
        self.state().id()
    }

    /// Whether no record was found for this request.
    pub fn is_new(&self) -> bool {
        !matches!(self.state().origin, Origin::Live(_))
    }

    /// Everything in the session.
    pub fn all(&self) -> JsonMap {
        self.state().data().clone()
    }

    /// The value at a key; `None` when there is none, or when it is of another type (a warning says so).
    ///
    /// Use [`try_get`](Session::try_get) to tell the two apart.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.try_get(key).unwrap_or_else(|error| {
            tracing::warn!("{error}");
            None
        })
    }

    /// The value at a key, or `default` when there is none.
    pub fn get_or<T: DeserializeOwned>(&self, key: &str, default: T) -> T {
        self.get(key).unwrap_or(default)
    }

    /// The value at a key.
    ///
    /// # Errors
    /// When the value is of another type. It stays where it is.
    pub fn try_get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, SessionValueError> {
        let mut state = self.state();
        let Some(value) = state.get(key) else { return Ok(None) };
        T::deserialize(value).map(Some).map_err(|source| SessionValueError {
            key: key.to_owned(),
            found: kind(value),
            source,
        })
    }

    /// Stores a value.
    pub fn put(&self, key: &str, value: impl Serialize) {
        if let Some(value) = self.encode(key, value) {
            self.state().change(Change::Put(key.to_owned(), value));
        }
    }

    /// Stores each pair of a map; keys may have dots.
    pub fn put_many<K: AsRef<str>, V: Serialize>(&self, values: impl IntoIterator<Item = (K, V)>) {
        for (key, value) in values {
            self.put(key.as_ref(), value);
        }
    }

    /// Stores these pairs and forgets everything else, flash included. Laravel's `replace` only merges.
    pub fn replace<K: AsRef<str>, V: Serialize>(&self, values: impl IntoIterator<Item = (K, V)>) {
        self.flush();
        self.put_many(values);
    }

    fn encode(&self, key: &str, value: impl Serialize) -> Option<Value> {
        match serde_json::to_value(value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.state().refuse(Unstorable::new(key, error));
                None
            }
        }
    }

    /// Takes a value out: its value, if it is a `T`; else `None`, and it stays where it is.
    pub fn pull<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.get(key)?;
        self.forget(key);
        Some(value)
    }

    /// Appends to the list at a key, which is made if there is none.
    pub fn push(&self, key: &str, value: impl Serialize) {
        if let Some(value) = self.encode(key, value) {
            self.state().change(Change::Push(key.to_owned(), value));
        }
    }

    /// Adds to a number and gives the sum; what is absent counts as 0.
    ///
    /// Exact however many requests do it at once: the stored number grows by the amounts of all of them. The
    /// sum returned is the one that this request sees.
    pub fn increment(&self, key: &str, amount: i64) -> i64 {
        let mut state = self.state();
        let sum = add(state.get(key), amount).ok().and_then(|sum| {
            // A fraction is cut: the stored number keeps it.
            sum.as_i64().or_else(|| sum.as_f64().map(|sum| sum as i64))
        });
        state.change(Change::Increment(key.to_owned(), amount));
        sum.unwrap_or_default()
    }

    /// Subtracts from a number and gives the difference.
    pub fn decrement(&self, key: &str, amount: i64) -> i64 {
        match amount.checked_neg() {
            Some(amount) => self.increment(key, amount),
            None => {
                self.state().refuse(Unstorable::new(key, "the amount is too large"));
                0
            }
        }
    }

    /// The value at a key; when there is none, makes one, stores it and gives it.
    pub fn remember<T: Serialize + DeserializeOwned>(
        &self,
        key: &str,
        make: impl FnOnce() -> T,
    ) -> T {
        if let Some(value) = self.get::<Option<T>>(key).flatten() {
            return value;
        }
        let value = make();
        self.put(key, &value);
        value
    }

    /// Whether every key is there and is not null.
    pub fn has(&self, keys: impl Keys) -> bool {
        self.every(keys, |value| value.is_some_and(|value| !value.is_null()))
    }

    /// Whether one of the keys is there and is not null.
    pub fn has_any(&self, keys: impl Keys) -> bool {
        !self.every(keys, |value| value.is_none_or(Value::is_null))
    }

    /// Whether every key is there, null included.
    pub fn exists(&self, keys: impl Keys) -> bool {
        self.every(keys, |value| value.is_some())
    }

    /// Whether every key is absent. Laravel's `missing` of a list asks whether one is.
    pub fn missing(&self, keys: impl Keys) -> bool {
        self.every(keys, |value| value.is_none())
    }

    fn every(&self, keys: impl Keys, test: impl Fn(Option<&Value>) -> bool) -> bool {
        let mut state = self.state();
        let mut all = true;
        keys.each(&mut |key| all = all && test(state.get(key)));
        all
    }

    /// The given keys with their values; absent ones are left out.
    pub fn only(&self, keys: impl Keys) -> JsonMap {
        let mut state = self.state();
        let mut picked = JsonMap::new();
        keys.each(&mut |key| {
            if let Some(value) = state.get(key) {
                crate::support::dot::put(&mut picked, key, value.clone());
            }
        });
        picked
    }

    /// Everything but the given keys.
    pub fn except(&self, keys: impl Keys) -> JsonMap {
        let mut rest = self.all();
        keys.each(&mut |key| {
            crate::support::dot::forget(&mut rest, key);
        });
        rest
    }

    /// Removes one key or several.
    pub fn forget(&self, keys: impl Keys) {
        let mut state = self.state();
        keys.each(&mut |key| state.change(Change::Forget(key.to_owned())));
    }

    /// Removes everything. The token stays; see [`invalidate`](Session::invalidate).
    pub fn flush(&self) {
        self.state().change(Change::Flush);
    }

    /// Stores a value for this request and the next page that the visitor sees.
    pub fn flash(&self, key: &str, value: impl Serialize) {
        if let Some(value) = self.encode(key, value) {
            let mut state = self.state();
            state.change(Change::Put(key.to_owned(), value));
            state.change(Change::Flash(vec![key.to_owned()]));
        }
    }

    /// Sets a value for this request alone; it is never stored.
    pub fn now(&self, key: &str, value: impl Serialize) {
        if let Some(value) = self.encode(key, value) {
            self.state().pass(key, value);
        }
    }

    /// Keeps all flash values for one page more.
    pub fn reflash(&self) {
        let mut state = self.state();
        let pending = super::flash::pending(state.data());
        state.change(Change::Flash(pending));
    }

    /// Keeps some flash values for one page more. A key that is no flash value is left as it is.
    pub fn keep(&self, keys: impl Keys) {
        let mut state = self.state();
        let pending = super::flash::pending(state.data());
        let kept = keys.list().into_iter().filter(|key| pending.contains(key)).collect();
        state.change(Change::Flash(kept));
    }

    /// Gives the session a new token; the old one is dead at once. The data stays.
    ///
    /// Call it when a visitor logs in or gains rights, so that a token planted before is worth nothing
    /// (session fixation; OWASP ASVS 5.0, 7.2.4).
    pub fn regenerate(&self) {
        self.migrate();
    }

    /// Gives the session a new token and leaves everything else, the CSRF token included.
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
    pub fn invalidate(&self) {
        self.state().invalidate();
    }
}

impl std::fmt::Debug for Session {
    // The id is public; the values are the visitor's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.id())
    }
}
