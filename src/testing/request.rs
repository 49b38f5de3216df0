//! A request that a test sends.

use std::net::SocketAddr;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, REFERER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde::Serialize;

use super::client::to_json;
use super::form::encode;
use super::{FormFields, Multipart, TestClient, TestResponse};
use crate::http::{Body, Encrypted};
use crate::support::BoxFuture;

/// A request that a test sends: `client.get("/").header("accept-language", "de").await`.
///
/// It is a future: awaiting sends it.
#[must_use = "a request is sent when it is awaited"]
pub struct TestRequest {
    wish: Wish,
    sending: Option<BoxFuture<'static, TestResponse>>,
}

/// The request as it was described.
#[derive(Clone)]
struct Wish {
    client: TestClient,
    method: Method,
    target: String,
    headers: HeaderMap,
    cookies: Vec<String>,
    body: Bytes,
    caller: &'static Location<'static>,
}

/// What browsers accept when the visitor follows a link or sends a form.
const ACCEPT_OF_A_LINK: HeaderValue =
    HeaderValue::from_static("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

/// Browsers give up a little later.
const MOST_REDIRECTS: usize = 10;

impl TestRequest {
    #[track_caller]
    pub(super) fn new(client: TestClient, method: Method, path: &str) -> Self {
        let target = path.split('#').next().unwrap_or_default();
        if let Err(error) = Uri::builder().path_and_query(target).build() {
            panic!("`{path}` cannot be sent as a path: {error}; percent-encode it");
        }
        let wish = Wish {
            headers: client.headers.clone(),
            target: target.to_owned(),
            client,
            method,
            cookies: Vec::new(),
            body: Bytes::new(),
            caller: Location::caller(),
        };
        Self { wish, sending: None }
    }

    /// Sends a header, in place of one of the same name.
    ///
    /// # Panics
    /// When no header can have this name or value.
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let (name, value) = header(name, value);
        self.wish.headers.insert(name, value);
        self
    }

    /// Sends a bearer token.
    #[track_caller]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Says that the visitor wants JSON.
    pub fn accept_json(self) -> Self {
        self.header("accept", "application/json")
    }

    /// Comes from this page: the `Referer`.
    #[track_caller]
    pub fn from(self, url: &str) -> Self {
        let url = self.wish.client.url(url);
        self.header("referer", &url)
    }

    /// Sends a cookie with this request alone, after those of the jar and as it is written here.
    pub fn cookie(mut self, name: &str, value: &str) -> Self {
        self.wish.cookies.push(format!("{name}={value}"));
        self
    }

    /// Sends a form.
    pub fn form(self, fields: impl FormFields) -> Self {
        self.body("application/x-www-form-urlencoded", encode(fields))
    }

    /// Sends a value as JSON, and wants JSON back.
    #[track_caller]
    pub fn json(mut self, value: impl Serialize) -> Self {
        self.wish.headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        self.body("application/json", to_json(value).to_string())
    }

    /// Sends a form with files.
    pub fn multipart(self, form: Multipart) -> Self {
        let (content_type, body) = form.build();
        self.body(&content_type, body)
    }

    /// Sends these bytes as this content type.
    #[track_caller]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.wish.body = body.into();
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    /// Sends the request, as awaiting it does.
    pub async fn send(self) -> TestResponse {
        self.await
    }
}

impl Future for TestRequest {
    type Output = TestResponse;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TestResponse> {
        let Self { wish, sending } = self.get_mut();
        let wish = &*wish;
        sending.get_or_insert_with(|| Box::pin(wish.clone().send())).as_mut().poll(cx)
    }
}

impl Wish {
    async fn send(mut self) -> TestResponse {
        let mut response = self.send_once().await;
        let mut hops = 0;
        while self.client.follow && self.redirect(&response) {
            hops += 1;
            assert!(
                hops <= MOST_REDIRECTS,
                "{hops} redirects in a row, the last to {} ({})",
                self.target,
                self.caller
            );
            response = self.send_once().await;
        }
        response
    }

    async fn send_once(&self) -> TestResponse {
        let path = self.target.split('?').next().unwrap_or_default();
        let kernel = Arc::clone(self.client.app().kernel());
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        let (parts, body) = self.to_http(path).into_parts();
        let answer = kernel.handle(parts, body, Some(peer)).await.into_http();
        self.client.keep_cookies(answer.headers(), path);
        let request = format!("{} {}", self.method, self.target);
        TestResponse::read(self.client.clone(), request, answer).await
    }

    fn to_http(&self, path: &str) -> http::Request<Body> {
        let mut request = http::Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = Uri::builder()
            .path_and_query(self.target.as_str())
            .build()
            .expect("the target was checked when it was set");
        let mut headers = self.headers.clone();
        if !headers.contains_key(HOST) {
            headers.insert(HOST, header("host", &self.client.host).1);
        }
        let is_silent = !headers.contains_key(ORIGIN) && !headers.contains_key("sec-fetch-site");
        if self.client.says_origin && is_silent && !self.method.is_safe() {
            let scheme = if self.client.https { "https" } else { "http" };
            let host = headers[HOST].to_str().unwrap_or_default();
            headers.insert(ORIGIN, header("origin", &format!("{scheme}://{host}")).1);
        }
        // Without it, whatever has a `Referer` would look like the call of a script.
        if headers.contains_key(REFERER) && !headers.contains_key("x-requested-with") {
            headers.entry(ACCEPT).or_insert(ACCEPT_OF_A_LINK);
        }
        if !self.body.is_empty() {
            headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(self.body.len()));
        }
        let mut cookies = self.client.cookie_header(path);
        cookies.extend(self.cookies.iter().cloned());
        if !cookies.is_empty() && !headers.contains_key(COOKIE) {
            headers.append(COOKIE, header("cookie", &cookies.join("; ")).1);
        }
        *request.headers_mut() = headers;
        if self.client.https {
            request.extensions_mut().insert(Encrypted);
        }
        request
    }

    /// Turns this into the request that a browser would send next; false when it would send none.
    fn redirect(&mut self, response: &TestResponse) -> bool {
        let status = response.status();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return false;
        }
        let Some(location) = response.header(LOCATION.as_str()) else { return false };
        let local = location.strip_prefix(&self.client.origin()).unwrap_or(location);
        let target = local.split('#').next().unwrap_or_default();
        // Another site is not here to answer.
        if !target.starts_with('/') || Uri::builder().path_and_query(target).build().is_err() {
            return false;
        }
        self.target = target.to_owned();
        // As the Fetch standard says (HTTP-redirect fetch): only 303 changes other methods than POST.
        let becomes_get = match status {
            301 | 302 => self.method == Method::POST,
            303 => !matches!(self.method, Method::GET | Method::HEAD),
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = Bytes::new();
            self.headers.remove(CONTENT_TYPE);
        }
        true
    }
}

#[track_caller]
pub(super) fn header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    let Ok(parsed) = name.parse() else { panic!("`{name}` cannot be the name of a header") };
    match HeaderValue::from_bytes(value.as_bytes()) {
        Ok(value) => (parsed, value),
        Err(_) => panic!("the header `{name}` cannot have the value {value:?}"),
    }
}
