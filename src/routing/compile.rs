//! From routes as they were written to the table that is looked up.

use std::sync::Arc;

use super::not_found::NotFound;
use super::pattern::{Kind, Pattern};
use super::places::NewPlaces;
use super::registry::MiddlewareRegistry;
use super::route::{MiddlewareRef, Route};
use super::table::{CompiledRoute, RouteTable, names};
use super::url::Urls;
use super::{Constraint, Router};
use crate::container::Container;
use crate::error::{BootError, BootProblem};
use crate::http::{BoxMiddleware, Chain, Limits, RouteInfo};
use crate::support::place;

impl Router {
    /// Checks all routes and compiles them.
    ///
    /// # Errors
    /// Everything that is wrong with any of them, at once, each at the line where the route was written.
    pub fn compile(
        self,
        registry: &MiddlewareRegistry,
        container: &Container,
        limits: Limits,
    ) -> Result<RouteTable, BootError> {
        let mut work = Compilation::new(registry, container, limits);
        for route in self.routes {
            work.add(route);
        }
        work.finish(&self.root)
    }
}

struct Compilation<'a> {
    registry: &'a MiddlewareRegistry,
    container: &'a Container,
    /// What a route accepts that changes nothing.
    limits: Limits,
    global: Vec<BoxMiddleware>,
    places: NewPlaces,
    fallbacks: NewPlaces,
    routes: Vec<Arc<CompiledRoute>>,
    errors: BootError,
}

impl<'a> Compilation<'a> {
    fn new(registry: &'a MiddlewareRegistry, container: &'a Container, limits: Limits) -> Self {
        let (global, _, unresolved) = registry.resolve(registry.global_list(), &[]);
        let errors = unresolved
            .into_iter()
            .map(|problem| {
                BootProblem::new("the global middleware", problem.what).cure(problem.cure)
            })
            .collect();
        Self {
            registry,
            container,
            limits,
            global,
            places: NewPlaces::default(),
            fallbacks: NewPlaces::default(),
            routes: Vec::new(),
            errors,
        }
    }

    fn add(&mut self, route: Route) {
        let at = place(route.location);
        let pattern = match Pattern::parse(&route.uri) {
            Ok(pattern) => pattern,
            Err(what) => return self.errors.push(BootProblem::new(at, what)),
        };
        if let Some(what) = &route.problem {
            self.errors.push(BootProblem::new(&at, what));
        }
        self.check_arguments(&route, &pattern, &at);
        let constraints = self.constraints(&route, &pattern, &at);
        let limits = self.limits(&route, &at);
        let (chain, middleware) = self.chain(&route, &at);
        if let Some(problem) =
            route.controller.as_ref().and_then(|controller| controller.problem(self.container, &at))
        {
            self.errors.push(problem);
        }
        let compiled = Arc::new(CompiledRoute {
            info: Arc::new(RouteInfo {
                name: route.name,
                action: short_action(route.action),
                parameters: pattern.parameters().map(|(name, _)| name.to_owned()).collect(),
                uri: route.uri,
                limits,
                place: route.location.into(),
            }),
            methods: route.methods,
            constraints,
            separators: pattern.separators(),
            chain,
            middleware,
            location: route.location,
        });
        self.check_name(&compiled, &at);
        self.routes.push(Arc::clone(&compiled));
        let places = if route.fallback { &mut self.fallbacks } else { &mut self.places };
        for shape in pattern.shapes() {
            if let Err(problem) = places.add(shape, &compiled, &at) {
                return self.errors.push(problem);
            }
        }
    }

