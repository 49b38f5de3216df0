//! A request of a test.

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue, SET_COOKIE};
use serde::Serialize;

use super::{TestClient, TestResponse};
use crate::http::Body;

/// A request to be filled in and sent.
#[must_use = "a request does nothing until it is sent"]
pub struct TestRequest {
    client: TestClient,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// The fields of a form: `[("name", "Ada")]`, or `()` for none.
pub trait FormFields {
    /// The pairs.
    fn pairs(self) -> Vec<(String, String)>;
}

impl FormFields for () {
    fn pairs(self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl<K: ToString, V: ToString, const N: usize> FormFields for [(K, V); N] {
    fn pairs(self) -> Vec<(String, String)> {
        self.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }
}

impl<K: ToString, V: ToString> FormFields for Vec<(K, V)> {
    fn pairs(self) -> Vec<(String, String)> {
        self.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }
}

impl TestRequest {
    pub(super) fn new(client: TestClient, method: Method, path: &str) -> Self {
        let headers = client.headers.clone();
        Self { client, method, path: path.to_owned(), headers, body: Bytes::new() }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends a form.
    pub fn form(mut self, fields: impl FormFields) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields.pairs());
        self.body = form.finish().into();
        self.header(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")
    }

    /// Sends a value as JSON.
    ///
    /// # Panics
    /// When it cannot be serialised.
    pub fn json(mut self, value: impl Serialize) -> Self {
        self.body = serde_json::to_vec(&value).expect("the value can be serialised").into();
        self.header(CONTENT_TYPE.as_str(), "application/json")
    }

    /// Sends these bytes.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    /// Sends the request and keeps the cookies of the response.
    ///
    /// # Panics
    /// When path or headers are not such as a request can have.
    pub async fn send(self) -> TestResponse {
        let client = self.client;
        let mut request = http::Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().expect("the path is that of a request");
        for (name, value) in self.headers {
            let name: HeaderName = name.parse().expect("a header's name");
            request
                .headers_mut()
                .append(name, HeaderValue::from_str(&value).expect("a header's value"));
        }
        let headers = request.headers_mut();
        headers.entry(HOST).or_insert(HeaderValue::from_static("localhost"));
        let cookies = client.jar().header(self.path.split('?').next().unwrap_or("/"));
        if let Some(cookies) = cookies
            && !headers.contains_key(COOKIE)
        {
            headers.insert(
                COOKIE,
                HeaderValue::from_str(&cookies).expect("cookies that a response set"),
            );
        }
        let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 40_000));
        let response = client.app.kernel().handle(request, Some(peer)).await;
        for header in response.headers().get_all(SET_COOKIE) {
            client.jar().take(header.to_str().unwrap_or_default());
        }
        TestResponse::read(response, client).await
    }
}
