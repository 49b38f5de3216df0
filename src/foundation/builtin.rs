//! Middleware that every application can name.

use crate::routing::MiddlewareRegistry;
use crate::web::PreventRequestForgery;

/// The registry before any provider has added to it.
pub(super) fn registry() -> MiddlewareRegistry {
    let mut registry = MiddlewareRegistry::default();
    registry.alias("csrf", PreventRequestForgery::new());
    registry.hint("session", "add SessionServiceProvider to the providers in config/app.rs");
    registry.hint("cookies", "add CookieServiceProvider to the providers in config/app.rs");
    registry
        .hint("web", "describe the group in app/http/kernel.rs: middleware.group(\"web\", [...])");
    registry
        .hint("api", "describe the group in app/http/kernel.rs: middleware.group(\"api\", [...])");
    registry
}
