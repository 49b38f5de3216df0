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

pub mod contract;
mod faulty;
mod session;

#[cfg(feature = "framework")]
mod app;
#[cfg(feature = "framework")]
mod assertions;
#[cfg(feature = "framework")]
mod client;
#[cfg(feature = "framework")]
mod client_session;
#[cfg(feature = "framework")]
mod folder;
#[cfg(feature = "framework")]
mod form;
#[cfg(feature = "framework")]
mod jar;
#[cfg(feature = "framework")]
mod json;
#[cfg(feature = "framework")]
mod multipart;
#[cfg(feature = "framework")]
mod request;
#[cfg(feature = "framework")]
mod response;
#[cfg(feature = "framework")]
mod setup;
#[cfg(all(test, feature = "framework"))]
mod tests;
#[cfg(feature = "framework")]
mod together;

pub use self::session::session;
pub use faulty::{Fault, FaultyDriver, Operation};

#[cfg(feature = "framework")]
pub use {
    app::TestApp, client::TestClient, form::FormFields, multipart::Multipart, request::TestRequest,
    response::TestResponse,
};
