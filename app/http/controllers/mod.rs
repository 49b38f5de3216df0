//! Controllers: `cargo artisan make:controller PhotoController` adds one.
#![allow(dead_code, reason = "an action may be written before its route")]

pub mod profile_controller;
pub mod session_controller;
pub mod welcome_controller;
