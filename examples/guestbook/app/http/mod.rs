//! What answers requests.

pub mod controllers;
pub mod kernel;
pub mod middleware;
pub mod requests;
