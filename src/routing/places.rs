//! The places that paths lead to, and the routes at each.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use http::Method;

use super::pattern::split;
use super::table::{CompiledRoute, plain};
use crate::error::BootProblem;
use crate::http::{Limits, RouteMatch};
use crate::support::place;

/// Places as they are compiled.
#[derive(Default)]
pub(super) struct NewPlaces {
    /// Where in the list a shape is.
    shapes: HashMap<String, usize>,
    places: Vec<Place>,
}

struct Place {
    shape: String,
    alone: matchit::Router<()>,
    routes: Vec<Arc<CompiledRoute>>,
}

/// Places, found by a path.
#[derive(Default)]
pub(super) struct Places {
    tree: matchit::Router<usize>,
    /// The routes at each place, the narrower places before the wider: other methods, or other constraints.
    routes: Vec<Vec<Arc<CompiledRoute>>>,
    /// Each place's shape alone: the tree reports only the narrowest that fits.
    alone: Vec<matchit::Router<()>>,
    /// The places whose shapes the tree cannot hold beside narrower ones: `/files/{*path}` beside `/files/{name}.png`.
    outside: Vec<usize>,
    /// The places that have routes for the methods that a form can name.
    form_tree: matchit::Router<FormPlace>,
}

/// A place in the tree for forms. With a type of its own, the lookup in the other tree is compiled into `find`: 30
/// instructions fewer for each request.
struct FormPlace(usize);

impl NewPlaces {
    /// Adds a route at one of its shapes.
    pub(super) fn add(
        &mut self,
        shape: String,
        route: &Arc<CompiledRoute>,
        at: &str,
    ) -> Result<(), BootProblem> {
        let index = match self.shapes.get(&shape) {
            Some(index) => *index,
            None => self.add_place(shape).map_err(|error| {
                BootProblem::new(at, format!("`{}` cannot be a path: {error}", route.info.uri))
            })?,
        };
        let routes = &mut self.places[index].routes;
        if let Some(rival) = routes.iter().find(|other| conflict(other, route)) {
            return Err(taken(route, rival, at));
        }
        // Routes that ask more of the path come first: they are the narrower ones.
        let before = routes.iter().position(|other| narrowness(other) < narrowness(route));
        routes.insert(before.unwrap_or(routes.len()), Arc::clone(route));
        Ok(())
    }

    fn add_place(&mut self, shape: String) -> Result<usize, matchit::InsertError> {
        let mut alone = matchit::Router::new();
        alone.insert(shape.clone(), ())?;
        self.places.push(Place { shape: shape.clone(), alone, routes: Vec::new() });
        self.shapes.insert(shape, self.places.len() - 1);
        Ok(self.places.len() - 1)
    }

    pub(super) fn finish(mut self) -> Places {
        self.places.sort_by_cached_key(|place| width(&place.shape));
        let mut places = Places::default();
        for (index, Place { shape, alone, routes }) in self.places.into_iter().enumerate() {
            if routes.iter().any(|route| route.is_named_by_forms()) {
                // Where the tree of all routes takes all shapes, the tree of some of them does.
                let _ = places.form_tree.insert(shape.clone(), FormPlace(index));
            }
            if places.tree.insert(shape, index).is_err() {
                places.outside.push(index);
            }
            places.alone.push(alone);
            places.routes.push(routes);
        }
        places
    }
}

/// What orders shapes as the tree does: segment by segment, text before parameters with text beside them, these before
/// whole parameters, and wildcards last.
fn width(shape: &str) -> Vec<(u8, Reverse<usize>)> {
    let width = |segment: &str| match (segment.find('{'), segment.find('}')) {
        (Some(open), Some(close)) if segment[open..].starts_with("{*") => (3, open + close),
        (Some(0), Some(close)) if close + 1 == segment.len() => (2, 0),
        (Some(open), Some(close)) => (1, segment.len() - (close - open)),
        _ => (0, 0),
    };
    let widths = shape.split('/').map(width);
    widths.map(|(class, text)| (class, Reverse(text))).collect()
}

fn narrowness(route: &CompiledRoute) -> (bool, usize) {
    (!route.separators.is_empty(), route.constraints.len())
}

fn conflict(a: &CompiledRoute, b: &CompiledRoute) -> bool {
    let same_constraints = a.constraints.len() == b.constraints.len()
        && a.constraints.iter().all(|(index, constraint)| {
            b.constraints.iter().any(|(other, rival)| other == index && rival.same(constraint))
        });
    same_constraints
        && a.separators == b.separators
        && a.methods.iter().any(|method| b.methods.contains(method))
}

