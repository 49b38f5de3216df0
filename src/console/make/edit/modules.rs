//! `mod` lines and re-exports.

use super::super::source::{code_of, depth};
use super::insert;

/// A line of a file, by its places.
struct Line<'a> {
    start: usize,
    end: usize,
    code: &'a str,
    text: &'a str,
}

fn lines<'a>(text: &'a str, code: &'a str) -> Vec<Line<'a>> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let end = start + line.len();
        let line = Line { start, end, code: code[start..end].trim(), text: line.trim() };
        start = end;
        line
    });
    lines.collect()
}

/// Adds `mod name;`, or `pub mod name;`, in its place among the others.
pub(in super::super) fn add_module(text: &str, name: &str, public: bool) -> String {
    let keyword = if public { "pub mod" } else { "mod" };
    let new = format!("{keyword} {name};\n");
    add_sorted(text, name, &new, |line| {
        let rest = without_visibility(line).strip_prefix("mod ")?;
        rest.trim().strip_suffix(';').map(str::trim)
    })
}

/// Adds `pub use module::Type;` in its place among the others.
pub(in super::super) fn add_reexport(text: &str, module: &str, type_name: &str) -> String {
    let path = format!("{module}::{type_name}");
    let new = format!("pub use {path};\n");
    add_sorted(text, &path, &new, |line| {
        let rest = without_visibility(line).strip_prefix("use ")?;
        rest.trim().strip_suffix(';').map(str::trim)
    })
}

fn without_visibility(line: &str) -> &str {
    let Some(rest) = line.strip_prefix("pub") else {
        return line;
    };
    match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((_, rest)) => rest.trim_start(),
        None => rest.trim_start(),
    }
}

/// Adds a line among those of its kind, which `name_of` recognises, in the order of their names.
fn add_sorted(text: &str, name: &str, new: &str, name_of: impl Fn(&str) -> Option<&str>) -> String {
    let code = code_of(text);
    let lines = lines(text, &code);
    let known: Vec<(usize, &str)> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| depth(&code, line.start) == 0)
        .filter_map(|(index, line)| Some((index, name_of(line.code)?)))
        .collect();
    if known.iter().any(|(_, known)| *known == name) {
        return text.to_owned();
    }
    if let Some((index, _)) = known.iter().find(|(_, known)| *known > name) {
        return insert(text, lines[with_attributes(&lines, *index)].start, new);
    }
    match known.last() {
        Some((index, _)) => behind(text, lines[*index].end, new, ""),
        None => at_the_top(text, &lines, new),
    }
}

/// The first of the attributes and comments that belong to a line.
fn with_attributes(lines: &[Line<'_>], mut index: usize) -> usize {
    while index > 0 {
        let above = lines[index - 1].text;
        let belongs = above.starts_with("#[") || above.starts_with("//");
        if !belongs || above.starts_with("//!") {
            break;
        }
        index -= 1;
    }
    index
}

/// Puts lines below the file's own documentation and its modules, where it has nothing of their kind.
pub(super) fn first_lines(text: &str, new: &str) -> String {
    at_the_top(text, &lines(text, &code_of(text)), new)
}

/// Below the file's own documentation and attributes, and below the modules when this is not a module.
fn at_the_top(text: &str, lines: &[Line<'_>], new: &str) -> String {
    let is_head = |line: &&Line<'_>| {
        line.text.is_empty()
            || line.text.starts_with("//!")
            || line.text.starts_with("#![")
            || (!new.contains("mod ") && without_visibility(line.code).starts_with("mod "))
    };
    let head = lines.iter().take_while(is_head).filter(|line| !line.text.is_empty()).last();
    match head {
        Some(line) => behind(text, line.end, new, "\n"),
        None if text.trim().is_empty() => new.to_owned(),
        None => format!("{new}\n{text}"),
    }
}

/// Behind a line, which may be the last and without a line break, with `gap` before it and, if there was
/// none, behind it.
fn behind(text: &str, end: usize, new: &str, gap: &str) -> String {
    let (before, after) = text.split_at(end);
    let newline = if before.ends_with('\n') { "" } else { "\n" };
    let follows = after.trim_start_matches([' ', '\t', '\r']);
    let after_gap = if follows.is_empty() || follows.starts_with('\n') { "" } else { gap };
    [before, newline, gap, new, after_gap, after].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_stands_in_its_place_among_the_others() {
        let text = "//! Controllers.\n\npub mod a;\npub mod c;\n\nuse x;\n";
        assert_eq!(
            add_module(text, "b", true),
            "//! Controllers.\n\npub mod a;\npub mod b;\npub mod c;\n\nuse x;\n"
        );
        assert!(add_module(text, "d", true).contains("pub mod c;\npub mod d;\n\nuse x;"));
        assert!(add_module("mod a;", "b", false).ends_with("mod a;\nmod b;\n"));
    }

    #[test]
    fn a_module_that_is_there_stays_however_it_is_visible() {
        for text in ["mod b;\n", "pub mod b;\n", "pub(crate) mod b ; // here\n"] {
            assert_eq!(add_module(text, "b", true), text);
        }
        let text = "// mod b;\nmod tests {\n    mod b;\n}\nconst B: &str = \"\nmod b;\n\";\n";
        assert!(add_module(text, "b", false).starts_with("mod b;\n\n// mod b;"));
    }

    #[test]
    fn the_first_module_follows_the_documentation() {
        assert_eq!(add_module("", "b", true), "pub mod b;\n");
        assert_eq!(add_module("//! Docs.\n", "b", true), "//! Docs.\n\npub mod b;\n");
        assert_eq!(add_module("//! Docs.", "b", true), "//! Docs.\n\npub mod b;\n");
        assert_eq!(
            add_module("//! Docs.\n\nuse x;\n", "b", true),
            "//! Docs.\n\npub mod b;\n\nuse x;\n"
        );
        assert_eq!(add_module("use x;\n", "b", true), "pub mod b;\n\nuse x;\n");
    }

    #[test]
    fn attributes_stay_with_their_module() {
        let text = "#[path = \"../c.rs\"]\nmod c;\n";
        assert_eq!(add_module(text, "b", false), "mod b;\n#[path = \"../c.rs\"]\nmod c;\n");
    }

    #[test]
    fn a_reexport_follows_the_modules() {
        let text = "//! Docs.\n\nmod b;\n\npub use a::A;\npub use c::C;\n";
        assert!(
            add_reexport(text, "b", "B").contains("pub use a::A;\npub use b::B;\npub use c::C;")
        );
        assert_eq!(add_reexport(text, "c", "C"), text);
        assert_eq!(add_reexport("mod b;\n", "b", "B"), "mod b;\n\npub use b::B;\n");
    }
}
