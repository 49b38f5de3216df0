//! Commands of this application: `cargo artisan make:command SendReport` adds one.

use lunox::commands;
use lunox::console::BoxCommand;

/// Called by `main`.
pub fn commands() -> Vec<BoxCommand> {
    commands![]
}
