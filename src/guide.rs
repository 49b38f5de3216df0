//! The guide: each block of Rust in the README and in `docs/` runs as a test.

macro_rules! pages {
    ($($name:ident: $path:literal $(, $feature:literal)*;)*) => {$(
        #[cfg(all($(feature = $feature),*))]
        #[doc = include_str!($path)]
        struct $name;
    )*};
}

pages! {
    Readme: "../README.md", "console", "views";
    Installation: "../docs/installation.md";
    Configuration: "../docs/configuration.md", "views";
    Structure: "../docs/structure.md";
    Lifecycle: "../docs/lifecycle.md";
    Container: "../docs/container.md";
    Providers: "../docs/providers.md";
    Helpers: "../docs/helpers.md";
    Routing: "../docs/routing.md", "views";
    Middleware: "../docs/middleware.md";
    Controllers: "../docs/controllers.md";
    Requests: "../docs/requests.md", "uploads";
    Responses: "../docs/responses.md";
    Session: "../docs/session.md";
    Cookies: "../docs/cookies.md";
    Forms: "../docs/forms.md", "views";
    Validation: "../docs/validation.md", "validation", "uploads", "views";
    Views: "../docs/views.md", "views";
    Errors: "../docs/errors.md";
    Authentication: "../docs/authentication.md", "auth";
    Database: "../docs/database.md", "sqlite", "validation", "views";
    Console: "../docs/console.md", "console";
    Testing: "../docs/testing.md";
    Deployment: "../docs/deployment.md";
    Operating: "../docs/operating.md";
    Drivers: "../docs/drivers.md";
    Axum: "../docs/axum.md", "axum";
    FromLaravel: "../docs/from-laravel.md", "views";
    FromAxum: "../docs/from-axum.md", "views";
}
