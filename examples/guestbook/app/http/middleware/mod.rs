//! Middleware of this application: `cargo artisan make:middleware EnsureTokenIsValid` adds one.
