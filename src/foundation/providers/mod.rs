//! The framework's own providers, for the list in `config/app.rs`.

mod cookie_service_provider;
#[cfg(feature = "database")]
mod database_service_provider;
mod session_service_provider;
#[cfg(feature = "views")]
mod view_service_provider;

pub use cookie_service_provider::CookieServiceProvider;
#[cfg(feature = "database")]
pub use database_service_provider::DatabaseServiceProvider;
pub use session_service_provider::SessionServiceProvider;
#[cfg(feature = "views")]
pub use view_service_provider::ViewServiceProvider;
