//! The compiler's messages for the mistakes that are made most, each with its cure.
//!
//! After a change that moves or rewords them: `TRYBUILD=overwrite cargo test --test compile_errors`, then read
//! what `git diff` shows as one who made the mistake.

#![cfg(feature = "default")]
#![cfg(all(feature = "console", feature = "uploads", feature = "views"))]

use std::process::Command;

#[test]
fn a_mistake_is_answered_with_its_cure() {
    if !is_the_oldest_compiler() {
        eprintln!("skipped: the messages are pinned for Rust {}", env!("CARGO_PKG_RUST_VERSION"));
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
}

/// Compilers word and draw the same message differently; what is pinned is `rust-version`'s.
fn is_the_oldest_compiler() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("a compiler that runs");
    let expected = concat!("rustc ", env!("CARGO_PKG_RUST_VERSION"), ".");
    String::from_utf8_lossy(&version.stdout).starts_with(expected)
}