fn taken(route: &CompiledRoute, rival: &CompiledRoute, at: &str) -> BootProblem {
    let both = route.methods.iter().filter(|method| rival.methods.contains(method));
    let methods: Vec<&str> = both.map(Method::as_str).collect();
    let what = format!(
        "{} {} is already the route at {}",
        methods.join(", "),
        route.info.uri,
        place(rival.location)
    );
    BootProblem::new(at, what).cure("remove one of the two, or give them different constraints")
}

/// A route and the values that it takes from the path.
pub(super) type Match<'t> = (&'t Arc<CompiledRoute>, RouteMatch);

impl Places {
    /// The route that takes the request; else `refused` gets the path's routes for other methods.
    pub(super) fn find<'t>(
        &'t self,
        method: &Method,
        path: &str,
        refused: &mut Vec<&'t CompiledRoute>,
    ) -> Option<Match<'t>> {
        let inside = self.tree.at(path);
        let narrowest = inside.as_ref().map_or(usize::MAX, |place| *place.value);
        for index in self.outside.iter().filter(|index| **index < narrowest) {
            let found = self.find_alone(*index, method, path, refused);
            if found.is_some() {
                return found;
            }
        }
        let found = self.find_at(narrowest, &inside.ok()?.params, method, refused);
        // Its constraints or its verbs refuse the request; a wider place may take it.
        found.or_else(|| {
            let mut others = (0..self.alone.len()).filter(|index| *index != narrowest);
            others.find_map(|index| self.find_alone(index, method, path, refused))
        })
    }

    fn find_alone<'t>(
        &'t self,
        place: usize,
        method: &Method,
        path: &str,
        refused: &mut Vec<&'t CompiledRoute>,
    ) -> Option<Match<'t>> {
        let matched = self.alone[place].at(path).ok()?;
        self.find_at(place, &matched.params, method, refused)
    }

    /// The first route of a place that takes the request; else its routes for other methods.
    fn find_at<'t>(
        &'t self,
        place: usize,
        params: &matchit::Params<'_, '_>,
        method: &Method,
        refused: &mut Vec<&'t CompiledRoute>,
    ) -> Option<Match<'t>> {
        let values = values(params);
        for route in &self.routes[place] {
            let mut cut = None;
            if !route.separators.is_empty() {
                cut = split(&values, &route.separators);
                if cut.is_none() {
                    continue;
                }
            }
            if !route.accepts(cut.as_ref().unwrap_or(&values)) {
                continue;
            }
            if route.methods.contains(method) {
                let values = cut.unwrap_or(values);
                return Some((route, RouteMatch { route: Arc::clone(&route.info), values }));
            }
            refused.push(route);
        }
        None
    }

    /// How much of a body may be read to learn the method of a form that is posted to the path; `None` where there is no
    /// route for the methods that a form can name.
    pub(super) fn limits_of_forms(&self, path: &str) -> Option<Limits> {
        let mut narrowest = usize::MAX;
        if self.outside.is_empty() {
            let place = self.form_tree.at(path).ok()?;
            narrowest = place.value.0;
            let limits = self.limits_at(narrowest, &place.params);
            if limits.is_some() {
                return limits;
            }
        }
        let mut others = self.alone.iter().enumerate().filter(|(index, _)| *index != narrowest);
        others.find_map(|(index, shape)| self.limits_at(index, &shape.at(path).ok()?.params))
    }

    /// The largest limits of a place's routes for the methods that a form can name.
    fn limits_at(&self, place: usize, params: &matchit::Params<'_, '_>) -> Option<Limits> {
        let values = values(params);
        let accepts = |route: &CompiledRoute| match &route.separators[..] {
            [] => route.accepts(&values),
            separators => split(&values, separators).is_some_and(|values| route.accepts(&values)),
        };
        let named = self.routes[place].iter().filter(|route| route.is_named_by_forms());
        named.filter(|route| accepts(route)).map(|route| route.info.limits).reduce(Limits::largest)
    }
}

#[inline(always)]
fn values(params: &matchit::Params<'_, '_>) -> Vec<Option<String>> {
    params.iter().map(|(_, value)| Some(plain(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_ordered_as_the_tree_prefers_them() {
        let mut shapes = [
            "/{*p0}",
            "/files/{*p0}",
            "/{p0}/{*p1}",
            "/{p0}/edit",
            "/files/{p0}",
            "/files/{p0}.png",
            "/files/all",
            "/files/img-{p0}.png",
        ];
        shapes.sort_by_key(|shape| width(shape));
        assert_eq!(
            shapes,
            [
                "/files/all",
                "/files/img-{p0}.png",
                "/files/{p0}.png",
                "/files/{p0}",
                "/files/{*p0}",
                "/{p0}/edit",
                "/{p0}/{*p1}",
                "/{*p0}",
            ]
        );
    }
}
