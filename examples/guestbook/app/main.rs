//! The application. `cargo run` serves it, `cargo artisan` lists its commands.

#[path = "../config/mod.rs"]
mod config;
mod console;
mod db;
#[cfg(test)]
#[path = "../tests/feature/mod.rs"]
mod feature;
mod http;
mod models;
mod pictures;
mod providers;
#[path = "../routes/mod.rs"]
mod routes;

use std::process::ExitCode;

use lunox::console::Console;
use lunox::prelude::*;

fn main() -> ExitCode {
    Console::new(application()).commands(console::commands()).run()
}

/// The application: its folder and its configuration. Tests start from here too.
pub fn application() -> ApplicationBuilder {
    Application::configure(env!("CARGO_MANIFEST_DIR"), config::config)
}
