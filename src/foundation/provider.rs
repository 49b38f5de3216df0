//! What wires a feature into the application.

use std::any::{TypeId, type_name};
use std::future::Future;
use std::sync::Arc;

use super::Application;
use crate::http::Result;
use crate::support::BoxFuture;

/// Wires a feature into the application, in two steps.
///
/// All providers of `config/app.rs` are registered, in the order of the list, before the first one is booted.
/// So `register` may only bind, and `boot` may use whatever anyone bound.
///
/// ```
/// use lunox::prelude::*;
///
/// struct Greeting(String);
///
/// struct GreetingServiceProvider;
///
/// impl ServiceProvider for GreetingServiceProvider {
///     async fn register(&self, app: &Application) -> Result<()> {
///         app.singleton::<Greeting>(|_| Ok(Greeting("hello".into())));
///         Ok(())
///     }
/// }
/// ```
///
/// An `Err` or a panic in either keeps the application from starting, with an error that names the provider.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no service provider",
    label = "not a `ServiceProvider`",
    note = "write `impl ServiceProvider for {Self} {{ async fn register(&self, app: &Application) -> Result<()> {{ ... }} }}`, or take it off the list"
)]
pub trait ServiceProvider: Send + Sync + 'static {
    /// Binds things into the container. Nothing may be made here: other providers have not registered yet.
    fn register(&self, app: &Application) -> impl Future<Output = Result<()>> + Send {
        let _ = app;
        async { Ok(()) }
    }

    /// Uses what was bound: adds routes, middleware, drivers, commands.
    fn boot(&self, app: &Application) -> impl Future<Output = Result<()>> + Send {
        let _ = app;
        async { Ok(()) }
    }

    /// Runs when the server stops, after the requests in flight have been answered, last provider first.
    fn shutdown(&self, app: &Application) -> impl Future<Output = Result<()>> + Send {
        let _ = app;
        async { Ok(()) }
    }
}

/// The same trait with its futures boxed: the list in `config/app.rs` holds many types.
pub(super) trait ErasedProvider: Send + Sync {
    fn register<'a>(&'a self, app: &'a Application) -> BoxFuture<'a, Result<()>>;
    fn boot<'a>(&'a self, app: &'a Application) -> BoxFuture<'a, Result<()>>;
    fn shutdown<'a>(&'a self, app: &'a Application) -> BoxFuture<'a, Result<()>>;
}

impl<P: ServiceProvider> ErasedProvider for P {
    fn register<'a>(&'a self, app: &'a Application) -> BoxFuture<'a, Result<()>> {
        Box::pin(ServiceProvider::register(self, app))
    }

    fn boot<'a>(&'a self, app: &'a Application) -> BoxFuture<'a, Result<()>> {
        Box::pin(ServiceProvider::boot(self, app))
    }

    fn shutdown<'a>(&'a self, app: &'a Application) -> BoxFuture<'a, Result<()>> {
        Box::pin(ServiceProvider::shutdown(self, app))
    }
}

/// A provider of any type, in the list of `config/app.rs`.
#[derive(Clone)]
pub struct BoxProvider {
    pub(super) provider: Arc<dyn ErasedProvider>,
    pub(super) type_id: TypeId,
    name: &'static str,
}

impl BoxProvider {
    /// The name of the provider's type: `SessionServiceProvider`.
    pub fn name(&self) -> &'static str {
        self.name.rsplit("::").next().unwrap_or(self.name)
    }
}

impl std::fmt::Debug for BoxProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Wraps a provider for the list; [`providers!`](crate::providers) calls it for each element.
pub fn provider<P: ServiceProvider>(provider: P) -> BoxProvider {
    BoxProvider { provider: Arc::new(provider), type_id: TypeId::of::<P>(), name: type_name::<P>() }
}

/// The providers of an application, in the order in which they are registered and booted.
#[macro_export]
macro_rules! providers {
    // Each element goes through a function, so that the compiler underlines the one that is not a provider.
    ($($provider:expr),* $(,)?) => { vec![$($crate::foundation::provider($provider)),*] };
}
