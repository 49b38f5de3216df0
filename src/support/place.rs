//! Where something was written, for people.

use std::panic::Location;

/// File and line, as a person would write them: `#[path]` makes `app/../config/session.rs` of a file's name.
pub(crate) fn place(location: &Location<'_>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in location.file().split(['/', '\\']) {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{}:{}", parts.join("/"), location.line())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path_without_detours() {
        let here = place(Location::caller());
        assert!(here.starts_with("src/support/place.rs:"), "{here}");
    }
}
