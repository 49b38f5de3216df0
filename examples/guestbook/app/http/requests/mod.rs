//! Forms of this application: `cargo artisan make:request NewPost` adds one.

pub mod new_entry;
