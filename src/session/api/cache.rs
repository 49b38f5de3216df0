//! Values with a time to live, inside a session.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::reading::Session;
use crate::support::dot::JsonMap;

/// Where the entries lie in the session: a map from key to value and end, in unix milliseconds.
const RESERVED_CACHE: &str = "_cache";

/// Values with a time to live, inside a session: what one visitor should not have to wait for twice.
///
/// They go with the session, and count towards its size. Keys are taken as they are: a dot in one reaches
/// nowhere. Entries that have ended are removed when the next one is stored.
#[derive(Clone, Copy, Debug)]
pub struct SessionCache<'s>(&'s Session);

impl Session {
    /// Values with a time to live, inside this session.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # let session = lunox::testing::session();
    /// session.cache().put("discount", 10, Duration::from_secs(5 * 60));
    /// assert_eq!(session.cache().get::<u8>("discount"), Some(10));
    /// ```
    pub fn cache(&self) -> SessionCache<'_> {
        SessionCache(self)
    }
}

impl SessionCache<'_> {
    /// The value at a key, unless it has ended or is of another type.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// assert_eq!(session.cache().get::<u8>("discount"), None);
    /// ```
    pub fn get<T: DeserializeOwned>(self, key: &str) -> Option<T> {
        if !self.has(key) {
            return None;
        }
        self.0.get(&format!("{}.value", path(key)))
    }

    /// Stores a value until `ttl` has passed; with a `ttl` of zero it is forgotten.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let session = lunox::testing::session();
    /// session.cache().put("discount", 10, Duration::from_secs(60));
    /// session.cache().put("discount", 10, Duration::ZERO);
    /// assert!(!session.cache().has("discount"));
    /// ```
    pub fn put(self, key: &str, value: impl Serialize, ttl: Duration) {
        if ttl.is_zero() {
            return self.forget(key);
        }
        let end = self.now().saturating_add(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        self.store(key, value, Some(end));
    }

    /// Stores a value for as long as the session lives.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.cache().forever("language", "en");
    /// assert!(session.cache().has("language"));
    /// ```
    pub fn forever(self, key: &str, value: impl Serialize) {
        self.store(key, value, None);
    }

    /// Stores a value if there is none; whether it did.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let session = lunox::testing::session();
    /// assert!(session.cache().add("hint", "shown", Duration::from_secs(60)));
    /// assert!(!session.cache().add("hint", "shown", Duration::from_secs(60)));
    /// ```
    pub fn add(self, key: &str, value: impl Serialize, ttl: Duration) -> bool {
        let absent = !self.has(key);
        if absent {
            self.put(key, value, ttl);
        }
        absent
    }

    /// The value at a key; when there is none, makes one, stores it for `ttl` and gives it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let session = lunox::testing::session();
    /// let rates = session.cache().remember("rates", Duration::from_secs(60), || vec![1.5, 2.5]);
    /// assert_eq!(rates, [1.5, 2.5]);
    /// ```
    pub fn remember<T: Serialize + DeserializeOwned>(
        self,
        key: &str,
        ttl: Duration,
        make: impl FnOnce() -> T,
    ) -> T {
        if let Some(value) = self.get::<Option<T>>(key).flatten() {
            return value;
        }
        let value = make();
        self.put(key, &value, ttl);
        value
    }

    /// Takes a value out.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.cache().forever("code", 1234);
    /// assert_eq!(session.cache().pull::<u16>("code"), Some(1234));
    /// assert!(!session.cache().has("code"));
    /// ```
    pub fn pull<T: DeserializeOwned>(self, key: &str) -> Option<T> {
        let value = self.get(key)?;
        self.forget(key);
        Some(value)
    }

    /// Whether there is a value at a key that has not ended.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// assert!(!session.cache().has("discount"));
    /// ```
    pub fn has(self, key: &str) -> bool {
        let mut state = self.0.state();
        let now = now(&*state.clock);
        state.get(&path(key)).is_some_and(|entry| !has_ended(entry, now))
    }

    /// Adds to a number and gives the sum. The end stays; an absent one counts as 0 and stays for as long as the
    /// session lives. Text that is not a number fails the request, as with [`Session::increment`].
    ///
    /// Exact under any concurrency as long as the entry has not ended: of requests that meet an ended one at once, each
    /// starts over.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.cache().increment("attempts", 1);
    /// assert_eq!(session.cache().increment("attempts", 1), 2);
    /// ```
    pub fn increment(self, key: &str, amount: i64) -> i64 {
        if !self.has(key) {
            self.forget(key);
        }
        self.0.increment(&format!("{}.value", path(key)), amount)
    }

    /// Subtracts from a number and gives the difference, as [`increment`](Self::increment) does.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.cache().forever("tries", 3);
    /// assert_eq!(session.cache().decrement("tries", 1), 2);
    /// ```
    pub fn decrement(self, key: &str, amount: i64) -> i64 {
        if !self.has(key) {
            self.forget(key);
        }
        self.0.decrement(&format!("{}.value", path(key)), amount)
    }

    /// Removes a value.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.cache().forget("discount");
    /// ```
    pub fn forget(self, key: &str) {
        self.0.forget(path(key));
    }

    /// Removes all values of this cache and nothing else of the session.
    ///
    /// ```
    /// # let session = lunox::testing::session();
    /// session.put("name", "Ada");
    /// session.cache().forever("language", "en");
    /// session.cache().flush();
    /// assert!(!session.cache().has("language") && session.has("name"));
    /// ```
    pub fn flush(self) {
        self.0.forget(RESERVED_CACHE);
    }

    fn store(self, key: &str, value: impl Serialize, end: Option<u64>) {
        let Some(value) = self.0.encode(&path(key), value) else { return };
        self.remove_ended();
        let entry = match end {
            Some(end) => json!({"value": value, "end": end}),
            None => json!({"value": value}),
        };
        self.0.put(&path(key), entry);
    }

    fn remove_ended(self) {
        let now = self.now();
        let entries: JsonMap = self.0.get_or(RESERVED_CACHE, JsonMap::new());
        let ended = entries.iter().filter(|(_, entry)| has_ended(entry, now));
        self.0.forget(ended.map(|(key, _)| format!("{RESERVED_CACHE}.{key}")).collect::<Vec<_>>());
    }

    fn now(self) -> u64 {
        now(&*self.0.state().clock)
    }
}

