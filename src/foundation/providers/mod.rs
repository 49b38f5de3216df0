//! The framework's own providers, for the list in `config/app.rs`.

#[cfg(feature = "auth")]
mod auth_service_provider;
mod cookie_service_provider;
#[cfg(feature = "database")]
mod database_service_provider;
mod session_service_provider;
#[cfg(feature = "throttle")]
mod throttle_service_provider;
#[cfg(feature = "views")]
mod view_service_provider;

#[cfg(feature = "auth")]
pub use auth_service_provider::AuthServiceProvider;
pub use cookie_service_provider::CookieServiceProvider;
#[cfg(feature = "database")]
pub use database_service_provider::DatabaseServiceProvider;
pub use session_service_provider::SessionServiceProvider;
#[cfg(feature = "throttle")]
pub use throttle_service_provider::ThrottleServiceProvider;
#[cfg(feature = "views")]
pub use view_service_provider::ViewServiceProvider;
