//! What a test expects of the visitor's session.

use serde::Serialize;
use serde_json::Value;

use super::client::to_json;
use super::{TestClient, TestResponse};
use crate::session::{
    Keys, RESERVED_ERRORS, RESERVED_OLD_INPUT, Session, SessionManager, commit_alone,
};
use crate::support::dot::{self, JsonMap};

impl TestClient {
    /// Puts values into the visitor's session, as an earlier request would have.
    ///
    /// The session and its cookie are real ones, made if the visitor has none.
    ///
    /// # Panics
    /// When the application has no sessions, a value cannot be JSON, or the store fails.
    pub async fn with_session<K: AsRef<str>, V: Serialize>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> &Self {
        self.change_session(|session, _| session.put_many(values)).await;
        self
    }

    /// Changes the visitor's session, as an earlier request would have.
    pub(super) async fn change_session(&self, change: impl FnOnce(&Session, &SessionManager)) {
        let Some(sessions) = self.world.sessions() else {
            panic!("with_session() needs SessionServiceProvider among the application's providers")
        };
        let cookies = self.session_cookies(&sessions);
        let first = cookies.first().map(String::as_str);
        let seed = async {
            let session = sessions.start(first.into_iter()).await?;
            change(&session, &sessions);
            commit_alone(&sessions, &session).await
        };
        match seed.await {
            Ok(None) => {}
            Ok(Some(token)) => self.keep_session(sessions.config(), &token),
            Err(error) => panic!("with_session() could not store its values: {error:?}"),
        }
    }

