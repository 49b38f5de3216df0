//! Providers: what wires this application together. `cargo artisan make:provider` adds one.

mod app_service_provider;
mod route_service_provider;

pub use app_service_provider::AppServiceProvider;
pub use route_service_provider::RouteServiceProvider;
