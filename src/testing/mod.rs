//! What users test their applications and their session drivers with.
//!
#![cfg_attr(
    feature = "framework",
    doc = "\
A [`TestClient`] is a visitor: it sends requests to an application in the same process, keeps cookies as a
browser does, and looks into its session. Its answers are checked by chaining.

[`TestClient::new`] boots the application of a project, [`TestApp`] one that is made of a few routes.
Both are hermetic: no `.env` and no variable of the process is read, sessions are in memory,
[`storage_path`](crate::storage_path) is a temporary folder, and the clock moves only by
[`travel`](TestClient::travel). So tests run in parallel."
)]
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
#[cfg(feature = "auth")]
mod client_auth;
#[cfg(feature = "framework")]
mod client_cookies;
#[cfg(feature = "framework")]
mod client_session;
#[cfg(feature = "database")]
mod database;
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

pub use self::session::{TestSession, session};
pub use faulty::{Fault, FaultyDriver, Operation};

#[cfg(feature = "framework")]
pub use {
    app::{TestApp, TestDriver},
    client::TestClient,
    form::FormFields,
    multipart::Multipart,
    request::TestRequest,
    response::TestResponse,
};
