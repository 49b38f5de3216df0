//! What middleware adds to the templates of a request.

use std::collections::BTreeMap;
use std::sync::Mutex;

use minijinja::functions::Function;
use minijinja::value::{FunctionArgs, FunctionResult, Serde, Value};
use serde::Serialize;

use crate::http::{HttpRequest, try_request};
use crate::support::lock::lock;

/// The values that a request shares with its templates.
#[derive(Default)]
struct Shared(Mutex<BTreeMap<&'static str, Value>>);

impl HttpRequest {
    /// Gives a value to all templates that this request renders, error pages included: in a middleware,
    /// `req.share_with_views("unread", 3)`.
    ///
    /// Data that the action gives to a template under the same name comes first. What all requests share is added in a
    /// provider, with [`Application::view`](crate::Application::view).
    pub fn share_with_views(&self, name: &'static str, value: impl Serialize) {
        self.add_to_views(name, Value::from(Serde(value)));
    }

    /// Gives a function to all templates that this request renders. It runs only where a template calls it.
    pub fn share_function_with_views<F, Rv, Args>(&self, name: &'static str, function: F)
    where
        F: Function<Rv, Args>,
        Rv: FunctionResult,
        Args: for<'a> FunctionArgs<'a>,
    {
        self.add_to_views(name, Value::from_function(function));
    }

    fn add_to_views(&self, name: &'static str, value: Value) {
        if !self.has_shared::<Shared>() {
            self.share(std::sync::Arc::new(Shared::default()));
        }
        if let Some(shared) = self.shared::<Shared>() {
            lock(&shared.0).insert(name, value);
        }
    }
}

/// What the current request shares, if it does.
pub(super) fn shared() -> Option<Value> {
    let shared = try_request()?.shared::<Shared>()?;
    let values = lock(&shared.0).clone();
    Some(Value::from(values))
}
