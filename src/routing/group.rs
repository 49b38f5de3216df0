//! What several routes have in common.

use std::sync::Arc;

use http::Method;

use super::controller::{self, ControllerInfo};
use super::route::{MiddlewareRef, RouteHandle};
use super::{Constraint, Controller, Handler, Router};
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
/// Prefixes and names of nested groups are put one after the other, middleware runs from the outside in.
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

    /// The parameter must be digits, in every route that has it.
    pub fn where_number(mut self, parameter: &str) -> Self {
        self.attributes.constraints.push((parameter.to_owned(), Constraint::Number));
        self
    }

    /// The parameter must be a UUID, in every route that has it.
    pub fn where_uuid(mut self, parameter: &str) -> Self {
        self.attributes.constraints.push((parameter.to_owned(), Constraint::Uuid));
        self
    }

    /// The routes of the group.
    pub fn group(self, routes: impl FnOnce(&mut Router)) {
        self.router.groups.push(self.attributes);
        routes(self.router);
        self.router.groups.pop();
    }

    #[track_caller]
    pub(super) fn add<A, H: Handler<A>>(
        &mut self,
        methods: &[Method],
        uri: &str,
        action: H,
    ) -> RouteHandle<'_> {
        self.router.groups.push(self.attributes.clone());
        self.router.add(methods, uri, action);
        self.router.groups.pop();
        RouteHandle(self.router.routes.last_mut().expect("a route was just added"))
    }
}
