//! Commands of this application: `cargo artisan make:command SendReport` adds one.
