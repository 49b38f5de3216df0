//! The compiled routes.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;

use http::Method;
use serde::Serialize;

use super::Constraint;
use super::url::Urls;
use crate::http::{Chain, Limits, RouteInfo, RouteMatch};
use crate::support::place;

/// A route with its whole chain of middleware.
pub(crate) struct CompiledRoute {
    pub(crate) info: Arc<RouteInfo>,
    pub(crate) methods: Vec<Method>,
    pub(crate) constraints: Vec<(usize, Constraint)>,
    /// How much of a body it accepts.
    pub(crate) limits: Limits,
    pub(crate) chain: Arc<Chain>,
    pub(crate) middleware: Vec<String>,
    pub(crate) location: &'static Location<'static>,
}

impl CompiledRoute {
    /// Whether a form can name its method with the field `_method`.
    pub(super) fn is_named_by_forms(&self) -> bool {
        [Method::PUT, Method::PATCH, Method::DELETE].iter().any(|it| self.methods.contains(it))
    }

    fn accepts(&self, values: &[Option<String>]) -> bool {
        self.constraints.iter().all(|(index, constraint)| {
            values
                .get(*index)
                .and_then(Option::as_deref)
                .is_none_or(|value| constraint.accepts(value))
        })
    }
}

/// The shapes of paths, and the number of each one's place.
#[derive(Default)]
pub(super) struct Shapes {
    tree: matchit::Router<usize>,
    /// Each shape alone, the narrower before the wider: the tree finds only the narrowest that fits.
    alone: Vec<(usize, matchit::Router<()>)>,
}

impl Shapes {
    /// Of shapes that one tree can hold; those that it cannot are left out.
    pub(super) fn new<'s>(shapes: impl Iterator<Item = (&'s String, usize)>) -> Self {
        let mut sorted: Vec<(&String, usize)> = shapes.collect();
        sorted.sort_by_key(|(shape, place)| {
            (shape.contains("{*"), shape.matches('{').count(), *place)
        });
        let mut made = Self::default();
        for (shape, place) in sorted {
            let mut alone = matchit::Router::new();
            if made
                .tree
                .insert(shape.clone(), place)
                .and_then(|()| alone.insert(shape.clone(), ()))
                .is_ok()
            {
                made.alone.push((place, alone));
            }
        }
        made
    }

    /// What the first of the places that fit a path answers, the narrowest first.
    fn find<T>(
        &self,
        path: &str,
        mut ask: impl FnMut(usize, &matchit::Params<'_, '_>) -> Option<T>,
    ) -> Option<T> {
        let place = self.tree.at(path).ok()?;
        let narrowest = *place.value;
        ask(narrowest, &place.params).or_else(|| {
            self.alone
                .iter()
                .filter(|(place, _)| *place != narrowest)
                .find_map(|(place, shape)| ask(*place, &shape.at(path).ok()?.params))
        })
    }
}

/// All routes, ready to be looked up.
pub struct RouteTable {
    /// The routes at each place: other methods, or other constraints.
    pub(super) places: Vec<Vec<Arc<CompiledRoute>>>,
    pub(super) shapes: Shapes,
    /// Those of them that have routes for the methods that a form can name.
    pub(super) form_shapes: Shapes,
    pub(super) fallbacks: Vec<(String, Arc<CompiledRoute>)>,
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
    MethodNotAllowed(Vec<Method>),
    Nothing,
}

impl RouteTable {
    /// Looks a method and a decoded path up.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        let mut allowed = Vec::new();
        let found = self.shapes.find(path, |place, params| {
            // Its constraints or its verbs may refuse the request; then a wider place may take it.
            self.find_at(place, params, method, &mut allowed)
        });
        if let Some(found) = found {
            return found;
        }
        if !allowed.is_empty() {
            return Found::MethodNotAllowed(allowed);
        }
        self.fallback(method, path)
    }

    /// The first route of a place that takes the request; else the verbs that the place would take.
    fn find_at(
        &self,
        place: usize,
        params: &matchit::Params<'_, '_>,
        method: &Method,
        allowed: &mut Vec<Method>,
    ) -> Option<Found<'_>> {
        let values = values(params);
        for route in self.places[place].iter().filter(|route| route.accepts(&values)) {
            if route.methods.contains(method) {
                let matched = RouteMatch { route: Arc::clone(&route.info), values };
                return Some(Found::Route(route, matched));
            }
            allowed.extend(route.methods.iter().cloned());
        }
        None
    }

    /// How much of a body may be read to learn the method of a form that is posted to the path; `None` where there is no
    /// route for the methods that a form can name.
    pub(crate) fn limits_of_forms(&self, path: &str) -> Option<Limits> {
        self.form_shapes.find(path, |place, params| {
            let values = values(params);
            let routes = self.places[place].iter();
            let named = routes.filter(|route| route.is_named_by_forms() && route.accepts(&values));
            named.map(|route| route.limits).reduce(Limits::largest)
        })
    }

    /// The fallback with the longest prefix that the path lies under.
    fn fallback(&self, method: &Method, path: &str) -> Found<'_> {
        let route = self
            .fallbacks
            .iter()
            .filter(|(prefix, route)| is_under(path, prefix) && route.methods.contains(method))
            .max_by_key(|(prefix, _)| prefix.len());
        match route {
            Some((_, route)) => {
                let values = vec![Some(plain(path.trim_start_matches('/')))];
                Found::Route(route, RouteMatch { route: Arc::clone(&route.info), values })
            }
            None => Found::Nothing,
        }
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

fn is_under(path: &str, prefix: &str) -> bool {
    prefix == "/"
        || path == prefix
        || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
}

/// In a matched path an encoded slash stands as this character, so that it does not end a segment. The kernel
/// refuses it when a visitor sends it.
pub(crate) const ENCODED_SLASH: char = '\u{1f}';

fn values(params: &matchit::Params<'_, '_>) -> Vec<Option<String>> {
    params.iter().map(|(_, value)| Some(plain(value))).collect()
}

fn plain(value: &str) -> String {
    if value.contains(ENCODED_SLASH) { value.replace(ENCODED_SLASH, "/") } else { value.to_owned() }
}

pub(super) fn names(routes: &[Arc<CompiledRoute>]) -> HashMap<String, String> {
    routes
        .iter()
        .filter_map(|route| Some((route.info.name.clone()?, route.info.uri.clone())))
        .collect()
}
