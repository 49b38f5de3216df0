//! The seven routes of a thing that can be listed, shown, made, changed and deleted.

use http::Method;

use super::route::{Route, RouteHandle};
use super::{Constraint, Handler, Router};

/// Adds the route of one action.
type Row = Box<dyn FnOnce(&mut Router, &ResourceNames)>;

/// The actions of a resource controller, made by [`resource!`](crate::resource).
pub struct ResourceActions {
    rows: Vec<Row>,
}

#[doc(hidden)]
pub struct ResourceNames {
    path: String,
    names: String,
    parameter: String,
}

/// The verbs, the path behind the resource's, and whether it has the parameter.
fn place(action: &str) -> (&'static [Method], &'static str, bool) {
    const READ: &[Method] = &[Method::GET, Method::HEAD];
    const WRITE: &[Method] = &[Method::PUT, Method::PATCH];
    const MAKE: &[Method] = &[Method::POST];
    const REMOVE: &[Method] = &[Method::DELETE];
    match action {
        "index" => (READ, "", false),
        "create" => (READ, "/create", false),
        "store" => (MAKE, "", false),
        "show" => (READ, "", true),
        "edit" => (READ, "/edit", true),
        "update" => (WRITE, "", true),
        "destroy" => (REMOVE, "", true),
        other => panic!(
            "`{other}` is no action of a resource; known: index, create, store, show, edit, update, destroy"
        ),
    }
}

impl ResourceActions {
    #[doc(hidden)]
    pub fn new() -> Self {
        Self { rows: Vec::new() }
    }

    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub fn with<A: 'static, H: Handler<A>>(mut self, action: &'static str, handler: H) -> Self {
        let (methods, tail, has_parameter) = place(action);
        let location = std::panic::Location::caller();
        self.rows.push(Box::new(move |router, names| {
            let parameter =
                if has_parameter { format!("/{{{}}}", names.parameter) } else { String::new() };
            let uri = format!("{}{parameter}{tail}", names.path);
            let route =
                router.add(methods, &uri, handler).name(&format!("{}.{action}", names.names));
            route.0.location = location;
        }));
        self
    }
}

impl Default for ResourceActions {
    fn default() -> Self {
        Self::new()
    }
}

/// The routes of a resource that were just added.
pub struct Resource<'a>(pub(super) &'a mut [Route]);

impl Resource<'_> {
    /// Calls `change` with each route of the resource.
    pub fn each(self, change: impl Fn(RouteHandle<'_>)) {
        self.0.iter_mut().for_each(|route| change(RouteHandle(route)));
    }

    /// Adds middleware to all of them, by name.
    pub fn middleware(self, name: &str) -> Self {
        self.0.iter_mut().for_each(|route| route.middleware.push(name.into()));
        self
    }

    /// In those of the routes that have the parameter.
    pub(super) fn constrain(self, parameter: &str, constraint: Constraint) -> Self {
        let placeholder = format!("{{{parameter}}}");
        // Where none has it, the name is a slip: each then reports it at boot.
        let slip = !self.0.iter().any(|route| route.uri.contains(&placeholder));
        for route in self.0.iter_mut() {
            if slip || route.uri.contains(&placeholder) {
                RouteHandle(route).constrain(parameter, constraint.clone());
            }
        }
        self
    }
}

impl Router {
    /// Adds the routes of a resource: `route.resource("photos", resource!(PhotoController))`.
    ///
    /// | verb | path | action | name |
    /// |---|---|---|---|
    /// | GET | `/photos` | `index` | `photos.index` |
    /// | GET | `/photos/create` | `create` | `photos.create` |
    /// | POST | `/photos` | `store` | `photos.store` |
    /// | GET | `/photos/{photo}` | `show` | `photos.show` |
    /// | GET | `/photos/{photo}/edit` | `edit` | `photos.edit` |
    /// | PUT, PATCH | `/photos/{photo}` | `update` | `photos.update` |
    /// | DELETE | `/photos/{photo}` | `destroy` | `photos.destroy` |
    ///
    /// A dot nests: `photos.comments` lives under `/photos/{photo}/comments/{comment}`.
    pub fn resource(&mut self, name: &str, actions: ResourceActions) -> Resource<'_> {
        let names = resource_names(name);
        let first = self.routes.len();
        for row in actions.rows {
            row(self, &names);
        }
        Resource(&mut self.routes[first..])
    }
}

fn resource_names(name: &str) -> ResourceNames {
    let mut path = String::new();
    let mut segments = name.split('.').peekable();
    let mut parameter = String::new();
    while let Some(segment) = segments.next() {
        path.push('/');
        path.push_str(segment.trim_matches('/'));
        let word = segment.rsplit('/').next().unwrap_or(segment).replace('-', "_");
        parameter = singular(&word);
        if segments.peek().is_some() {
            path.push_str(&format!("/{{{parameter}}}"));
        }
    }
    let names = name.rsplit('/').next().unwrap_or(name).to_owned();
    ResourceNames { path, names, parameter }
}

/// English plurals as far as file and table names need them.
fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "shes", "ches", "xes", "zes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') && !stem.ends_with('u') && !stem.ends_with('i') => {
            stem.to_owned()
        }
        _ => word.to_owned(),
    }
}

/// Lists the actions of a resource controller for [`Router::resource`](crate::routing::Router::resource).
///
/// `resource!(PhotoController)` takes all seven, `resource!(PhotoController: index, show)` those named.
#[macro_export]
macro_rules! resource {
    ($controller:ty) => {
        $crate::resource!($controller: index, create, store, show, edit, update, destroy)
    };
    ($controller:ty: $($action:ident),+ $(,)?) => {
        $crate::routing::ResourceActions::new()
            $(.with(stringify!($action), <$controller>::$action))+
    };
}

/// The actions of a resource without pages to fill in: all but `create` and `edit`.
#[macro_export]
macro_rules! api_resource {
    ($controller:ty) => {
        $crate::resource!($controller: index, store, show, update, destroy)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_names_its_parameter_in_the_singular() {
        for (plural, one) in [
            ("photos", "photo"),
            ("categories", "category"),
            ("boxes", "box"),
            ("classes", "class"),
            ("status", "status"),
            ("news", "new"),
            ("address", "address"),
            ("analysis", "analysis"),
        ] {
            assert_eq!(singular(plural), one);
        }
        let names = resource_names("photos.photo-comments");
        assert_eq!(
            (names.path.as_str(), names.parameter.as_str()),
            ("/photos/{photo}/photo-comments", "photo_comment")
        );
    }
}
