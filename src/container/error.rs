//! Why something could not be made.

use std::fmt;

use crate::error::BoxError;

use super::key::{Key, short};
use super::stack;

/// Why the container could not make something, and who needed it.
///
/// When a factory failed, its error is the `source()`.
pub struct ContainerError(Box<Inner>);

struct Inner {
    what: What,
    key: Key,
    needed_by: Vec<Key>,
}

enum What {
    NotBound { names: Vec<String> },
    Cycle(Vec<Key>),
    Factory(BoxError),
    NoScope,
    MissingParameter(String),
}

/// The kinds of [`ContainerError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContainerErrorKind {
    /// Nobody said how it is made.
    NotBound,
    /// It is needed to make itself.
    Cycle,
    /// Its factory, or an extender, gave an error.
    Factory,
    /// It is scoped, and there was no scope.
    NoScope,
    /// Its factory asked for a parameter that was not given.
    MissingParameter,
}

impl ContainerError {
    /// The kind of failure.
    pub fn kind(&self) -> ContainerErrorKind {
        match self.0.what {
            What::NotBound { .. } => ContainerErrorKind::NotBound,
            What::Cycle(_) => ContainerErrorKind::Cycle,
            What::Factory(_) => ContainerErrorKind::Factory,
            What::NoScope => ContainerErrorKind::NoScope,
            What::MissingParameter(_) => ContainerErrorKind::MissingParameter,
        }
    }

    /// The full name of the type that could not be made.
    pub fn type_name(&self) -> &'static str {
        self.0.key.type_name()
    }

    /// The full names of the types that were being made, nearest first.
    pub fn needed_by(&self) -> impl Iterator<Item = &'static str> {
        self.0.needed_by.iter().map(Key::type_name)
    }

    pub(super) fn not_bound(key: Key, names: Vec<String>) -> Self {
        Self::now(key, What::NotBound { names })
    }

    /// The error of a cycle; its first key is its last.
    pub(super) fn cycle(keys: Vec<Key>) -> Self {
        let key = keys[0].clone();
        Self(Box::new(Inner { what: What::Cycle(keys), key, needed_by: Vec::new() }))
    }

    /// A factory's error; one that came from the container already says all there is to say.
    pub(super) fn factory(key: Key, source: BoxError) -> Self {
        match source.downcast::<Self>() {
            Ok(error) => *error,
            Err(source) => Self::now(key, What::Factory(source)),
        }
    }

    pub(super) fn no_scope(key: Key) -> Self {
        Self::now(key, What::NoScope)
    }

    pub(super) fn missing_parameter(key: Key, parameter: String) -> Self {
        Self::now(key, What::MissingParameter(parameter))
    }

    fn now(key: Key, what: What) -> Self {
        let needed_by = stack::current().map(|(_, above)| above).unwrap_or_default();
        Self(Box::new(Inner { what, key, needed_by }))
    }
}

/// What `T` is called in a parameter error.
pub(super) fn parameter_of_type<T: 'static>() -> String {
    format!("a parameter of type `{}`", short(std::any::type_name::<T>()))
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { what, key, needed_by } = &*self.0;
        let needed = match &needed_by[..] {
            [] => String::new(),
            keys => format!(" (needed by {})", join(keys, " <- ")),
        };
        match what {
            What::NotBound { names } if names.is_empty() => {
                write!(f, "{key} is not bound{needed}; bind it in a service provider's register()")
            }
            What::NotBound { names } => {
                let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                write!(f, "{key} is not bound{needed}; its bound names are {}", names.join(", "))
            }
            What::Cycle(keys) => write!(f, "{key} needs itself: {}", join(keys, " -> ")),
            What::Factory(_) => write!(f, "{key} could not be made{needed}"),
            What::NoScope => write!(
                f,
                "{key} is scoped and there is no scope here{needed}; \
                 make it in one with make_in(), and not from a singleton"
            ),
            What::MissingParameter(parameter) => {
                write!(f, "{key} needs {parameter}{needed}; make it with make_with()")
            }
        }
    }
}

fn join(keys: &[Key], with: &str) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(with)
}

impl fmt::Debug for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for ContainerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.what {
            What::Factory(source) => Some(&**source),
            _ => None,
        }
    }
}
