//! Routes: which action answers which request.
//!
//! Routes are written in `routes/*.rs` against a [`Router`], checked and compiled when the application
//! boots, and looked up in a radix tree (matchit) afterwards.
//!
//! ```
//! use lunox::prelude::*;
//!
//! fn routes(route: &mut Router) {
//!     route.get("/", async || "home").name("home");
//!     route.get("/photos/{id}", async |_req: HttpRequest, id: u64| format!("photo {id}")).where_number("id");
//!     route.prefix("/admin").name("admin.").group(|route| {
//!         route.get("/", async || "admin").name("index");
//!     });
//! }
//! ```
//!
//! # Patterns
//!
//! | in a path | matches |
//! |---|---|
//! | `{id}` | one segment, or a part of it: `/img-{id}.png` |
//! | `{id?}` | the same or nothing, at the end; several may follow one another: `/{year?}/{month?}` |
//! | `{*path}` | one segment or more, at the end |
//! | `{*path?}` | any number of segments, also none |
//! | `{major}.{minor}` | a segment, cut where the text between first occurs |
//!
//! Where several routes match, the narrowest answers, whatever the order in which they were written: segment by segment,
//! text comes before a parameter with text beside it, that before a whole parameter, and a wildcard last.
//!
//! # Differences from Laravel
//!
//! - Two routes of the same method and path are a boot error, not a silent replacement.
//! - The order of routes does not matter: `/photos/new` answers before `/photos/{id}`.
//! - A request whose method neither a route nor a [fallback](Router::fallback) answers is a 404 if no route has the path;
//!   Laravel answers 405, since its fallback has every path.
//! - [`url`](crate::foundation::url) never leads to another host.
//! - [Signed URLs](UrlSigner) have their parameters in any order, and their signature does not cover the scheme: a proxy that
//!   ends TLS does not make them invalid.

mod arguments;
mod compile;
mod constraint;
mod controller;
mod fill;
mod full_url;
mod group;
mod handler;
mod not_found;
mod pattern;
mod places;
mod redirect_target;
mod registry;
mod resource;
mod route;
mod router;
mod signed_url;
mod table;
mod url;

pub use arguments::PathArgument;
pub use constraint::Constraint;
pub use controller::{Controller, ControllerMiddleware};
pub use group::Group;
pub use handler::{Action, Handler, Signature};
pub(crate) use not_found::Unrouted;
pub use registry::{MiddlewareRegistry, ParameterError};
pub use resource::{Resource, ResourceActions};
pub use route::{MiddlewareRef, RouteHandle};
pub use router::Router;
pub use signed_url::UrlSigner;
pub(crate) use table::{CompiledRoute, ENCODED_SLASH, Found};
pub use table::{RouteListing, RouteTable};
pub use url::{RouteParams, UrlError, Urls, route, to_route, try_route};
