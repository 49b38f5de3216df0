//! The framework from its user's side: applications put together in place and visited without sockets.

#![cfg(feature = "default")]

mod application;
mod bodies;
mod boot;
mod connections;
mod container;
mod contrast;
mod controllers;
mod csrf;
mod debug_page;
mod edge;
mod embedded_files;
mod encrypted_cookies;
mod encrypting;
mod error_hooks;
mod error_places;
mod errors;
mod files;
mod forms_in_views;
mod full_urls;
mod half_closed;
mod health;
#[path = "../session/log.rs"]
mod log;
#[cfg(target_os = "linux")]
mod maintenance;
mod memory;
mod middleware;
mod normalised_input;
mod patterns;
mod prefix;
mod prelude;
mod queued_cookies;
mod request_timeout;
mod requests;
mod responses;
mod routing;
mod secure_headers;
mod signed_urls;
mod unread_answers;
mod uploads;
mod urls;
mod views;

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

/// A visitor of an application with these routes, in the group `web`.
async fn visit(routes: impl FnOnce(&mut Router) + Send + 'static) -> TestClient {
    TestApp::new().routes(routes).client().await
}
