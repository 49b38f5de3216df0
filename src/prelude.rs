//! What routes, controllers, providers and middleware use: `use lunox::prelude::*;`.

pub use std::sync::Arc;

pub use crate::config::{Config, Env, Environment};
pub use crate::container::Container;
pub use crate::error::{BootError, Error, abort, abort_if, abort_unless, abort_with};
pub use crate::foundation::providers::*;
pub use crate::foundation::{
    AppConfig, Application, ApplicationBuilder, HttpConfig, LogConfig, LogFormat, ServiceProvider,
    app, base_path, config, route_url, storage_path, url,
};
pub use crate::http::{
    Event, HttpRequest, IntoResponse, Middleware, Next, Redirect, Response, Result, download,
    download_from, event_stream, html, json, no_content, redirect, request, spawn, stream,
    stream_download, try_request,
};
pub use crate::routing::{
    Controller, ControllerMiddleware, MiddlewareRegistry, Router, route, to_route,
};
pub use crate::server::ServerConfig;
pub use crate::session::{
    FlashAgeing, SameSite, Session, SessionConfig, SessionManager, WhenUnavailable,
};
#[cfg(feature = "views")]
pub use crate::view::{ViewConfig, view};
pub use crate::web::{back, cookies, csrf_token};
pub use crate::{api_resource, providers, resource};
#[cfg(feature = "views")]
pub use crate::{context, views};
