//! Values that one `make` hands to its factory.

use std::any::Any;

/// Values for one factory, each found by its type, or by a name.
///
/// ```
/// use lunox::container::{Container, ContainerError, Params};
///
/// struct Report { year: u16 }
///
/// let app = Container::new();
/// app.bind::<Report>(|app| Ok(Report { year: *app.param_named("year")? }));
///
/// let report = app.make_with::<Report>(Params::new().named("year", 2026_u16))?;
/// assert_eq!(report.year, 2026);
/// # Ok::<(), ContainerError>(())
/// ```
#[derive(Default)]
pub struct Params(Vec<Param>);

struct Param {
    name: Option<String>,
    value: Box<dyn Any + Send + Sync>,
}

pub(super) static NONE: Params = Params(Vec::new());

impl Params {
    /// No values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value that is found by its type.
    #[must_use]
    pub fn with(mut self, value: impl Any + Send + Sync) -> Self {
        self.0.push(Param { name: None, value: Box::new(value) });
        self
    }

    /// Adds a value that is found by its type and a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>, value: impl Any + Send + Sync) -> Self {
        self.0.push(Param { name: Some(name.into()), value: Box::new(value) });
        self
    }

    /// The value of this type that was added last.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.find(None)
    }

    /// The value of this type and name that was added last.
    pub fn get_named<T: Any>(&self, name: &str) -> Option<&T> {
        self.find(Some(name))
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find<T: Any>(&self, name: Option<&str>) -> Option<&T> {
        let of_name = self.0.iter().rev().filter(|param| param.name.as_deref() == name);
        of_name.into_iter().find_map(|param| param.value.downcast_ref())
    }
}
