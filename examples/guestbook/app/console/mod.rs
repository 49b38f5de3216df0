//! Commands of this application: `cargo artisan make:command SendReport` adds one.

mod make_admin;

use lunox::commands;
use lunox::console::BoxCommand;

/// Called by `main`.
pub fn commands() -> Vec<BoxCommand> {
    commands![make_admin::MakeAdmin]
}