fn now(clock: &dyn crate::support::Clock) -> u64 {
    u64::try_from(clock.now().as_millis()).unwrap_or(u64::MAX)
}

fn has_ended(entry: &Value, now: u64) -> bool {
    entry.get("end").and_then(Value::as_u64).is_some_and(|end| end <= now)
}

/// The key of an entry. Dots in the key are escaped, so that no entry lies within another.
fn path(key: &str) -> String {
    format!("{RESERVED_CACHE}.{}", key.replace('%', "%25").replace('.', "%2E"))
}

/// The key of the entry that a key of the session is about, as the application wrote it.
pub(in crate::session) fn entry_of(key: &str) -> Option<String> {
    let entry = key.strip_prefix(RESERVED_CACHE)?.strip_prefix('.')?;
    let entry = entry.strip_suffix(".value").unwrap_or(entry);
    Some(entry.replace("%2E", ".").replace("%25", "%"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::support::ManualClock;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_entry_ends_when_its_time_has_come_and_leaves_with_the_next_one() {
        let clock = Arc::new(ManualClock::default());
        let session = Session::unattached(clock.clone());
        session.cache().put("a.b", 1, MINUTE);
        session.cache().forever("stays", 2);
        clock.advance(MINUTE - Duration::from_millis(1));
        assert_eq!(session.cache().get::<u8>("a.b"), Some(1));
        clock.advance(Duration::from_millis(1));
        assert_eq!(session.cache().get::<u8>("a.b"), None);
        assert!(session.all()["_cache"].get("a%2Eb").is_some());
        session.cache().put("c", 3, MINUTE);
        assert!(session.all()["_cache"].get("a%2Eb").is_none());
        assert_eq!(session.cache().get::<u8>("stays"), Some(2));
    }

    #[test]
    fn a_dotted_key_is_no_path_into_another_entry() {
        let session = Session::unattached(Arc::new(ManualClock::default()));
        session.cache().forever("a", 1);
        session.cache().forever("a.value", 2);
        session.cache().forever("a%2Evalue", 3);
        assert_eq!(session.cache().get::<u8>("a"), Some(1));
        assert_eq!(session.cache().get::<u8>("a.value"), Some(2));
        assert_eq!(session.cache().get::<u8>("a%2Evalue"), Some(3));
    }

    #[test]
    fn a_count_keeps_its_end_and_starts_over_after_it() {
        let clock = Arc::new(ManualClock::default());
        let session = Session::unattached(clock.clone());
        session.cache().put("tries", 5, MINUTE);
        assert_eq!(session.cache().decrement("tries", 1), 4);
        clock.advance(MINUTE);
        assert_eq!(session.cache().increment("tries", 1), 1);
        clock.advance(MINUTE);
        assert_eq!(session.cache().get::<u8>("tries"), Some(1));
    }
}
