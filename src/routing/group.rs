//! What several routes have in common.

use std::panic::Location;
use std::sync::Arc;

use http::Method;

use super::controller::{self, ControllerInfo};
use super::route::{MiddlewareRef, RouteHandle};
use super::{Constraint, Controller, Handler, Resource, ResourceActions, Router};
use crate::http::{ChangeLimits, Limits};

/// What a group adds to its routes.
#[derive(Clone, Default)]
pub(super) struct Attributes {
    pub(super) prefix: String,
    pub(super) name: String,
    pub(super) middleware: Vec<MiddlewareRef>,
    pub(super) without: Vec<String>,
    pub(super) limits: Vec<ChangeLimits>,
    pub(super) constraints: Vec<(String, Constraint)>,
    pub(super) controller: Option<ControllerInfo>,
}

/// A group being described: it ends with [`group`](Group::group), or with one route.
///
/// Prefixes and names of nested groups are put one after the other, middleware runs from the outside in, and the
/// constraint of an inner group replaces that of an outer one for the same parameter.
pub struct Group<'a> {
    router: &'a mut Router,
    attributes: Attributes,
}

impl<'a> Group<'a> {
    pub(super) fn new(router: &'a mut Router) -> Self {
        Self { router, attributes: Attributes::default() }
    }

    /// Begins the paths with `prefix`.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.attributes.prefix = super::pattern::join(&self.attributes.prefix, prefix);
        self
    }

    /// Begins the names with `name`; a dot at its end is the custom.
    pub fn name(mut self, name: &str) -> Self {
        self.attributes.name.push_str(name);
        self
    }

    /// Adds middleware: by name (`"auth"`, `"throttle:60,1"`) or itself.
    pub fn middleware(mut self, middleware: impl Into<MiddlewareRef>) -> Self {
        self.attributes.middleware.push(middleware.into());
        self
    }

    /// Leaves out a middleware that a group around this one adds.
    pub fn without_middleware(mut self, name: &str) -> Self {
        self.attributes.without.push(name.to_owned());
        self
    }

    /// Changes how much of a body the routes accept: see [`Limits`]. A route or group further in has the last word.
    pub fn limits(mut self, change: impl Fn(&mut Limits) + Send + Sync + 'static) -> Self {
        self.attributes.limits.push(Arc::new(change));
        self
    }

    /// Adds the middleware of a controller.
    pub fn controller<C: Controller>(mut self) -> Self {
        self.attributes.controller = Some(controller::info::<C>(false));
        self
    }

    /// In every route that has the parameter; a constraint further in replaces it.
    pub(super) fn constrain(mut self, parameter: &str, constraint: Constraint) -> Self {
        self.attributes.constraints.retain(|(name, _)| name != parameter);
        self.attributes.constraints.push((parameter.to_owned(), constraint));
        self
    }

    /// The routes of the group.
    pub fn group(mut self, routes: impl FnOnce(&mut Router)) {
        self.within(routes);
    }

    /// Answers every verb.
    #[track_caller]
    pub fn any<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.one(|router| _ = router.any(uri, action))
    }

    /// Answers the verbs listed, as `match` of a [`Router`] does.
    ///
    /// # Panics
    /// When a verb is not an HTTP method.
    #[track_caller]
    pub fn r#match<'v, A, H: Handler<A>>(
        &mut self,
        verbs: impl IntoIterator<Item = &'v str>,
        uri: &str,
        action: H,
    ) -> RouteHandle<'_> {
        self.one(|router| _ = router.r#match(verbs, uri, action))
    }

    /// Answers `GET` requests below the prefix that no other route takes: see [`Router::fallback`].
    #[track_caller]
    pub fn fallback<A, H: Handler<A>>(&mut self, action: H) -> RouteHandle<'_> {
        self.one(|router| _ = router.fallback(action))
    }

    /// Redirects a path to another, with 302: see [`Router::redirect`].
    #[track_caller]
    pub fn redirect(&mut self, from: &str, to: &str) -> RouteHandle<'_> {
        self.one(|router| _ = router.redirect(from, to))
    }

    /// Redirects a path to another for good, with 301.
    #[track_caller]
    pub fn permanent_redirect(&mut self, from: &str, to: &str) -> RouteHandle<'_> {
        self.one(|router| _ = router.permanent_redirect(from, to))
    }

    /// Adds the routes of a resource: see [`Router::resource`].
    pub fn resource(&mut self, name: &str, actions: ResourceActions) -> Resource<'_> {
        let first = self.router.routes.len();
        self.within(|router| _ = router.resource(name, actions));
        Resource(&mut self.router.routes[first..])
    }

    #[track_caller]
    pub(super) fn add<A, H: Handler<A>>(
        &mut self,
        methods: &[Method],
        uri: &str,
        action: H,
    ) -> RouteHandle<'_> {
        self.one(|router| _ = router.add(methods, uri, action))
    }

    /// Adds one route.
    #[track_caller]
    fn one(&mut self, add: impl FnOnce(&mut Router)) -> RouteHandle<'_> {
        self.within(add);
        let route = self.router.routes.last_mut().expect("a route was just added");
        route.location = Location::caller();
        RouteHandle(route)
    }

    fn within(&mut self, add: impl FnOnce(&mut Router)) {
        self.router.groups.push(self.attributes.clone());
        add(self.router);
        self.router.groups.pop();
    }
}
