//! What a request knows of the route that it matched.

use std::sync::Arc;

use crate::error::Place;
use crate::http::Limits;

/// A route as the request and the console see it.
#[derive(Debug)]
pub struct RouteInfo {
    /// The name, if it has one.
    pub name: Option<String>,
    /// The path with its placeholders: `/photos/{id}`.
    pub uri: String,
    /// The action, for people: `PhotoController::show`.
    pub action: String,
    /// The names of the placeholders, in order.
    pub parameters: Vec<String>,
    /// How much of a body it accepts.
    pub limits: Limits,
    /// Where it was written: `routes/web.rs:12`.
    pub place: Place,
}

/// The route that a request matched, with the values of its parameters.
#[derive(Clone, Debug)]
pub struct RouteMatch {
    /// The route.
    pub route: Arc<RouteInfo>,
    /// A value for each parameter; `None` for an optional one that is not in the path.
    pub values: Vec<Option<String>>,
}

impl RouteMatch {
    /// The value of a parameter by its name.
    pub fn value(&self, name: &str) -> Option<&str> {
        let index = self.route.parameters.iter().position(|parameter| parameter == name)?;
        self.values.get(index)?.as_deref()
    }
}
