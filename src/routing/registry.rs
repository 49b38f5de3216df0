//! The names of middleware.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::route::MiddlewareRef;
use crate::http::{BoxMiddleware, Middleware};
use crate::support::nearest;

/// Why a middleware cannot be made from its parameters, and behind a semicolon what to do about it.
#[derive(Debug)]
pub struct ParameterError(pub String);

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParameterError {}

type Factory = Box<dyn Fn(&[&str]) -> Result<BoxMiddleware, ParameterError> + Send + Sync>;

/// The aliases and groups under which routes name their middleware.
#[derive(Default)]
pub struct MiddlewareRegistry {
    aliases: BTreeMap<String, Factory>,
    groups: BTreeMap<String, Vec<MiddlewareRef>>,
    global: Vec<MiddlewareRef>,
    hints: BTreeMap<String, String>,
}

impl MiddlewareRegistry {
    /// Gives a middleware a name. It is made once a route that names it and cloned from there.
    pub fn alias(&mut self, name: &str, middleware: impl Middleware) {
        let middleware = BoxMiddleware::new(middleware);
        self.alias_with(name, move |parameters| match parameters {
            [] => Ok(middleware.clone()),
            _ => Err(ParameterError("it takes no parameters".to_owned())),
        });
    }

    /// Gives a middleware with parameters a name: `"throttle:60,1"` calls `make` with `["60", "1"]`.
    ///
    /// ```
    /// use lunox::prelude::*;
    /// use lunox::testing::TestApp;
    ///
    /// struct Role(String);
    ///
    /// impl Role {
    ///     fn from_parameters(parameters: &[&str]) -> Result<BoxMiddleware, ParameterError> {
    ///         match parameters {
    ///             [role] => Ok(BoxMiddleware::new(Self((*role).to_owned()))),
    ///             _ => Err(ParameterError("it takes one role".to_owned())),
    ///         }
    ///     }
    /// }
    ///
    /// impl Middleware for Role {
    ///     async fn handle(&self, req: HttpRequest, next: Next) -> Result {
    ///         abort_unless(req.session().get("role").as_ref() == Some(&self.0), 403)?;
    ///         Ok(next.run(req).await)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let client = TestApp::new()
    ///     .middleware(|middleware| middleware.alias_with("role", Role::from_parameters))
    ///     .routes(|route| {
    ///         route.get("/admin", async || "welcome").middleware("role:admin");
    ///     })
    ///     .client()
    ///     .await;
    /// client.get("/admin").await.assert_forbidden();
    /// client.with_session([("role", "admin")]).await.get("/admin").await.assert_text("welcome");
    /// # }
    /// ```
    pub fn alias_with<F>(&mut self, name: &str, make: F)
    where
        F: Fn(&[&str]) -> Result<BoxMiddleware, ParameterError> + Send + Sync + 'static,
    {
        self.aliases.insert(name.to_owned(), Box::new(make));
    }

    /// Names a list of middleware, which run in this order, the first outermost.
    pub fn group<I>(&mut self, name: &str, members: I)
    where
        I: IntoIterator,
        I::Item: Into<MiddlewareRef>,
    {
        self.groups.insert(name.to_owned(), members.into_iter().map(Into::into).collect());
    }

    /// Adds a middleware to the end of a group, which is made if there is none.
    pub fn append_to_group(&mut self, name: &str, middleware: impl Into<MiddlewareRef>) {
        self.groups.entry(name.to_owned()).or_default().push(middleware.into());
    }

    /// Adds a middleware that runs around every request, those that match no route included.
    pub fn global(&mut self, middleware: impl Into<MiddlewareRef>) {
        self.global.push(middleware.into());
    }

    /// What to tell someone who names a middleware that nobody registered.
    pub(crate) fn hint(&mut self, name: &str, cure: &str) {
        self.hints.insert(name.to_owned(), cure.to_owned());
    }

    pub(crate) fn global_list(&self) -> &[MiddlewareRef] {
        &self.global
    }

    /// Turns the names that a route uses into middleware; what cannot be resolved is described.
    pub(super) fn resolve(
        &self,
        wanted: &[MiddlewareRef],
        without: &[String],
    ) -> (Vec<BoxMiddleware>, Vec<String>, Vec<Unresolved>) {
        let mut work = Resolution::new(self, without);
        for item in wanted {
            work.add(item, &mut Vec::new());
        }
        (work.middleware, work.names, work.unresolved)
    }
}

