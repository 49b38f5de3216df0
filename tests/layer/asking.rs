//! A visitor who sends requests to a router and keeps the session's cookie.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, header};
use lunox::session::{MemoryDriver, SessionConfig, SessionDriver, SessionManager};
use lunox::support::SystemClock;
use tower_service::Service;

pub struct Visitor {
    router: Router,
    pub cookie: Option<String>,
}

/// What was answered.
pub struct Answer {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }
}

impl Visitor {
    pub fn new(router: &Router) -> Self {
        Self { router: router.clone(), cookie: None }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), "").await
    }

    pub async fn post(&mut self, path: &str, form: &'static str) -> Answer {
        let form_type = "application/x-www-form-urlencoded";
        self.send(Request::post(path).header("content-type", form_type), form).await
    }

    pub async fn send(&mut self, req: axum::http::request::Builder, body: &'static str) -> Answer {
        let req = match &self.cookie {
            Some(cookie) => req.header("cookie", cookie),
            None => req,
        };
        let req = req.body(Body::from(body)).expect("a request");
        let Ok(response) = self.router.call(req).await;
        self.keep(&response);
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    fn keep(&mut self, response: &Response<Body>) {
        if let Some(cookie) = response.headers().get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("ASCII");
            let pair = cookie.split(';').next().unwrap_or_default();
            self.cookie = (!cookie.contains("Max-Age=0")).then(|| pair.to_owned());
        }
    }
}

/// A manager with this driver.
pub fn manager(driver: impl SessionDriver) -> Arc<SessionManager> {
    Arc::new(SessionManager::with_driver(config(), Arc::new(SystemClock), driver))
}

pub fn config() -> SessionConfig {
    SessionConfig { driver: "memory".into(), ..SessionConfig::default() }
}

pub fn memory() -> Arc<SessionManager> {
    manager(MemoryDriver::new())
}
