//! Where something was written, for people.

#[cfg(feature = "framework")]
use std::panic::Location;

/// File and line, as a person would write them.
#[cfg(feature = "framework")]
pub(crate) fn place(location: &Location<'_>) -> String {
    format!("{}:{}", plain_path(location.file()), location.line())
}

/// A path without detours: `#[path]` makes `app/../config/session.rs` of a file's name.
pub(crate) fn plain_path(file: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in file.split(['/', '\\']) {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(all(test, feature = "framework"))]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path_without_detours() {
        let here = place(Location::caller());
        assert!(here.starts_with("src/support/place.rs:"), "{here}");
    }
}
