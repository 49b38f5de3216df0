//! A response that a test looks at.

use bytes::Bytes;
use http::header::{ALLOW, LOCATION, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::TestClient;
use crate::http::Body;
use crate::session::Keys;
use crate::support::dot::{self, JsonMap};

/// A response that a test looks at. Assertions can be chained; their messages show the response.
pub struct TestResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    session: JsonMap,
    client: TestClient,
}

impl TestResponse {
    pub(super) async fn read(response: http::Response<Body>, client: TestClient) -> Self {
        let (parts, body) = response.into_parts();
        // A body that fails half-way reads as empty here; the kernel's tests look at such bodies themselves.
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let session = client.session().await;
        Self { status: parts.status, headers: parts.headers, body, session, client }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is no `T`.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => self.fail(&format!("the body is not the JSON expected: {error}")),
        }
    }

    /// What the visitor's session held after the response.
    pub fn session(&self) -> &JsonMap {
        &self.session
    }

    /// The visitor, to go on with.
    pub fn client(&self) -> &TestClient {
        &self.client
    }

    /// The `Set-Cookie` headers.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    #[track_caller]
    fn check(&self, holds: bool, expected: impl FnOnce() -> String) -> &Self {
        if !holds {
            self.fail(&expected());
        }
        self
    }

    #[cold]
    #[track_caller]
    fn fail(&self, expected: &str) -> ! {
        let text = self.text();
        let body: String = text.chars().take(2_000).collect();
        let mut headers = String::new();
        for (name, value) in &self.headers {
            let shown =
                if name == SET_COOKIE { "(a cookie)" } else { value.to_str().unwrap_or("(bytes)") };
            headers.push_str(&format!("\n  {name}: {shown}"));
        }
        panic!("{expected}\n\n  {}{headers}\n\n{body}", self.status)
    }

    /// The status is this one.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        self.check(self.status() == status, || format!("expected the status {status}"))
    }

    /// The status is 200.
    #[track_caller]
    pub fn assert_ok(&self) -> &Self {
        self.assert_status(200)
    }

    /// The status is 201.
    #[track_caller]
    pub fn assert_created(&self) -> &Self {
        self.assert_status(201)
    }

    /// The status is 204 and there is no body.
    #[track_caller]
    pub fn assert_no_content(&self) -> &Self {
        self.assert_status(204).check(self.body.is_empty(), || "expected no body".to_owned())
    }

    /// The status is 404.
    #[track_caller]
    pub fn assert_not_found(&self) -> &Self {
        self.assert_status(404)
    }

    /// The status is 403.
    #[track_caller]
    pub fn assert_forbidden(&self) -> &Self {
        self.assert_status(403)
    }

    /// The status is 405 and `Allow` is this.
    #[track_caller]
    pub fn assert_method_not_allowed(&self, allow: &str) -> &Self {
        self.assert_status(405).assert_header(ALLOW.as_str(), allow)
    }

    /// The response leads elsewhere, to this place.
    #[track_caller]
    pub fn assert_redirect(&self, to: &str) -> &Self {
        self.check(self.status.is_redirection(), || "expected a redirect".to_owned())
            .assert_header(LOCATION.as_str(), to)
    }

    /// The body has this text in it.
    #[track_caller]
    pub fn assert_see(&self, text: &str) -> &Self {
        self.check(self.text().contains(text), || format!("expected to see {text:?}"))
    }

    /// The body has not this text in it.
    #[track_caller]
    pub fn assert_dont_see(&self, text: &str) -> &Self {
        self.check(!self.text().contains(text), || format!("expected not to see {text:?}"))
    }

    /// The body is this text.
    #[track_caller]
    pub fn assert_text(&self, text: &str) -> &Self {
        self.check(self.text() == text, || format!("expected the body {text:?}"))
    }

    /// The body is JSON that has all of this in it.
    #[track_caller]
    pub fn assert_json(&self, part: impl Serialize) -> &Self {
        let part = serde_json::to_value(part).unwrap_or_default();
        self.check(contains(&self.json::<Value>(), &part), || format!("expected JSON with {part}"))
    }

    /// The body is exactly this JSON.
    #[track_caller]
    pub fn assert_exact_json(&self, whole: impl Serialize) -> &Self {
        let whole = serde_json::to_value(whole).unwrap_or_default();
        self.check(self.json::<Value>() == whole, || format!("expected exactly {whole}"))
    }

    /// The body is a JSON object with this value at a dotted path.
    #[track_caller]
    pub fn assert_json_path(&self, path: &str, value: impl Serialize) -> &Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        let body = self.json::<JsonMap>();
        self.check(dot::get(&body, path) == Some(&value), || format!("expected {value} at {path}"))
    }

    /// A header has this value.
    #[track_caller]
    pub fn assert_header(&self, name: &str, value: &str) -> &Self {
        self.check(self.header(name) == Some(value), || {
            format!("expected the header {name}: {value}")
        })
    }

    /// There is no such header.
    #[track_caller]
    pub fn assert_header_missing(&self, name: &str) -> &Self {
        self.check(self.header(name).is_none(), || format!("expected no header {name}"))
    }

    /// The response sets a cookie of this name.
    #[track_caller]
    pub fn assert_cookie(&self, name: &str) -> &Self {
        self.check(self.sets(name), || format!("expected the cookie {name}"))
    }

    /// The response sets no cookie of this name.
    #[track_caller]
    pub fn assert_cookie_missing(&self, name: &str) -> &Self {
        self.check(!self.sets(name), || format!("expected no cookie {name}"))
    }

    fn sets(&self, name: &str) -> bool {
        let start = format!("{name}=");
        self.set_cookies().iter().any(|cookie| cookie.starts_with(&start))
    }

    /// The session has a value that is not null at every key.
    #[track_caller]
    pub fn assert_session_has(&self, keys: impl Keys) -> &Self {
        for key in keys.list() {
            let there = dot::get(&self.session, &key).is_some_and(|value| !value.is_null());
            self.check(there, || format!("expected `{key}` in the session"));
        }
        self
    }

    /// The session has this value at a key.
    #[track_caller]
    pub fn assert_session_has_value(&self, key: &str, value: impl Serialize) -> &Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        let found = dot::get(&self.session, key);
        self.check(found == Some(&value), || {
            format!(
                "expected {value} at `{key}` in the session and found {}",
                TestClient::shown(found)
            )
        })
    }

    /// The session has all of these values.
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

    /// The session has nothing at any of the keys.
    #[track_caller]
    pub fn assert_session_missing(&self, keys: impl Keys) -> &Self {
        for key in keys.list() {
            let found = dot::get(&self.session, &key);
            self.check(found.is_none_or(Value::is_null), || {
                format!(
                    "expected nothing at `{key}` in the session and found {}",
                    TestClient::shown(found)
                )
            });
        }
        self
    }
}

/// Whether `whole` has all of `part` in it.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|found| contains(found, value))),
        (Value::Array(whole), Value::Array(part)) => {
            part.iter().all(|value| whole.iter().any(|found| contains(found, value)))
        }
        _ => whole == part,
    }
}
