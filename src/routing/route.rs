//! One route while it is being written.

use std::panic::Location;
use std::sync::Arc;

use http::Method;

use super::Constraint;
use super::controller::ControllerInfo;
use crate::http::{BoxMiddleware, ChangeLimits, Endpoint, Limits, Middleware};

/// A middleware as routes and groups name it.
#[derive(Clone)]
pub enum MiddlewareRef {
    /// An alias or a group, with parameters after a colon: `"throttle:60,1"`.
    Named(String),
    /// A middleware itself.
    Instance(BoxMiddleware),
}

impl From<&str> for MiddlewareRef {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl From<String> for MiddlewareRef {
    fn from(name: String) -> Self {
        Self::Named(name)
    }
}

impl<M: Middleware> From<M> for MiddlewareRef {
    fn from(middleware: M) -> Self {
        Self::Instance(BoxMiddleware::new(middleware))
    }
}

/// A route as it was written.
pub(crate) struct Route {
    pub(crate) methods: Vec<Method>,
    pub(crate) uri: String,
    pub(crate) name: Option<String>,
    pub(crate) name_prefix: String,
    pub(crate) middleware: Vec<MiddlewareRef>,
    pub(crate) without: Vec<String>,
    /// Those of the groups first.
    pub(crate) limits: Vec<ChangeLimits>,
    /// The route's own first, then those of its groups.
    pub(crate) constraints: Vec<(String, Constraint)>,
    pub(crate) own_constraints: usize,
    pub(crate) endpoint: Arc<dyn Endpoint>,
    pub(crate) controller: Option<ControllerInfo>,
    /// The path of the action's function: `blog::http::controllers::PhotoController::show`.
    pub(crate) action: &'static str,
    pub(crate) optional: &'static [bool],
    pub(crate) fallback: bool,
    /// What keeps it from being compiled.
    pub(crate) problem: Option<String>,
    pub(crate) location: &'static Location<'static>,
}

impl Route {
    /// The last word of the action: `show`.
    pub(crate) fn action_method(&self) -> &'static str {
        self.action.rsplit("::").next().unwrap_or(self.action)
    }
}

/// The route that was just added, to be named and narrowed.
pub struct RouteHandle<'a>(pub(crate) &'a mut Route);

impl RouteHandle<'_> {
    /// Names the route, after the name of its groups.
    pub fn name(self, name: &str) -> Self {
        self.0.name = Some(format!("{}{name}", self.0.name_prefix));
        self
    }

    /// Adds middleware: by name (`"auth"`, `"throttle:60,1"`) or itself.
    pub fn middleware(self, middleware: impl Into<MiddlewareRef>) -> Self {
        self.0.middleware.push(middleware.into());
        self
    }

    /// Leaves out a middleware that a group would add.
    pub fn without_middleware(self, name: &str) -> Self {
        self.0.without.push(name.to_owned());
        self
    }

    /// Changes how much of a body the route accepts: see [`Limits`].
    pub fn limits(self, change: impl Fn(&mut Limits) + Send + Sync + 'static) -> Self {
        self.0.limits.push(Arc::new(change));
        self
    }

    pub(super) fn constrain(self, parameter: &str, constraint: Constraint) -> Self {
        let own = &mut self.0.constraints[..self.0.own_constraints];
        if let Some((_, before)) = own.iter_mut().find(|(name, _)| name == parameter) {
            *before = constraint;
            return self;
        }
        self.0.constraints.insert(self.0.own_constraints, (parameter.to_owned(), constraint));
        self.0.own_constraints += 1;
        self
    }
}