    /// The action may take no path argument and ask `req.param`; else it takes all of them.
    fn check_arguments(&mut self, route: &Route, pattern: &Pattern, at: &str) {
        let parameters: Vec<(&str, Kind)> = pattern.parameters().collect();
        let takes = route.optional.len();
        if takes == 0 {
            return;
        }
        if takes != parameters.len() {
            let names: Vec<&str> = parameters.iter().map(|(name, _)| *name).collect();
            let has = match names.len() {
                0 => "has no parameters".to_owned(),
                1 => format!("has 1 parameter ({})", names[0]),
                count => format!("has {count} parameters ({})", names.join(", ")),
            };
            let action = short_action(route.action);
            let plural = if takes == 1 { "" } else { "s" };
            let what =
                format!("`{}` {has}, but {action} takes {takes} path argument{plural}", route.uri);
            let cure = "give the action one argument for each parameter, or none and use req.param(\"name\")";
            return self.errors.push(BootProblem::new(at, what).cure(cure));
        }
        for ((name, kind), optional) in parameters.iter().zip(route.optional) {
            if kind.is_optional() && !optional {
                let what = format!(
                    "`{}`: `{name}` may be absent, but its argument is not an Option",
                    route.uri
                );
                self.errors
                    .push(BootProblem::new(at, what).cure("make the argument's type Option<...>"));
            }
        }
    }

    fn constraints(
        &mut self,
        route: &Route,
        pattern: &Pattern,
        at: &str,
    ) -> Vec<(usize, Constraint)> {
        let mut placed: Vec<(usize, Constraint)> = Vec::new();
        for (name, constraint) in &route.constraints {
            // Those of the inner groups come first, and replace those of the outer.
            match pattern.parameters().position(|(parameter, _)| parameter == name) {
                Some(index) if placed.iter().any(|(other, _)| *other == index) => {}
                Some(index) => placed.push((index, constraint.clone())),
                // A group's constraint is for those of its routes that have the parameter.
                None if !route.own_constraint(name) => {}
                None => {
                    let what = format!("`{}` has no parameter `{name}` to constrain", route.uri);
                    self.errors.push(BootProblem::new(at, what));
                }
            }
        }
        placed
    }

    fn limits(&mut self, route: &Route, at: &str) -> Limits {
        let mut limits = self.limits;
        for change in &route.limits {
            change(&mut limits);
        }
        if !route.limits.is_empty()
            && let Some((what, cure)) = limits.problem(&self.limits)
        {
            self.errors.push(BootProblem::new(at, what).cure(cure));
        }
        limits
    }

    fn chain(&mut self, route: &Route, at: &str) -> (Arc<Chain>, Vec<String>) {
        let method = route.action_method();
        let mut wanted = route.middleware.clone();
        let of_controller = route.controller.iter().flat_map(|controller| &controller.middleware);
        wanted.extend(
            of_controller
                .filter(|middleware| middleware.applies_to(method))
                .map(|middleware| MiddlewareRef::Named(middleware.name.clone())),
        );
        let (middleware, names, unresolved) = self.registry.resolve(&wanted, &route.without);
        for problem in unresolved {
            self.errors.push(BootProblem::new(at, problem.what).cure(problem.cure));
        }
        let mut all = self.global.clone();
        all.extend(middleware);
        (Arc::new(Chain::new(all, Arc::clone(&route.endpoint))), names)
    }

    fn check_name(&mut self, route: &CompiledRoute, at: &str) {
        let Some(name) = &route.info.name else { return };
        if let Some(first) = self.routes.iter().find(|other| other.info.name.as_ref() == Some(name))
        {
            let what =
                format!("the name `{name}` is taken by the route at {}", place(first.location));
            self.errors.push(BootProblem::new(at, what).cure("give one of them another name"));
        }
    }

    fn finish(self, root: &str) -> Result<RouteTable, BootError> {
        self.errors.into_result()?;
        Ok(RouteTable {
            urls: Arc::new(Urls::new(names(&self.routes), root)),
            places: self.places.finish(),
            fallbacks: self.fallbacks.finish(),
            routes: self.routes,
            not_found: Arc::new(Chain::new(self.global, Arc::new(NotFound))),
        })
    }
}

impl Route {
    fn own_constraint(&self, name: &str) -> bool {
        let own = self.constraints.iter().take(self.own_constraints);
        own.into_iter().any(|(parameter, _)| parameter == name)
    }
}

/// `blog::http::controllers::PhotoController::show` as people say it: `PhotoController::show`.
fn short_action(path: &str) -> String {
    if path.contains("{{closure}}") {
        return "Closure".to_owned();
    }
    let mut words: Vec<&str> = path.rsplit("::").take(2).collect();
    words.reverse();
    words.join("::")
}
