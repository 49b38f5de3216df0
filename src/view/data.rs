//! What a template is given.

use std::collections::BTreeMap;

use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

/// What a template is given: names and values. [`context!`](crate::context) makes it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Data(BTreeMap<&'static str, Value>);

impl Data {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value of any type that serde can serialise.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        self.0.insert(name, Value::from(Serde(value)));
        self
    }
}

/// What a template is given: `context! { photo => photo, title }`.
///
/// A name alone stands for the variable of that name.
#[macro_export]
macro_rules! context {
    ($($name:ident $(=> $value:expr)?),* $(,)?) => {
        $crate::view::Data::new()$(.with(stringify!($name), $crate::context!(@value $name $(, $value)?)))*
    };
    (@value $name:ident) => { &$name };
    (@value $name:ident, $value:expr) => { $value };
}