    /// What the visitor's session holds now; empty when there is none.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn session(&self) -> JsonMap {
        match self.read_session().await {
            Ok(session) => session,
            Err(error) => panic!("the session could not be read: {error}"),
        }
    }

    pub(super) async fn read_session(&self) -> Result<JsonMap, String> {
        let Some(sessions) = self.world.sessions() else { return Ok(JsonMap::new()) };
        let cookies = self.session_cookies(&sessions);
        let mut cookies = cookies.iter().map(String::as_str);
        let backend = sessions.backend().map_err(|error| error.to_string())?;
        // A look from outside is not an event.
        match backend.find(&mut cookies, |_, _| {}).await {
            Ok(session) => Ok(session.all()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl TestResponse {
    /// Every key is in the session and is not null.
    #[track_caller]
    pub fn assert_session_has(&self, keys: impl Keys) -> &Self {
        let absent = named(&absent(self.session(), keys));
        self.check_session(absent.is_empty(), format!("it has no {absent}"))
    }

    /// The session has this value at this key.
    #[track_caller]
    pub fn assert_session_has_value(&self, key: &str, value: impl Serialize) -> &Self {
        self.assert_session_has_all([(key, value)])
    }

    /// The session has each of these values. A failure names all that differ.
    #[track_caller]
    pub fn assert_session_has_all<K: AsRef<str>, V: Serialize>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> &Self {
        let session = self.session();
        let wrong: Vec<String> = values
            .into_iter()
            .filter_map(|(key, value)| mismatch(session, key.as_ref(), &to_json(value)))
            .collect();
        self.check_session(wrong.is_empty(), wrong.join("; "))
    }

    /// None of the keys is in the session, or it is null.
    #[track_caller]
    pub fn assert_session_missing(&self, keys: impl Keys) -> &Self {
        let there = named(&present(self.session(), keys));
        self.check_session(there.is_empty(), format!("it has {there}"))
    }

    /// Each of these fields is in the old input, as [`Redirect::with_input`](crate::http::Redirect::with_input) leaves
    /// it, and is not null.
    #[track_caller]
    pub fn assert_session_has_input(&self, fields: impl Keys) -> &Self {
        let absent = named(&absent(&self.old_input(), fields));
        self.check_session(absent.is_empty(), format!("the old input has no {absent}"))
    }

    /// The old input has this value for this field.
    #[track_caller]
    pub fn assert_session_has_input_value(&self, field: &str, value: impl Serialize) -> &Self {
        let wrong = mismatch(&self.old_input(), field, &to_json(value));
        self.check_session(wrong.is_none(), format!("old input: {}", wrong.unwrap_or_default()))
    }

    /// None of these fields is in the old input, or it is null: passwords, say.
    #[track_caller]
    pub fn assert_session_missing_input(&self, fields: impl Keys) -> &Self {
        let there = named(&present(&self.old_input(), fields));
        self.check_session(there.is_empty(), format!("the old input has {there}"))
    }

    /// Each of these fields has an error, as [`Redirect::with_errors`](crate::http::Redirect::with_errors) leaves it.
    #[track_caller]
    pub fn assert_session_has_errors(&self, fields: impl Keys) -> &Self {
        let bag = self.errors();
        let absent: Vec<String> =
            fields.list().into_iter().filter(|field| !bag.contains_key(field)).collect();
        self.check_session(absent.is_empty(), format!("it has no error for {}", named(&absent)))
    }

    /// Each of these fields has an error in a bag of this name.
    #[track_caller]
    pub fn assert_session_has_errors_in(&self, bag: &str, fields: impl Keys) -> &Self {
        let found = self.session_map(&format!("{RESERVED_ERRORS}.{bag}"));
        let absent: Vec<String> =
            fields.list().into_iter().filter(|field| !found.contains_key(field)).collect();
        self.check_session(
            absent.is_empty(),
            format!("`{bag}` has no error for {}", named(&absent)),
        )
    }

    /// A field has this error among its messages.
    #[track_caller]
    pub fn assert_session_has_error(&self, field: &str, message: &str) -> &Self {
        let bag = self.errors();
        let found = bag.get(field).and_then(Value::as_array).into_iter().flatten();
        let has = found.into_iter().any(|found| found == message);
        self.check_session(has, format!("it has no error `{message}` for `{field}`"))
    }

    /// Asserts that no field has an error.
    #[track_caller]
    pub fn assert_session_has_no_errors(&self) -> &Self {
        let fields: Vec<String> = self.errors().keys().cloned().collect();
        self.check_session(fields.is_empty(), format!("it has errors for {}", named(&fields)))
    }

    #[track_caller]
    fn errors(&self) -> JsonMap {
        self.session_map(&format!("{RESERVED_ERRORS}.default"))
    }

    #[track_caller]
    fn old_input(&self) -> JsonMap {
        self.session_map(RESERVED_OLD_INPUT)
    }

    /// The map at a key of the session; empty when there is none.
    #[track_caller]
    fn session_map(&self, key: &str) -> JsonMap {
        dot::get(self.session(), key).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    #[track_caller]
    fn check_session(&self, holds: bool, what: String) -> &Self {
        if !holds {
            let stored = Value::Object(self.session().clone());
            self.fail(format_args!("the session: {what}\n  it holds {stored}"));
        }
        self
    }
}

/// The keys at which there is nothing, or null.
fn absent(map: &JsonMap, keys: impl Keys) -> Vec<String> {
    keys.list().into_iter().filter(|key| !has(map, key)).collect()
}

/// The keys at which there is a value.
fn present(map: &JsonMap, keys: impl Keys) -> Vec<String> {
    keys.list().into_iter().filter(|key| has(map, key)).collect()
}

fn has(map: &JsonMap, key: &str) -> bool {
    dot::get(map, key).is_some_and(|value| !value.is_null())
}

/// How the value at a key differs from the expected one.
fn mismatch(map: &JsonMap, key: &str, expected: &Value) -> Option<String> {
    match dot::get(map, key) {
        Some(found) if found == expected => None,
        Some(found) => Some(format!("`{key}` is {found} and not {expected}")),
        None => Some(format!("it has no `{key}`")),
    }
}

fn named(keys: &[String]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
