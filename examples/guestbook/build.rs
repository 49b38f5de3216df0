//! Builds a release again when a file is added that it contains: a template, a file of public/, a migration.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Any other build reads these from their folders.
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        for folder in ["resources/views", "public", "database/migrations"] {
            // cargo would take a folder that is not there for one that has changed.
            if std::path::Path::new(folder).exists() {
                println!("cargo::rerun-if-changed={folder}");
            }
        }
    }
}
