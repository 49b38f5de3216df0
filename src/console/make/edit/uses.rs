//! `use` lines.

use super::super::source::{closing, code_of, depth, line_end};
use super::insert;

/// The longest line that rustfmt leaves alone.
const WIDTH: usize = 100;

/// Imports a type from a path, in the braces of a line that imports others from there if there is one.
pub(in super::super) fn add_use(text: &str, path: &str, type_name: &str) -> String {
    let code = code_of(text);
    let single = format!("use {path}::{type_name};");
    let uses = uses(&code);
    if uses.iter().any(|(start, end)| code[*start..*end].trim() == single) {
        return text.to_owned();
    }
    let prefix = format!("use {path}::{{");
    if let Some((start, _)) = uses.iter().find(|(start, _)| code[*start..].starts_with(&prefix)) {
        let open = start + prefix.len() - 1;
        if let Some(close) = closing(&code, open) {
            return in_braces(text, open, close, type_name);
        }
    }
    let new = format!("{single}\n");
    // The last block of `use` lines is that of the crate itself.
    let own: Vec<_> =
        uses.iter().filter(|(start, _)| code[*start..].starts_with("use crate::")).collect();
    if let Some((start, _)) = own.iter().find(|(start, end)| code[*start..*end] > *single) {
        return insert(text, *start, &new);
    }
    match (own.last(), uses.last()) {
        (Some((_, end)), _) => insert(text, line_end(text, *end), &new),
        (None, Some((_, end))) => insert(text, line_end(text, *end), &format!("\n{new}")),
        (None, None) => super::modules::first_lines(text, &new),
    }
}

/// The statements `use ...;` at the top level, by their places.
fn uses(code: &str) -> Vec<(usize, usize)> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in code.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if line.starts_with("use ") && depth(code, start) == 0 {
            let end = code[start..].find(';').map_or(code.len(), |length| start + length + 1);
            found.push((start, end));
        }
    }
    found
}

/// Adds a name in the braces of a `use`, in its place, and breaks the line where it gets too long.
fn in_braces(text: &str, open: usize, close: usize, type_name: &str) -> String {
    let inner = &text[open + 1..close];
    let mut names: Vec<&str> =
        inner.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.contains(&type_name) {
        return text.to_owned();
    }
    if inner.contains(['/', '{']) {
        // A comment or braces within: nothing is put in order then.
        let comma = if inner.trim_end().ends_with(',') { " " } else { ", " };
        return insert(text, open + 1 + inner.trim_end().len(), &format!("{comma}{type_name}"));
    }
    names.push(type_name);
    names.sort_by(|one, other| one.trim_start_matches("r#").cmp(other.trim_start_matches("r#")));
    let start = text[..open].rfind('\n').map_or(0, |newline| newline + 1);
    let line = format!("{}{{{}}};", &text[start..open], names.join(", "));
    let braces =
        if line.len() <= WIDTH { format!("{{{}}}", names.join(", ")) } else { wrapped(&names) };
    [&text[..open], &braces, &text[close + 1..]].concat()
}

/// As rustfmt breaks a long list: as many names a line as fit.
fn wrapped(names: &[&str]) -> String {
    let mut text = String::from("{\n   ");
    let mut length = 3;
    for name in names {
        if length + name.len() + 2 > WIDTH {
            text.push_str("\n   ");
            length = 3;
        }
        text.push_str(&format!(" {name},"));
        length += name.len() + 2;
    }
    text + "\n}"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_joins_the_others_of_its_path_in_order() {
        let text = "use crate::providers::{App, Route};\n";
        assert_eq!(
            add_use(text, "crate::providers", "Blog"),
            "use crate::providers::{App, Blog, Route};\n"
        );
        assert_eq!(add_use(text, "crate::providers", "App"), text);
        let many = "use crate::providers::{\n    App,\n    Route,\n};\n";
        assert_eq!(
            add_use(many, "crate::providers", "Blog"),
            "use crate::providers::{App, Blog, Route};\n"
        );
        let comment = "use crate::providers::{\n    App, // first\n    Route\n};\n";
        assert_eq!(
            add_use(comment, "crate::providers", "Blog"),
            "use crate::providers::{\n    App, // first\n    Route, Blog\n};\n"
        );
    }

    #[test]
    fn a_line_that_gets_too_long_is_broken() {
        let long = |c: &str| c.repeat(40);
        let text = format!("use crate::providers::{{{}, {}}};\n", long("A"), long("C"));
        let new = add_use(&text, "crate::providers", &long("B"));
        assert!(new.lines().all(|line| line.len() <= WIDTH), "{new}");
        assert!(new.ends_with(",\n};\n"), "{new}");
    }

    #[test]
    fn a_line_of_its_own_stands_among_those_of_the_crate() {
        let text = "use lunox::prelude::*;\n\nuse crate::a::A;\nuse crate::c::C;\n\nfn f() {}\n";
        let new = add_use(text, "crate::b", "B");
        assert!(new.contains("use crate::a::A;\nuse crate::b::B;\nuse crate::c::C;\n"), "{new}");
        let new = add_use(text, "crate::d", "D");
        assert!(new.contains("use crate::c::C;\nuse crate::d::D;\n\nfn f"), "{new}");
        assert_eq!(add_use(text, "crate::a", "A"), text);
    }

    #[test]
    fn the_first_line_of_the_crate_follows_the_others() {
        let text = "//! Docs.\n\nuse lunox::prelude::*;\n\nfn f() {}\n";
        assert_eq!(
            add_use(text, "crate::a", "A"),
            "//! Docs.\n\nuse lunox::prelude::*;\n\nuse crate::a::A;\n\nfn f() {}\n"
        );
        assert_eq!(
            add_use("//! Docs.\n\nfn f() {}\n", "crate::a", "A"),
            "//! Docs.\n\nuse crate::a::A;\n\nfn f() {}\n"
        );
    }
}
