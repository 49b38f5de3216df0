//! Putting values into a session, and taking them out.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::finite::is_finite;
use super::keys::Keys;
use super::reading::Session;
use crate::session::record::Unstorable;
use crate::session::request::{Change, add};

impl Session {
    /// Stores a value.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("user.name", "Ada");
    /// session.put("user.roles", ["author", "editor"]);
    /// assert_eq!(session.get::<String>("user.roles.1").as_deref(), Some("editor"));
    /// ```
    pub fn put(&self, key: &str, value: impl Serialize) {
        if let Some(value) = self.encode(key, value) {
            self.state().change(Change::Put(key.to_owned(), value));
        }
    }

    /// Stores each pair of a map; keys may have dots.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put_many([("theme", "dark"), ("user.name", "Ada")]);
    /// assert!(session.has(["theme", "user.name"]));
    /// ```
    pub fn put_many<K: AsRef<str>, V: Serialize>(&self, values: impl IntoIterator<Item = (K, V)>) {
        for (key, value) in values {
            self.put(key.as_ref(), value);
        }
    }

    /// Stores these pairs and forgets everything else, flash included. Laravel's `replace` only merges.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("theme", "dark");
    /// session.replace([("name", "Ada")]);
    /// assert!(session.has("name") && session.missing("theme"));
    /// ```
    pub fn replace<K: AsRef<str>, V: Serialize>(&self, values: impl IntoIterator<Item = (K, V)>) {
        self.flush();
        self.put_many(values);
    }

    /// The value as it is stored; `None` when it cannot be, which fails the request when it ends.
    pub(super) fn encode(&self, key: &str, value: impl Serialize) -> Option<Value> {
        let problem = match serde_json::to_value(&value) {
            // Nulls are rare, so that few values are looked through twice.
            Ok(json) if !has_null(&json) || is_finite(&value) => return Some(json),
            Ok(_) => Unstorable::new(key, "JSON has no NaN and no infinite numbers"),
            Err(error) => Unstorable::new(key, error),
        };
        self.state().refuse(problem);
        None
    }

    /// Takes a value out: its value, if it is a `T`; else `None`, and it stays where it is.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("ticket", 7);
    /// assert_eq!(session.pull::<u64>("ticket"), Some(7));
    /// assert_eq!(session.pull::<u64>("ticket"), None);
    /// ```
    pub fn pull<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.get(key)?;
        self.forget(key);
        Some(value)
    }

    /// Appends to the list at a key, which is made if there is none.
    ///
    /// What parallel requests append is all there in the end.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.push("user.teams", "developers");
    /// session.push("user.teams", "authors");
    /// assert_eq!(session.get::<Vec<String>>("user.teams").unwrap(), ["developers", "authors"]);
    /// ```
    pub fn push(&self, key: &str, value: impl Serialize) {
        if let Some(value) = self.encode(key, value) {
            self.state().change(Change::Push(key.to_owned(), value));
        }
    }

    /// Adds to a number and gives the sum; what is absent counts as 0.
    ///
    /// Exact however many requests do it at once: the stored number grows by the amounts of all of them. The
    /// sum returned is the one that this request sees.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// assert_eq!(session.increment("visits", 1), 1);
    /// assert_eq!(session.increment("visits", 2), 3);
    /// ```
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
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("credits", 10);
    /// assert_eq!(session.decrement("credits", 3), 7);
    /// ```
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
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// let color = session.remember("color", || "teal".to_owned());
    /// assert_eq!(session.remember("color", || "blue".to_owned()), color);
    /// ```
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

    /// Removes one key or several.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put_many([("a", 1), ("b", 2), ("c.d", 3)]);
    /// session.forget("a");
    /// session.forget(["b", "c.d"]);
    /// assert!(session.missing(["a", "b", "c.d"]));
    /// ```
    pub fn forget(&self, keys: impl Keys) {
        let mut state = self.state();
        keys.each(&mut |key| state.change(Change::Forget(key.to_owned())));
    }

    /// Removes everything. The token stays; see [`invalidate`](Session::invalidate).
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("name", "Ada");
    /// session.flush();
    /// assert!(session.all().is_empty());
    /// ```
    pub fn flush(&self) {
        self.state().change(Change::Flush);
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(map) => map.values().any(has_null),
        _ => false,
    }
}
