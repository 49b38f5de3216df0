//! The container as a factory sees it.

use std::fmt;
use std::sync::Arc;

use super::error::{self, ContainerError};
use super::params::{self, Params};
use super::stack;
use super::tagged::Tagged;
use super::{Container, Scope};

/// The container as a factory sees it: with the scope and the parameters of this one call.
///
/// What is made through it comes from the same scope, and gets no parameters but its own.
#[derive(Clone, Copy)]
pub struct Resolver<'a> {
    pub(super) container: &'a Container,
    pub(super) scope: Option<&'a Scope>,
    pub(super) params: &'a Params,
}

impl<'a> Resolver<'a> {
    /// The object of a type.
    ///
    /// # Errors
    /// As [`Container::make`].
    pub fn make<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<T>, ContainerError> {
        self.container.resolve(None, self.scope, &params::NONE)
    }

    /// The object of a name.
    ///
    /// # Errors
    /// As [`Container::make`].
    pub fn make_named<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: &str,
    ) -> Result<Arc<T>, ContainerError> {
        self.container.resolve(Some(name), self.scope, &params::NONE)
    }

    /// A new object, made with parameters and not kept.
    ///
    /// # Errors
    /// As [`Container::make`].
    pub fn make_with<T: ?Sized + Send + Sync + 'static>(
        &self,
        params: Params,
    ) -> Result<Arc<T>, ContainerError> {
        self.container.resolve(None, self.scope, &params)
    }

    /// Everything tagged so, in the order of tagging, as from [`Container::tagged`].
    pub fn tagged<T: ?Sized + Send + Sync + 'static>(&self, tag: &str) -> Tagged<'a, T> {
        Tagged::new(self.container, self.scope, tag)
    }

    /// A parameter that the factory cannot do without.
    ///
    /// # Errors
    /// When none of this type was given.
    pub fn param<T: 'static>(&self) -> Result<&'a T, ContainerError> {
        self.params.get().ok_or_else(|| missing(error::parameter_of_type::<T>()))
    }

    /// A parameter that the factory cannot do without, by its name.
    ///
    /// # Errors
    /// When none of this name and type was given.
    pub fn param_named<T: 'static>(&self, name: &str) -> Result<&'a T, ContainerError> {
        let what = || format!("{} named `{name}`", error::parameter_of_type::<T>());
        self.params.get_named(name).ok_or_else(|| missing(what()))
    }

    /// What this call was given; empty unless it was `make_with`.
    pub fn params(&self) -> &'a Params {
        self.params
    }

    /// Where scoped objects come from; a singleton's factory has none.
    pub fn scope(&self) -> Option<&'a Scope> {
        self.scope
    }

    /// The container itself.
    pub fn container(&self) -> &'a Container {
        self.container
    }
}

fn missing(parameter: String) -> ContainerError {
    // Outside a factory there is nothing being made: the resolver then is that of `Container::in_scope`.
    let key = stack::current().map_or_else(|| super::key::Key::of::<Params>(None), |(key, _)| key);
    ContainerError::missing_parameter(key, parameter)
}

impl fmt::Debug for Resolver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("container", self.container).finish_non_exhaustive()
    }
}
