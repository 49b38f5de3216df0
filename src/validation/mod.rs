//! Forms that are checked.
//!
//! [`HttpRequest::validate`] reads the whole input into a struct: its types say what is there at all, serde reads it,
//! and the rules of [garde](https://docs.rs/garde) say what it must be like. Whatever is wrong is reported at once.
//!
//! ```
//! use lunox::prelude::*;
//! use serde::Deserialize;
//!
//! #[derive(Deserialize, Validate)]
//! struct NewPost {
//!     #[garde(length(chars, min = 3))]
//!     title: String,
//! }
//!
//! async fn store(req: HttpRequest) -> Result {
//!     let post: NewPost = req.validate().await?;
//!     Ok(post.title.into_response())
//! }
//! ```
//!
//! A client that expects JSON gets a 422 with every message; a browser is sent back to the form, with the messages and
//! the old input in the session. `docs/validation.md` is the manual.

mod answer;
mod config;
mod database;
mod errors;
#[cfg(feature = "uploads")]
mod files;
mod messages;
mod rules;
mod validate;

pub use config::ValidationConfig;
pub use database::{DatabaseRules, RuleContext};
pub use errors::Errors;
#[cfg(feature = "uploads")]
pub use files::image;
pub use garde::Validate;

#[cfg(doc)]
use crate::http::HttpRequest;
