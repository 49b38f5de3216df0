//! The tower layer, through axum.

mod asking;
#[path = "../../examples/axum.rs"]
#[allow(dead_code, reason = "its `main` is not run here")]
mod example;
mod rules;
