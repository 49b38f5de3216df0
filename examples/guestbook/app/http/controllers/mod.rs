//! Controllers: `cargo artisan make:controller PhotoController` adds one.
#![allow(dead_code, reason = "an action may be written before its route")]

pub mod api;
pub mod entry_controller;
