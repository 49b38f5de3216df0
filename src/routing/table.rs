//! The compiled routes.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;

use http::Method;
use serde::Serialize;

use super::Constraint;
use super::places::Places;
use super::url::Urls;
use crate::http::{Chain, Limits, RouteInfo, RouteMatch};
use crate::support::place;

/// A route with its whole chain of middleware.
pub(crate) struct CompiledRoute {
    pub(crate) info: Arc<RouteInfo>,
    pub(crate) methods: Vec<Method>,
    pub(crate) constraints: Vec<(usize, Constraint)>,
    /// See [`Pattern::separators`](super::pattern::Pattern::separators).
    pub(super) separators: Vec<Vec<String>>,
    pub(crate) chain: Arc<Chain>,
    pub(crate) middleware: Vec<String>,
    pub(crate) location: &'static Location<'static>,
}

impl CompiledRoute {
    /// Whether a form can name its method with the field `_method`.
    pub(super) fn is_named_by_forms(&self) -> bool {
        [Method::PUT, Method::PATCH, Method::DELETE].iter().any(|it| self.methods.contains(it))
    }

    pub(super) fn accepts(&self, values: &[Option<String>]) -> bool {
        self.constraints.iter().all(|(index, constraint)| {
            values
                .get(*index)
                .and_then(Option::as_deref)
                .is_none_or(|value| constraint.accepts(value))
        })
    }
}

/// All routes, ready to be looked up.
pub struct RouteTable {
    pub(super) places: Places,
    pub(super) fallbacks: Places,
    pub(super) routes: Vec<Arc<CompiledRoute>>,
    pub(super) not_found: Arc<Chain>,
    pub(super) urls: Arc<Urls>,
}

/// A line of `route:list`.
#[derive(Clone, Debug, Serialize)]
pub struct RouteListing {
    /// The methods, `HEAD` left out where `GET` is there.
    pub methods: Vec<String>,
    /// The path with its placeholders.
    pub uri: String,
    /// The name.
    pub name: Option<String>,
    /// The action, for people.
    pub action: String,
    /// The middleware, in the order in which it runs.
    pub middleware: Vec<String>,
    /// Where the route was written: `routes/web.rs:12`.
    pub location: String,
}

/// What the table knows of a method and a path.
pub(crate) enum Found<'t> {
    Route(&'t Arc<CompiledRoute>, RouteMatch),
    /// The routes of the path, all for other methods.
    MethodNotAllowed(Vec<&'t CompiledRoute>),
    Nothing,
}

impl RouteTable {
    /// Looks a method and a decoded path up.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        let mut refused = Vec::new();
        let found = self.places.find(method, path, &mut refused);
        // As in Laravel, a fallback comes before the answer 405; its own verbs are never a reason for one.
        match found.or_else(|| self.fallbacks.find(method, path, &mut Vec::new())) {
            Some((route, matched)) => Found::Route(route, matched),
            None if refused.is_empty() => Found::Nothing,
            None => Found::MethodNotAllowed(refused),
        }
    }

    /// How much of a body may be read to learn the method of a form that is posted to the path; `None` where there is no
    /// route for the methods that a form can name.
    pub(crate) fn limits_of_forms(&self, path: &str) -> Option<Limits> {
        self.places.limits_of_forms(path)
    }

    /// Runs where no route matched: the global middleware around a 404.
    pub(crate) fn not_found(&self) -> &Arc<Chain> {
        &self.not_found
    }

    /// The names of the routes.
    pub fn urls(&self) -> &Arc<Urls> {
        &self.urls
    }

    /// Every route, in the order in which they were written.
    pub fn listing(&self) -> Vec<RouteListing> {
        self.routes.iter().map(|route| listing(route)).collect()
    }
}

fn listing(route: &CompiledRoute) -> RouteListing {
    let get = route.methods.contains(&Method::GET);
    RouteListing {
        methods: route
            .methods
            .iter()
            .filter(|method| !(get && **method == Method::HEAD))
            .map(ToString::to_string)
            .collect(),
        uri: route.info.uri.clone(),
        name: route.info.name.clone(),
        action: route.info.action.clone(),
        middleware: route.middleware.clone(),
        location: place(route.location),
    }
}

/// In a matched path an encoded slash stands as this character, so that it does not end a segment. The kernel
/// refuses it when a visitor sends it.
pub(crate) const ENCODED_SLASH: char = '\u{1f}';

pub(super) fn plain(value: &str) -> String {
    if value.contains(ENCODED_SLASH) { value.replace(ENCODED_SLASH, "/") } else { value.to_owned() }
}

pub(super) fn names(routes: &[Arc<CompiledRoute>]) -> HashMap<String, String> {
    routes
        .iter()
        .filter_map(|route| Some((route.info.name.clone()?, route.info.uri.clone())))
        .collect()
}
