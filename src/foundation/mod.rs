//! The application: what boots, in which order, and what answers a request.
//!
//! `Application::configure(folder, config)` describes an application, [`boot`](ApplicationBuilder::boot) makes
//! it: it reads the environment, builds the configuration, registers every provider of `config/app.rs`, boots
//! every provider, and compiles the routes. Whatever is wrong is reported at once, as one
//! [`BootError`](crate::BootError).
//!
//! [`app()`](app) reaches the application from anywhere in a request, a command or a test.

mod app_config;
mod application;
#[cfg(feature = "auth")]
mod auth;
mod boot;
mod builder;
mod builtin;
mod crypt;
mod current;
#[cfg(feature = "database")]
mod database;
mod environment;
mod error_hooks;
mod health;
mod kernel;
mod logging;
mod maintenance_mode;
mod provider;
pub mod providers;
mod sections;
mod url;

pub use crate::encryption::AppKey;
pub use app_config::AppConfig;
pub use application::Application;
#[cfg(feature = "auth")]
pub use auth::{auth, hash_password, verify_password};
pub use builder::ApplicationBuilder;
pub use crypt::{decrypt, encrypt};
#[cfg(feature = "console")]
pub(crate) use current::set_process_application;
pub use current::{app, base_path, config, storage_path, with_application};
#[cfg(feature = "database")]
pub(crate) use database::open_database;
#[cfg(feature = "database")]
pub use database::pool;
pub use error_hooks::{Caught, ErrorHooks, ReportHandle};
pub use kernel::{Answering, HttpConfig, Kernel, ViewErrors};
#[cfg(feature = "logging")]
pub use logging::init_logging;
pub use logging::{LogConfig, LogFormat};
#[cfg(feature = "console")]
pub(crate) use maintenance_mode::Down;
pub use maintenance_mode::MaintenanceMode;
pub use provider::{BoxProvider, ServiceProvider, provider};
pub use url::{route_url, signed_route, temporary_signed_route, try_route_url, url};
