//! The request as actions see it, and where to find it.

mod body;
mod context;
mod cookies;
mod extensions;
mod head;
mod input;
mod origin;
mod owed;
#[allow(clippy::module_inception, reason = "`HttpRequest` is what this folder is about")]
mod request;
mod route_info;
mod routing;

pub(crate) use body::Carried;
pub(crate) use context::within;
pub use context::{request, spawn, try_request, with_request};
pub(crate) use cookies::CookieSeals;
pub(crate) use origin::Provenance;
pub use request::HttpRequest;
pub(crate) use request::{Arrival, Encrypted};
pub use route_info::{RouteInfo, RouteMatch};
