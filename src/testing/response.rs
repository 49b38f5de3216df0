//! What came back.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use cookie::Cookie;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use super::TestClient;
use crate::error::Error;
use crate::http::Body;
use crate::support::dot::JsonMap;

/// What came back: status, headers, the whole body, and the visitor's session afterwards.
///
/// Assertions chain. One that fails panics at the test's line and shows the response, and the error behind it
/// if there was one.
pub struct TestResponse {
    request: String,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    cut: Option<String>,
    error: Option<Arc<Error>>,
    session: Result<JsonMap, String>,
    client: TestClient,
}

/// How much of the body a failed assertion shows.
const SHOWN: usize = 2_000;

impl TestResponse {
    pub(super) async fn read(
        client: TestClient,
        request: String,
        answer: http::Response<Body>,
    ) -> Self {
        let (parts, body) = answer.into_parts();
        let (body, cut) = collect(body).await;
        Self {
            request,
            status: parts.status,
            headers: parts.headers,
            body,
            cut,
            error: parts.extensions.get::<Arc<Error>>().cloned(),
            session: client.read_session().await,
            client,
        }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The value of a header, if it is there and is ASCII text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `Set-Cookie` headers.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The cookie of this name that the response sets, decrypted and decoded.
    pub fn cookie(&self, name: &str) -> Option<Cookie<'static>> {
        let texts = self.set_cookies().into_iter().rev();
        let mut cookies = texts.filter_map(|text| Cookie::parse(text.to_owned()).ok());
        let mut cookie = cookies.find(|cookie| cookie.name() == name)?;
        let value = self.client.read_cookie(name, cookie.value());
        cookie.set_value(value);
        Some(cookie)
    }

    /// The bytes of the body. A stream was read to its end.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is no JSON, or no `T`.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => self.fail(format_args!(
                "the body is no `{}` in JSON: {error}",
                std::any::type_name::<T>()
            )),
        }
    }

    /// Why the body ended early, if it did: a client would have seen the connection cut.
    pub fn cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// The error that the response was made from, with the cause that no visitor sees.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_deref()
    }

    /// The visitor's session as it is stored after this request.
    ///
    /// # Panics
    /// When the store could not be read.
    #[track_caller]
    pub fn session(&self) -> &JsonMap {
        match &self.session {
            Ok(session) => session,
            Err(error) => self.fail(format_args!("the session could not be read: {error}")),
        }
    }

    /// The visitor, to go on with.
    pub fn client(&self) -> &TestClient {
        &self.client
    }

    #[track_caller]
    pub(super) fn check(&self, holds: bool, what: impl fmt::Display) -> &Self {
        if !holds {
            self.fail(what);
        }
        self
    }

    #[track_caller]
    pub(super) fn fail(&self, what: impl fmt::Display) -> ! {
        fail(&what, self, Location::caller())
    }
}

#[cold]
#[track_caller]
fn fail(what: &dyn fmt::Display, response: &TestResponse, caller: &Location<'_>) -> ! {
    panic!("{what} ({caller})\n\n{response:?}")
}

async fn collect(mut body: Body) -> (Bytes, Option<String>) {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(data)) => bytes.extend_from_slice(&data),
            Ok(Err(_)) => {}
            Err(error) => return (bytes.freeze(), Some(error.to_string())),
        }
    }
    (bytes.freeze(), None)
}

impl fmt::Debug for TestResponse {
    /// Everything that helps to see what went wrong. The session's token is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} was answered with {}", self.request, self.status)?;
        let sessions = self.client.world.sessions();
        for (name, value) in &self.headers {
            let text = String::from_utf8_lossy(value.as_bytes());
            match &sessions {
                Some(sessions) if name == SET_COOKIE => {
                    writeln!(f, "{name}: {}", mask(&text, sessions.cookie_name()))?;
                }
                _ => writeln!(f, "{name}: {text}")?,
            }
        }
        let shown = &self.body[..self.body.len().min(SHOWN)];
        writeln!(f, "\n{}", String::from_utf8_lossy(shown))?;
        if shown.len() < self.body.len() {
            writeln!(f, "... and {} bytes more", self.body.len() - shown.len())?;
        }
        if let Some(cut) = &self.cut {
            writeln!(f, "the body ended early: {cut}")?;
        }
        if let Some(error) = &self.error {
            writeln!(f, "the error behind it: {error:?}")?;
        }
        Ok(())
    }
}

/// The `Set-Cookie` of a session without its token.
fn mask(header: &str, cookie: &str) -> String {
    match header.split_once('=') {
        Some((name, rest)) if name == cookie => {
            let attributes = rest.find(';').map_or("", |end| &rest[end..]);
            format!("{name}=********{attributes}")
        }
        _ => header.to_owned(),
    }
}
