//! The configuration: one file a feature, all of them here.

mod app;
mod auth;
mod database;
mod http;
mod logging;
mod server;
mod session;
mod validation;
mod view;

use lunox::prelude::*;

/// Everything, from the environment. `cargo artisan config:show` prints it.
pub fn config(env: &Env) -> Config {
    Config::new()
        .with("app", app::config(env))
        .with("auth", auth::config(env))
        .with("database", database::config(env))
        .with("http", http::config(env))
        .with("logging", logging::config(env))
        .with("server", server::config(env))
        .with("session", session::config(env))
        .with("validation", validation::config(env))
        .with("view", view::config(env))
}
