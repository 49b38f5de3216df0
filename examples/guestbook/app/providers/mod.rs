//! Providers: what wires this application together. `cargo artisan make:provider` adds one.

mod account_service_provider;
mod app_service_provider;
mod route_service_provider;

pub use account_service_provider::AccountServiceProvider;
pub use app_service_provider::AppServiceProvider;
pub use route_service_provider::RouteServiceProvider;
