//! What is sent: responses and what becomes one.

mod error_page;
#[cfg(feature = "validation")]
mod instead;
mod into_response;
mod redirect;
#[allow(clippy::module_inception, reason = "`Response` is what this folder is about")]
mod response;
mod sse;

pub use error_page::{ErrorRenderer, PlainErrors, report};
pub(crate) use error_page::{error_json, error_page, public_message, reason, refused_page};
#[cfg(feature = "validation")]
pub(crate) use instead::{Instead, instead};
pub use into_response::{Html, IntoResponse, Json, html, html_escape, json, no_content, stream};
pub(crate) use redirect::is_local;
pub use redirect::{Redirect, redirect};
pub use response::Response;
pub(crate) use response::{LARGEST_COOKIE, cookie_too_large};
pub(crate) use sse::Receiver;
pub use sse::{Event, EventStream, event_stream};
