//! A Laravel-style web framework whose centre is the session.
//!
//! An application is made of service providers, which bind things into a container and boot; routes lead to
//! actions; each request has one session, which parallel requests never lose or mix up.
//!
#![cfg_attr(
    feature = "framework",
    doc = "\
- [`prelude`] is what routes, controllers, providers and middleware use.
- [`foundation`] boots an application, [`routing`] finds the action, [`http`] has request and response."
)]
#![cfg_attr(
    feature = "session",
    doc = "\
- [`session`] is the centre; its manual starts with the words that it uses.
- [`testing`] is what applications are tested with."
)]
// On docs.rs, each item names the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs, rustdoc::broken_intra_doc_links)]

#[cfg(feature = "auth")]
pub mod auth;
#[cfg(feature = "framework")]
pub mod config;
#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "framework")]
pub mod container;
#[cfg(feature = "database")]
#[cfg_attr(not(feature = "console"), allow(dead_code, reason = "the commands call it"))]
pub mod database;
#[cfg(any(feature = "session", feature = "installer"))]
pub mod encryption;
#[cfg(feature = "session")]
pub mod error;
#[cfg(feature = "framework")]
pub mod foundation;
#[cfg(all(any(test, fuzzing), feature = "uploads"))]
#[allow(missing_docs, reason = "for `fuzz/`, which builds the crate with `--cfg fuzzing`")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "framework")]
pub mod http;
#[cfg(any(feature = "installer", feature = "console"))]
pub mod installer;
#[cfg(feature = "framework")]
pub mod prelude;
#[cfg(feature = "framework")]
pub mod routing;
#[cfg(feature = "framework")]
pub mod server;
#[cfg(feature = "session")]
#[cfg_attr(
    not(feature = "framework"),
    allow(dead_code, unused_imports, reason = "the framework's middleware calls it")
)]
pub mod session;
pub mod support;
#[cfg(feature = "session")]
pub mod testing;
#[cfg(feature = "throttle")]
pub mod throttle;
#[cfg(feature = "validation")]
pub mod validation;
#[cfg(feature = "views")]
pub mod view;
#[cfg(feature = "framework")]
pub mod web;

/// The version of lunox.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(feature = "session")]
pub use error::{BootError, Error, abort, abort_if, abort_unless, abort_with};
#[cfg(feature = "database")]
pub use foundation::pool;
#[cfg(feature = "framework")]
pub use foundation::{
    Application, ApplicationBuilder, app, base_path, config as config_value, storage_path,
};
#[cfg(feature = "framework")]
pub use http::{Result, request, spawn, try_request};

#[doc(hidden)]
pub mod __private {
    #[cfg(any(feature = "views", feature = "database"))]
    pub use include_dir;
}

/// The examples of the README and of `docs/`, compiled and run with those of the API.
#[cfg(all(doctest, feature = "framework"))]
mod guide;
