//! Controllers: `cargo artisan make:controller PhotoController` adds one.
#![allow(dead_code, reason = "an action may be written before its route")]

pub mod admin_controller;
pub mod api;
pub mod auth;
pub mod avatar_controller;
pub mod entry_controller;
