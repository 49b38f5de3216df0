//! The application itself, and the providers that it is made of.

use lunox::prelude::*;

use crate::providers::{AccountServiceProvider, AppServiceProvider, RouteServiceProvider};

pub fn config(env: &Env) -> AppConfig {
    AppConfig {
        // The name, for people and for the session's cookie.
        name: env.string("APP_NAME", "Lunox"),

        // Where this runs: local, testing or production.
        environment: env.environment(),

        // Shows the causes of errors in the browser, where the environment is local.
        debug: env.bool("APP_DEBUG", false),

        // The URL at which visitors reach the application.
        url: env.string("APP_URL", "http://localhost:8000"),

        // The key that seals what visitors keep for us: `cargo artisan key:generate`.
        key: env.parse_optional("APP_KEY"),

        // Keys used before, separated by commas: what they sealed still opens.
        previous_keys: env.parse_list("APP_PREVIOUS_KEYS"),

        // What is registered, then booted, in this order.
        providers: providers![
            DatabaseServiceProvider,
            CookieServiceProvider,
            SessionServiceProvider,
            ViewServiceProvider,
            AppServiceProvider,
            ThrottleServiceProvider,
            AuthServiceProvider,
            AccountServiceProvider,
            RouteServiceProvider,
        ],
    }
}
