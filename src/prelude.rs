//! What routes, controllers, providers and middleware use: `use lunox::prelude::*;`.
//!
//! # Names of your own
//!
//! Functions here have Laravel's names, such as [`app`], [`config`], [`route`], [`view`], [`request`]. What a module declares
//! or imports by name comes before what it imports with `*`, so your own items win where they are declared:
//!
//! - A module `config`, `app` or `route` shares its name with the function and hides nothing: `config::mail(env)` is
//!   yours, `config("mail.from")` is lunox's.
//! - A function `app` of yours hides lunox's in its module. Elsewhere, import it by name (`use crate::app;`): without
//!   that line, `app()` is lunox's. The hidden one is `lunox::app()`.
//! - Two imports with `*`, such as `use super::*;` beside this one, are equals. The compiler refuses a name that both
//!   have where it is used (E0659); import the one that you mean by name.

pub use std::sync::Arc;

#[cfg(feature = "auth")]
pub use crate::auth::{AuthConfig, Authenticatable, Credentials, UserProvider};
pub use crate::config::{Config, Env, Environment};
pub use crate::container::Container;
#[cfg(feature = "database")]
pub use crate::database::DatabaseConfig;
pub use crate::error::{BootError, Error, abort, abort_if, abort_unless, abort_with};
pub use crate::foundation::providers::*;
pub use crate::foundation::{
    AppConfig, Application, ApplicationBuilder, HttpConfig, LogConfig, LogFormat, ServiceProvider,
    app, base_path, config, decrypt, encrypt, route_url, signed_route, storage_path,
    temporary_signed_route, url,
};
#[cfg(feature = "auth")]
pub use crate::foundation::{auth, hash_password, verify_password};
pub use crate::http::{
    BoxMiddleware, Event, HttpRequest, IntoResponse, Middleware, Next, Redirect, Response, Result,
    download, download_from, event_stream, html, json, no_content, redirect, request, spawn,
    stream, stream_download, try_request,
};
#[cfg(feature = "database")]
pub use crate::migrations;
pub use crate::routing::{
    Controller, ControllerMiddleware, MiddlewareRegistry, ParameterError, Router, route, to_route,
};
pub use crate::server::ServerConfig;
pub use crate::session::{
    FlashAgeing, SameSite, Session, SessionConfig, SessionManager, WhenUnavailable,
};
#[cfg(feature = "validation")]
pub use crate::validation::{DatabaseRules, Errors, Validate, ValidationConfig};
#[cfg(feature = "views")]
pub use crate::view::{ViewConfig, view};
pub use crate::web::{SecureHeaders, back, cookies, csp_nonce, csrf_token};
pub use crate::{api_resource, providers, resource};
#[cfg(feature = "views")]
pub use crate::{context, public_files, views};
