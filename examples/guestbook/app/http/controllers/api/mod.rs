//! Controllers for programs.

pub mod entry_controller;
