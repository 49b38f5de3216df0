//! What users test their applications with: a client without sockets, and a contract for session drivers.
//!
//! ```
//! use lunox::prelude::*;
//! use lunox::testing::TestApp;
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let client = TestApp::new()
//!     .routes(|route| {
//!         route.get("/", async |req: HttpRequest| req.session().increment("visits", 1).to_string());
//!     })
//!     .client()
//!     .await;
//!
//! client.get("/").await.assert_ok().assert_see("1");
//! client.get("/").await.assert_see("2").assert_session_has_value("visits", 2);
//! client.another().get("/").await.assert_see("1");
//! # });
//! ```
//!
//! An application's own tests start from its `application()`: `TestClient::new(application()).await`.

mod app;
mod client;
pub mod contract;
mod jar;
mod request;
mod response;

pub use app::TestApp;
pub use client::TestClient;
pub use request::{FormFields, TestRequest};
pub use response::TestResponse;
