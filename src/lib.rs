//! A Laravel-style web framework whose centre is the session.
#![deny(missing_docs, rustdoc::broken_intra_doc_links)]

pub mod config;
#[cfg(feature = "console")]
pub mod console;
pub mod container;
pub mod cookie;
pub mod csrf;
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

/// The version of lunox.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use error::{BootError, Error, abort, abort_if, abort_unless, abort_with};
pub use foundation::{app, base_path, config as config_value, storage_path};
pub use http::{Result, request, spawn, try_request};

#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "views")]
    pub use include_dir;
}
