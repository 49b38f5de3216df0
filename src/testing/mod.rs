//! What users test their applications with: requests without sockets.
//!
//! A [`TestClient`] is a visitor: it sends requests to an application in the same process, keeps cookies as a
//! browser does, and looks into its session. What it gets back is checked by chaining:
//!
//! ```
//! use lunox::prelude::*;
//! use lunox::testing::TestApp;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let client = TestApp::new()
//!     .routes(|route| {
//!         route.post("/name", async |req: HttpRequest| {
//!             req.session().put("name", req.string("name"));
//!             redirect("/")
//!         });
//!     })
//!     .client()
//!     .await;
//!
//! client
//!     .post("/name", [("name", "Ada")])
//!     .await
//!     .assert_redirect("/")
//!     .assert_session_has_value("name", "Ada");
//! # }
//! ```
//!
//! [`TestClient::new`] boots the application of a project, [`TestApp`] one that is made of a few routes.
//! Both are hermetic: no `.env` and no variable of the process is read, sessions are in memory,
//! [`storage_path`](crate::storage_path) is a temporary folder, and the clock moves only by
//! [`travel`](TestClient::travel). So tests run in parallel.
//!
//! Drivers of your own are tested by the [`contract`]; what an application does when its store fails, with a
//! [`FaultyDriver`].

mod app;
mod assertions;
mod client;
pub mod contract;
mod faulty;
mod folder;
mod form;
mod jar;
mod json;
mod multipart;
mod request;
mod response;
mod session;
mod setup;
#[cfg(test)]
mod tests;
mod together;

pub use crate::testing::session::session;
pub use app::TestApp;
pub use client::TestClient;
pub use faulty::{Fault, FaultyDriver, Operation};
pub use form::FormFields;
pub use multipart::Multipart;
pub use request::TestRequest;
pub use response::TestResponse;
