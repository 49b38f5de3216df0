//! Controllers that the container makes, and the middleware that they bring along.

use std::any::type_name;

use crate::container::Container;
use crate::error::BootProblem;

/// A controller whose actions take `self: Arc<Self>`, or which brings middleware along.
///
/// The container makes it, so bind it in a provider's `register` (a singleton, usually):
///
/// ```
/// use std::sync::Arc;
/// use lunox::prelude::*;
///
/// struct PhotoController {
///     per_page: usize,
/// }
///
/// impl Controller for PhotoController {
///     fn middleware() -> Vec<ControllerMiddleware> {
///         vec![ControllerMiddleware::new("auth").except(["show"])]
///     }
/// }
///
/// impl PhotoController {
///     async fn show(self: Arc<Self>, _req: HttpRequest, id: u64) -> Result {
///         Ok(format!("photo {id}, {} a page", self.per_page).into_response())
///     }
/// }
/// ```
pub trait Controller: Send + Sync + Sized + 'static {
    /// Middleware that runs around this controller's actions.
    fn middleware() -> Vec<ControllerMiddleware> {
        Vec::new()
    }
}

/// Middleware of a controller, for all of its actions or for some.
#[derive(Clone, Debug)]
pub struct ControllerMiddleware {
    pub(crate) name: String,
    only: Vec<String>,
    except: Vec<String>,
}

impl ControllerMiddleware {
    /// Names a middleware or a group, with parameters after a colon: `"throttle:60,1"`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), only: Vec::new(), except: Vec::new() }
    }

    /// Only these actions.
    #[must_use]
    pub fn only<'a>(mut self, actions: impl IntoIterator<Item = &'a str>) -> Self {
        self.only.extend(actions.into_iter().map(str::to_owned));
        self
    }

    /// All actions but these.
    #[must_use]
    pub fn except<'a>(mut self, actions: impl IntoIterator<Item = &'a str>) -> Self {
        self.except.extend(actions.into_iter().map(str::to_owned));
        self
    }

    pub(crate) fn applies_to(&self, action: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == action);
        (self.only.is_empty() || named(&self.only)) && !named(&self.except)
    }
}

/// What a route has to know of its controller.
#[doc(hidden)]
#[derive(Clone)]
pub struct ControllerInfo {
    pub(crate) middleware: Vec<ControllerMiddleware>,
    /// Present when the container has to make the controller.
    bound: Option<fn(&Container) -> bool>,
    name: &'static str,
}

pub(crate) fn info<C: Controller>(resolved: bool) -> ControllerInfo {
    let bound: fn(&Container) -> bool = |container| container.bound::<C>();
    ControllerInfo {
        middleware: C::middleware(),
        bound: resolved.then_some(bound),
        name: type_name::<C>(),
    }
}

impl ControllerInfo {
    /// A controller that the container cannot make is found at boot, not at the first visit.
    pub(crate) fn problem(&self, container: &Container, at: &str) -> Option<BootProblem> {
        let bound = self.bound?;
        if bound(container) {
            return None;
        }
        let short = self.name.rsplit("::").next().unwrap_or(self.name);
        Some(
            BootProblem::new(
                at,
                format!("`{short}` takes `self`, but the container has no binding for it"),
            )
            .cure(format!(
                "bind it in a provider's register(): app.singleton::<{short}>(|_| Ok(...))"
            )),
        )
    }
}
