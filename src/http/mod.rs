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
//! | a redirect | [`redirect`], [`back`](crate::web::back), [`to_route`](crate::routing::to_route) |
//! | a file | [`download`], [`inline_file`] |
//! | a file that the visitor names | [`download_from`], [`inline_file_from`] |
//! | a stream | [`stream`], [`event_stream`] |
//! | an error | `Err(...)`, [`abort`](crate::abort), `None` for a 404 |
//!
//! The types of the `http` and `bytes` crates that signatures here name are re-exported: [`Method`], [`StatusCode`],
//! [`HeaderMap`], the names in [`header`], [`Bytes`]. An application needs neither crate by itself.

mod body;
mod files;
pub mod input;
mod middleware;
mod request;
mod response;
#[cfg(feature = "uploads")]
pub mod uploads;

pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
pub use body::{Body, Limits};
pub(crate) use body::{BodyKind, BodyTimeouts, ChangeLimits, UnreadBody, parse_query};
pub use bytes::Bytes;
pub(crate) use files::PublicFiles;
pub use files::{asset, download, download_from, inline_file, inline_file_from, stream_download};
pub use middleware::{BoxMiddleware, Middleware, Next, Running, TowerLayer, tower_service};
pub(crate) use middleware::{
    Chain, Endpoint, InputFilter, convert_empty_strings_to_null, trim_strings,
};
pub(crate) use request::{Arrival, Carried, CookieSeals, Encrypted, Provenance, within};
pub use request::{HttpRequest, RouteInfo, RouteMatch, request, spawn, try_request, with_request};
pub use response::{
    ErrorRenderer, Event, EventStream, Html, IntoResponse, Json, PlainErrors, Redirect, Response,
    event_stream, html, html_escape, json, no_content, redirect, report, stream,
};

pub use crate::session::exchange::{RawCookies, raw_cookies};
#[cfg(feature = "validation")]
pub(crate) use response::{Instead, instead};
pub(crate) use response::{
    LARGEST_COOKIE, Receiver, cookie_too_large, error_json, error_page, is_local, public_message,
    reason, refused_page,
};

/// What an action returns: a response or an [`Error`](crate::Error).
///
/// The default makes `-> Result` enough for a controller: `Result<Response, Error>`.
pub type Result<T = Response, E = crate::error::Error> = std::result::Result<T, E>;
