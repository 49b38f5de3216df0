//! Controllers: `cargo artisan make:controller PhotoController` adds one.

pub mod profile_controller;
pub mod session_controller;
pub mod welcome_controller;
