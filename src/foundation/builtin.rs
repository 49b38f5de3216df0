//! Middleware that every application can name.

use super::MaintenanceMode;
use crate::http::{BoxMiddleware, convert_empty_strings_to_null, trim_strings};
use crate::routing::{MiddlewareRegistry, ParameterError};
use crate::web::{PreventRequestForgery, ValidateSignature};

/// The registry before any provider has added to it.
pub(super) fn registry() -> MiddlewareRegistry {
    let mut registry = MiddlewareRegistry::default();
    registry.alias("csrf", PreventRequestForgery::new());
    registry.alias("maintenance", MaintenanceMode::default());
    registry.alias_with("signed", |parameters| {
        Ok(BoxMiddleware::new(ValidateSignature::from_parameters(parameters)))
    });
    registry.alias_with("trim_strings", |except| {
        match except.iter().find(|name| name.contains(['.', '['])) {
            None => Ok(trim_strings(except)),
            Some(path) => Err(ParameterError(format!(
                "`{path}` is not the name of one field; name the field alone, which matches at any depth: `bio` and not `user.bio`"
            ))),
        }
    });
    registry.alias_with("convert_empty_strings_to_null", |parameters| match parameters {
        [] => Ok(convert_empty_strings_to_null()),
        _ => Err(ParameterError("it takes no parameters".to_owned())),
    });
    registry.hint("session", "add SessionServiceProvider to the providers in config/app.rs");
    registry.hint(
        "throttle",
        "enable the feature `throttle` of lunox in Cargo.toml, and add ThrottleServiceProvider to the providers in config/app.rs",
    );
    for name in ["cookies", "encrypt_cookies"] {
        registry.hint(name, "add CookieServiceProvider to the providers in config/app.rs");
    }
    for name in ["auth", "guest", "can"] {
        registry.hint(
            name,
            "add AuthServiceProvider to the providers in config/app.rs, and the feature `auth` to lunox in Cargo.toml",
        );
    }
    registry
        .hint("web", "describe the group in app/http/kernel.rs: middleware.group(\"web\", [...])");
    registry
        .hint("api", "describe the group in app/http/kernel.rs: middleware.group(\"api\", [...])");
    registry
}
