//! The container: tells once how a thing is made, and hands it out everywhere.
//!
//! A key is a type, `dyn Trait` included, and values come as `Arc<T>`. Where one type has several
//! objects, each has a name as well.
//!
//! ```
//! use std::sync::Arc;
//! use lunox::container::{Container, ContainerError};
//!
//! trait Clock: Send + Sync {
//!     fn hour(&self) -> u32;
//! }
//! struct Noon;
//! impl Clock for Noon {
//!     fn hour(&self) -> u32 { 12 }
//! }
//! struct Greeter { clock: Arc<dyn Clock> }
//!
//! let app = Container::new();
//! app.singleton::<Noon>(|_| Ok(Noon));
//! app.alias::<dyn Clock, Noon>(|noon| noon);
//! app.bind::<Greeter>(|app| Ok(Greeter { clock: app.make()? }));
//!
//! assert_eq!(app.make::<Greeter>()?.clock.hour(), 12);
//! # Ok::<(), ContainerError>(())
//! ```
//!
//! | call | an object is made |
//! | --- | --- |
//! | [`bind`](Container::bind) | at every `make` |
//! | [`singleton`](Container::singleton) | once; with parameters it is made anew and not kept |
//! | [`scoped`](Container::scoped) | once per [`Scope`], that is per request |
//! | [`instance`](Container::instance) | never: it is given |
//! | [`alias`](Container::alias) | when the aliased type is |
//!
//! A factory gets a [`Resolver`] and makes what it needs through it. To bind a trait directly, it gives an
//! `Arc<dyn Trait>`: `app.bind::<dyn Clock>(|_| Ok(Arc::new(Noon) as Arc<dyn Clock>))`. The trait needs
//! `Send + Sync` as supertraits. A factory that captures a clone of the container keeps it alive for ever
//! and loses the scope: use the resolver.
//!
//! Where the rules differ from Laravel's:
//!
//! - Nothing is made that was not bound; there is no autowiring.
//! - A singleton cannot hold a scoped object (one visitor's data would reach the next): that is an error.
//! - `extend` also counts for objects made after the cached one was forgotten.
//! - A cycle is an error that shows it, also when two threads close it together.

#[expect(clippy::module_inception, reason = "the type is named as its feature")]
mod container;
mod entry;
mod error;
mod factory;
mod key;
mod once;
mod params;
mod register;
mod resolver;
mod scope;
mod stack;
mod tagged;
#[cfg(test)]
mod tests;

pub use container::Container;
pub use error::{ContainerError, ContainerErrorKind};
pub use factory::{Factory, IntoShared};
pub use params::Params;
pub use resolver::Resolver;
pub use scope::Scope;
pub use tagged::{Tagged, TaggedIter};
