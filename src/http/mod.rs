//! Requests, responses, and what runs between them.
//!
//! An action takes an [`HttpRequest`] and returns anything that is [`IntoResponse`], usually a
//! [`Result`]. The same request is reachable through [`request`] from everything that the
//! action calls.
//!
//! | to answer with | return |
//! |---|---|
//! | text | `"hello"`, a `String` |
//! | HTML | [`html`], or `view("name", context! { ... })` |
//! | JSON | [`json`], a `serde_json::Value` |
//! | another status | `(201, body)`, [`no_content`] |
//! | a redirect | [`redirect`], [`back`], [`to_route`](crate::routing::to_route) |
//! | a file | [`download`], [`inline_file`] |
//! | a file that the visitor names | [`download_from`], [`inline_file_from`] |
//! | a stream | [`stream`], [`event_stream`] |
//! | an error | `Err(...)`, [`abort`](crate::abort), `None` for a 404 |

mod body;
mod collect;
mod context;
mod cookies;
mod download;
mod error_page;
pub mod input;
mod into_response;
mod limits;
mod middleware;
#[cfg(feature = "uploads")]
mod pieces;
mod redirect;
mod request;
mod response;
mod route_info;
mod sse;
mod tower;

pub use body::Body;
pub(crate) use collect::{BodyKind, BodyTimeouts, UnreadBody, parse_query};
pub(crate) use context::within;
pub use context::{request, spawn, try_request, with_request};
pub use cookies::{RawCookies, raw_cookies};
pub use download::{download, download_from, inline_file, inline_file_from, stream_download};
pub use error_page::{ErrorRenderer, PlainErrors, report};
#[cfg(feature = "views")]
pub(crate) use error_page::{public_message, reason};
pub use into_response::{Html, IntoResponse, Json, html, html_escape, json, no_content, stream};
pub(crate) use limits::ChangeLimits;
pub use limits::Limits;
pub use middleware::{BoxMiddleware, Middleware, Next, Running};
pub(crate) use middleware::{Chain, Endpoint};
pub use redirect::{Redirect, back, redirect};
pub(crate) use redirect::{is_local, same_origin_referer};
pub use request::HttpRequest;
pub(crate) use request::{Arrival, Carried, Encrypted};
pub use response::Response;
pub use route_info::{RouteInfo, RouteMatch};
pub use sse::{Event, event_stream};
pub use tower::TowerLayer;

/// What an action returns: a response or an [`Error`](crate::Error).
///
/// The default makes `-> Result` enough for a controller: `Result<Response, Error>`.
pub type Result<T = Response, E = crate::error::Error> = std::result::Result<T, E>;
