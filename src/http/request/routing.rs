//! What the request knows of its route.

use super::super::input::is_match;
use super::super::{RouteInfo, RouteMatch};
use super::HttpRequest;

impl HttpRequest {
    /// The route that matched.
    pub fn route(&self) -> Option<&RouteInfo> {
        self.0.matched.as_ref().map(|matched| &*matched.route)
    }

    /// The text of a path parameter: `req.param("id")` on `/photos/{id}`.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.0.matched.as_ref()?.value(name)
    }

    /// The text of a path parameter by its place.
    pub(crate) fn param_at(&self, index: usize) -> Option<&str> {
        self.0.matched.as_ref()?.values.get(index)?.as_deref()
    }

    /// Whether the route's name matches a pattern: `req.route_is("admin.*")`.
    pub fn route_is(&self, pattern: &str) -> bool {
        let name = self.0.matched.as_ref().and_then(|matched| matched.route.name.as_deref());
        name.is_some_and(|name| is_match(pattern, name))
    }

    /// The route with the values of its parameters.
    pub fn route_match(&self) -> Option<&RouteMatch> {
        self.0.matched.as_ref()
    }
}