/// A name that leads to no middleware, and the cure.
#[derive(Debug)]
pub(super) struct Unresolved {
    /// The group that names it, if it is not the route itself.
    pub(super) group: Option<String>,
    pub(super) what: String,
    pub(super) cure: String,
}

struct Resolution<'a> {
    registry: &'a MiddlewareRegistry,
    without: &'a [String],
    middleware: Vec<BoxMiddleware>,
    names: Vec<String>,
    seen: BTreeSet<String>,
    unresolved: Vec<Unresolved>,
}

impl<'a> Resolution<'a> {
    fn new(registry: &'a MiddlewareRegistry, without: &'a [String]) -> Self {
        Self {
            registry,
            without,
            middleware: Vec::new(),
            names: Vec::new(),
            seen: BTreeSet::new(),
            unresolved: Vec::new(),
        }
    }

    fn add(&mut self, item: &MiddlewareRef, inside: &mut Vec<String>) {
        let full = match item {
            MiddlewareRef::Instance(middleware) => {
                self.middleware.push(middleware.clone());
                self.names.push("(inline)".to_owned());
                return;
            }
            MiddlewareRef::Named(name) => name,
        };
        let (name, parameters) = full.split_once(':').unwrap_or((full, ""));
        if self.without.iter().any(|left_out| left_out == full || left_out == name) {
            return;
        }
        if let Some(members) = self.registry.groups.get(name) {
            if inside.iter().any(|group| group == name) {
                let what = format!("the middleware group `{name}` contains itself");
                self.fail(inside, what, "take it out of its own list".to_owned());
                return;
            }
            inside.push(name.to_owned());
            members.iter().for_each(|member| self.add(member, inside));
            inside.pop();
            return;
        }
        // As in Laravel, a middleware that several groups name runs once, where it came first.
        if !self.seen.insert(full.clone()) {
            return;
        }
        self.make(name, parameters, full, inside);
    }

    fn fail(&mut self, inside: &[String], what: String, cure: String) {
        self.unresolved.push(Unresolved { group: inside.first().cloned(), what, cure });
    }

    /// Names that are unknown for one reason, such as a provider that is missing, are one problem.
    fn fail_unknown(&mut self, inside: &[String], name: &str, cure: String) {
        let group = inside.first();
        let same = self.unresolved.iter_mut().find(|other| {
            other.cure == cure
                && other.group.as_ref() == group
                && self.registry.hints.get(name) == Some(&cure)
        });
        match same {
            Some(other) => other.what.push_str(&format!(" and `{name}`")),
            None => self.fail(inside, format!("unknown middleware `{name}`"), cure),
        }
    }

    fn make(&mut self, name: &str, parameters: &str, full: &str, inside: &[String]) {
        let Some(factory) = self.registry.aliases.get(name) else {
            let cure = self.cure_of_unknown(name);
            return self.fail_unknown(inside, name, cure);
        };
        let parameters: Vec<&str> = parameters
            .split(',')
            .map(str::trim)
            .filter(|parameter| !parameter.is_empty())
            .collect();
        match factory(&parameters) {
            Ok(middleware) => {
                self.middleware.push(middleware);
                self.names.push(full.to_owned());
            }
            Err(ParameterError(error)) => {
                let parameters = format!("correct the parameters after `{name}:`");
                let (why, cure) = error.split_once("; ").unwrap_or((&error, &parameters));
                let what = format!("the middleware `{full}` cannot be made: {why}");
                self.fail(inside, what, cure.to_owned());
            }
        }
    }

    fn cure_of_unknown(&self, name: &str) -> String {
        let known: Vec<&str> = self
            .registry
            .groups
            .keys()
            .chain(self.registry.aliases.keys())
            .map(String::as_str)
            .collect();
        self.registry.hints.get(name).cloned().unwrap_or_else(|| {
            if let Some(meant) = nearest(name, known.iter().copied()) {
                return format!("did you mean `{meant}`?");
            }
            format!(
                "known: {}; name it with middleware.alias(...) in app/http/kernel.rs",
                known.join(", ")
            )
        })
    }
}
