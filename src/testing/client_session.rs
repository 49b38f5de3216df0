//! What a test expects of the visitor's session.

use serde::Serialize;
use serde_json::Value;

use super::client::to_json;
use super::{TestClient, TestResponse};
use crate::session::{Keys, RESERVED_ERRORS, commit_alone};
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
        let Some(sessions) = self.world.sessions() else {
            panic!("with_session() needs SessionServiceProvider among the application's providers")
        };
        let cookies = self.session_cookies(&sessions);
        let first = cookies.first().map(String::as_str);
        let seed = async {
            let session = sessions.start(first.into_iter()).await?;
            session.put_many(values);
            commit_alone(&sessions, &session).await
        };
        match seed.await {
            Ok(None) => {}
            Ok(Some(token)) => self.keep_session(sessions.config(), &token),
            Err(error) => panic!("with_session() could not store its values: {error:?}"),
        }
        self
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
        let session = self.session();
        let absent = |key: &String| dot::get(session, key).is_none_or(Value::is_null);
        let absent: Vec<String> = keys.list().into_iter().filter(absent).collect();
        self.check_session(absent.is_empty(), format!("it has no {}", named(&absent)))
    }

    /// The session has this value at this key.
    #[track_caller]
    pub fn assert_session_has_value(&self, key: &str, value: impl Serialize) -> &Self {
        let expected = to_json(value);
        let what = match dot::get(self.session(), key) {
            Some(found) if *found == expected => return self,
            Some(found) => format!("`{key}` is {found} and not {expected}"),
            None => format!("it has no `{key}`"),
        };
        self.check_session(false, what)
    }

    /// The session has each of these values.
    #[track_caller]
    pub fn assert_session_has_all<K: AsRef<str>, V: Serialize>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> &Self {
        for (key, value) in values {
            self.assert_session_has_value(key.as_ref(), value);
        }
        self
    }

    /// None of the keys is in the session, or it is null.
    #[track_caller]
    pub fn assert_session_missing(&self, keys: impl Keys) -> &Self {
        let session = self.session();
        let there = |key: &String| dot::get(session, key).is_some_and(|value| !value.is_null());
        let there: Vec<String> = keys.list().into_iter().filter(there).collect();
        self.check_session(there.is_empty(), format!("it has {}", named(&there)))
    }

    /// Each of these fields has an error, as [`Redirect::with_errors`](crate::http::Redirect::with_errors) leaves it.
    #[track_caller]
    pub fn assert_session_has_errors(&self, fields: impl Keys) -> &Self {
        let bag = self.errors();
        let absent: Vec<String> =
            fields.list().into_iter().filter(|field| !bag.contains_key(field)).collect();
        self.check_session(absent.is_empty(), format!("it has no error for {}", named(&absent)))
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

    fn errors(&self) -> JsonMap {
        let bag = dot::get(self.session(), &format!("{RESERVED_ERRORS}.default"));
        bag.and_then(Value::as_object).cloned().unwrap_or_default()
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

fn named(keys: &[String]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
