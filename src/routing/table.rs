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

/// All routes, ready to be looked up.
pub struct RouteTable {
    pub(super) tree: matchit::Router<usize>,
    /// The routes at each place of the tree: other methods, or other constraints.
    pub(super) places: Vec<Vec<Arc<CompiledRoute>>>,
    /// Each place's shape alone, the narrower before the wider: the tree tells only the narrowest that fits.
    pub(super) shapes: Vec<(usize, matchit::Router<()>)>,
    /// The places that have routes for the methods that a form can name.
    pub(super) form_tree: matchit::Router<FormPlace>,
    pub(super) fallbacks: Vec<(String, Arc<CompiledRoute>)>,
    pub(super) routes: Vec<Arc<CompiledRoute>>,
    pub(super) not_found: Arc<Chain>,
    pub(super) urls: Arc<Urls>,
}

/// A place in the tree for forms. With a type of its own, the lookup in the other tree is compiled into `find`: 30
/// instructions fewer for each request.
pub(super) struct FormPlace(pub(super) usize);

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
        if let Ok(place) = self.tree.at(path) {
            let narrowest = *place.value;
            if let Some(found) = self.find_at(narrowest, &place.params, method, &mut allowed) {
                return found;
            }
            // Its constraints or its verbs refuse the request; a wider place may take it.
            for (index, shape) in self.shapes.iter().filter(|(index, _)| *index != narrowest) {
                let Ok(place) = shape.at(path) else { continue };
                if let Some(found) = self.find_at(*index, &place.params, method, &mut allowed) {
                    return found;
                }
            }
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
        let place = self.form_tree.at(path).ok()?;
        let FormPlace(narrowest) = *place.value;
        self.limits_at(narrowest, &place.params).or_else(|| {
            let mut others = self.shapes.iter().filter(|(index, _)| *index != narrowest);
            others.find_map(|(index, shape)| self.limits_at(*index, &shape.at(path).ok()?.params))
        })
    }

    /// The largest limits of a place's routes for the methods that a form can name.
    fn limits_at(&self, place: usize, params: &matchit::Params<'_, '_>) -> Option<Limits> {
        let values = values(params);
        let named = self.places[place].iter().filter(|route| route.is_named_by_forms());
        named
            .filter(|route| route.accepts(&values))
            .map(|route| route.info.limits)
            .reduce(Limits::largest)
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

#[inline(always)]
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

pub(super) fn form_tree(
    shapes: &HashMap<String, usize>,
    places: &[Vec<Arc<CompiledRoute>>],
) -> matchit::Router<FormPlace> {
    let mut tree = matchit::Router::new();
    for (shape, place) in shapes {
        if places[*place].iter().any(|route| route.is_named_by_forms()) {
            // The tree of all routes took the shape, so a tree of some of them does.
            let _ = tree.insert(shape.clone(), FormPlace(*place));
        }
    }
    tree
}

/// A router for each shape, those with fewer and narrower parameters first.
pub(super) fn alone(shapes: &HashMap<String, usize>) -> Vec<(usize, matchit::Router<()>)> {
    let mut sorted: Vec<(&String, usize)> =
        shapes.iter().map(|(shape, index)| (shape, *index)).collect();
    sorted.sort_by_key(|(shape, index)| (shape.contains("{*"), shape.matches('{').count(), *index));
    let router = |shape: &String| {
        let mut router = matchit::Router::new();
        // The tree took the shape, so a tree of its own does.
        router.insert(shape.clone(), ()).ok()?;
        Some(router)
    };
    sorted.into_iter().filter_map(|(shape, index)| Some((index, router(shape)?))).collect()
}
