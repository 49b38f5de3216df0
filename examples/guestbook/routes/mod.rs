//! Routes, a file for each kind of client.

pub mod api;
pub mod web;
