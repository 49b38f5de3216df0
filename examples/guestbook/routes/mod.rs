//! Routes, a file for each kind of client.

pub mod api;
pub mod auth;
pub mod web;
