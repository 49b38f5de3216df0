//! A Laravel-style web framework whose centre is the session.
//!
//! An application is made of service providers, which bind things into a [container] and boot; routes lead to
//! actions; each request has one [session], which parallel requests never lose or mix up.
//!
//! - [`prelude`] is what routes, controllers, providers and middleware use.
//! - [`foundation`] boots an application, [`routing`] finds the action, [`http`] has request and response.
//! - [`session`] is the centre; its manual starts with the words that it uses.
//! - [`testing`] is what applications are tested with.
#![deny(missing_docs, rustdoc::broken_intra_doc_links)]

pub mod config;
#[cfg(feature = "console")]
pub mod console;
pub mod container;
pub mod encryption;
pub mod error;
pub mod foundation;
pub mod http;
pub mod prelude;
pub mod routing;
pub mod server;
pub mod session;
pub mod support;
pub mod testing;
#[cfg(feature = "views")]
pub mod view;
pub mod web;

/// The version of lunox.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use error::{BootError, Error, abort, abort_if, abort_unless, abort_with};
pub use foundation::{
    Application, ApplicationBuilder, app, base_path, config as config_value, storage_path,
};
pub use http::{Result, request, spawn, try_request};

#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "views")]
    pub use include_dir;
}

/// The README's examples, compiled and run with the others.
#[cfg(all(doctest, feature = "console", feature = "views"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of `docs/`.
#[cfg(doctest)]
#[doc = include_str!("../docs/operating.md")]
struct Operating;
