//! Where routes are written down.

use std::any::type_name;
use std::panic::Location;

use http::Method;

use super::group::{Attributes, Group};
use super::pattern::join;
use super::redirect_target::RedirectTarget;
use super::route::{MiddlewareRef, Route, RouteHandle};
use super::{Controller, Handler};
use crate::error::Error;
use crate::http::{HttpRequest, Limits, Redirect, Result, redirect};

/// Where routes are written down. `app.router()` gives the application's.
#[derive(Default)]
pub struct Router {
    pub(crate) routes: Vec<Route>,
    pub(super) groups: Vec<Attributes>,
    /// What full URLs begin with outside a request.
    pub(crate) root: String,
}

/// Every verb that `any` answers to.
const ALL: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

// Written out, not made by a macro: the compiler shows this place below each error about an action.
impl Group<'_> {
    /// Answers `GET`, and `HEAD` with the same headers and no body.
    #[track_caller]
    pub fn get<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::GET, Method::HEAD], uri, action)
    }

    /// Answers `POST`.
    #[track_caller]
    pub fn post<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::POST], uri, action)
    }

    /// Answers `PUT`.
    #[track_caller]
    pub fn put<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::PUT], uri, action)
    }

    /// Answers `PATCH`.
    #[track_caller]
    pub fn patch<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::PATCH], uri, action)
    }

    /// Answers `DELETE`.
    #[track_caller]
    pub fn delete<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::DELETE], uri, action)
    }

    /// Answers `OPTIONS`, in place of the answer that the router gives by itself.
    #[track_caller]
    pub fn options<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::OPTIONS], uri, action)
    }
}

impl Router {
    /// Answers `GET`, and `HEAD` with the same headers and no body.
    #[track_caller]
    pub fn get<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::GET, Method::HEAD], uri, action)
    }

    /// Answers `POST`.
    #[track_caller]
    pub fn post<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::POST], uri, action)
    }

    /// Answers `PUT`.
    #[track_caller]
    pub fn put<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::PUT], uri, action)
    }

    /// Answers `PATCH`.
    #[track_caller]
    pub fn patch<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::PATCH], uri, action)
    }

    /// Answers `DELETE`.
    #[track_caller]
    pub fn delete<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::DELETE], uri, action)
    }

    /// Answers `OPTIONS`, in place of the answer that the router gives by itself.
    #[track_caller]
    pub fn options<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&[Method::OPTIONS], uri, action)
    }

    /// Answers every verb.
    #[track_caller]
    pub fn any<A, H: Handler<A>>(&mut self, uri: &str, action: H) -> RouteHandle<'_> {
        self.add(&ALL, uri, action)
    }

    /// Answers the verbs listed: `route.r#match(["GET", "POST"], "/search", search)`.
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
        let mut methods = Vec::new();
        for verb in verbs {
            match Method::from_bytes(verb.to_ascii_uppercase().as_bytes()) {
                Ok(method) => methods.push(method),
                Err(_) => panic!("`{verb}` is not an HTTP method"),
            }
        }
        if methods.contains(&Method::GET) && !methods.contains(&Method::HEAD) {
            methods.push(Method::HEAD);
        }
        self.add(&methods, uri, action)
    }

    /// Answers `GET` requests that no other route takes, not even one of another verb.
    #[track_caller]
    pub fn fallback<A, H: Handler<A>>(&mut self, action: H) -> RouteHandle<'_> {
        let route = self.add(&[Method::GET, Method::HEAD], "/{*fallback?}", action);
        route.0.fallback = true;
        route
    }

    /// Redirects a path to another, or to a full URL, with 302. Parameters of the path fill those of the target.
    ///
    /// What a visitor sends cannot change the target's host or its other segments: where a value would be read as `.`
    /// or `..`, the answer is 404.
    #[track_caller]
    pub fn redirect(&mut self, from: &str, to: &str) -> RouteHandle<'_> {
        self.redirect_with(from, to, 302)
    }

    /// Redirects a path to another for good, with 301.
    #[track_caller]
    pub fn permanent_redirect(&mut self, from: &str, to: &str) -> RouteHandle<'_> {
        self.redirect_with(from, to, 301)
    }

    #[track_caller]
    fn redirect_with(&mut self, from: &str, to: &str, status: u16) -> RouteHandle<'_> {
        let (target, problem) = match RedirectTarget::parse(to, &self.prefixed(from)) {
            Ok(target) => (target, None),
            Err(problem) => (RedirectTarget::default(), Some(problem)),
        };
        let action = move |req: HttpRequest| {
            let url = target.url(&req).map_err(|error| Error::with_source(404, error));
            async move { Ok(redirect(url?).status(status)) as Result<Redirect> }
        };
        let handle = self.add(&ALL, from, action);
        handle.0.action = "redirect";
        handle.0.problem = problem;
        handle
    }

    /// A path behind the prefixes of the groups around it.
    fn prefixed(&self, uri: &str) -> String {
        let groups = self.groups.iter().rev();
        groups.fold(join("", uri), |uri, group| join(&group.prefix, &uri))
    }

    /// Starts a group whose paths begin with `prefix`.
    pub fn prefix(&mut self, prefix: &str) -> Group<'_> {
        Group::new(self).prefix(prefix)
    }

    /// Starts a group whose names begin with `name`.
    pub fn name(&mut self, name: &str) -> Group<'_> {
        Group::new(self).name(name)
    }

    /// Starts a group with a middleware.
    pub fn middleware(&mut self, middleware: impl Into<MiddlewareRef>) -> Group<'_> {
        Group::new(self).middleware(middleware)
    }

    /// Starts a group that leaves out a middleware of the groups around it.
    pub fn without_middleware(&mut self, name: &str) -> Group<'_> {
        Group::new(self).without_middleware(name)
    }

    /// Starts a group whose routes accept more or less of a body: see [`Limits`].
    pub fn limits(&mut self, change: impl Fn(&mut Limits) + Send + Sync + 'static) -> Group<'_> {
        Group::new(self).limits(change)
    }

    /// Starts a group with the middleware of a controller, for its actions that take no `self`.
    pub fn controller<C: Controller>(&mut self) -> Group<'_> {
        Group::new(self).controller::<C>()
    }

    #[track_caller]
    pub(super) fn add<A, H: Handler<A>>(
        &mut self,
        methods: &[Method],
        uri: &str,
        action: H,
    ) -> RouteHandle<'_> {
        let location = Location::caller();
        let optional = H::SIGNATURE.optional;
        let action = action.into_endpoint();
        let mut route = Route {
            methods: methods.to_vec(),
            uri: self.prefixed(uri),
            name: None,
            name_prefix: String::new(),
            middleware: Vec::new(),
            without: Vec::new(),
            limits: Vec::new(),
            constraints: Vec::new(),
            own_constraints: 0,
            endpoint: action.endpoint,
            controller: action.controller,
            action: type_name::<H>(),
            optional,
            fallback: false,
            problem: None,
            location,
        };
        // From the innermost group outwards: each puts its own before what is there.
        for group in self.groups.iter().rev() {
            route.name_prefix.insert_str(0, &group.name);
            let mut middleware = group.middleware.clone();
            middleware.append(&mut route.middleware);
            route.middleware = middleware;
            let mut limits = group.limits.clone();
            limits.append(&mut route.limits);
            route.limits = limits;
            route.without.extend(group.without.iter().cloned());
            route.constraints.extend(group.constraints.iter().cloned());
            if route.controller.is_none() {
                route.controller.clone_from(&group.controller);
            }
        }
        self.routes.push(route);
        RouteHandle(self.routes.last_mut().expect("a route was just pushed"))
    }
}
