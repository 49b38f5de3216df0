//! What makes a provider, a middleware or a command take part.

use super::super::source::{closing, code_of, indent, line_end, line_start};
use super::insert;

/// Adds an element to a list such as `providers![...]`: at its end, but before `last` if that stands there.
///
/// Nothing when there is no such list.
pub(in super::super) fn add_element(
    text: &str,
    list: &str,
    element: &str,
    last: Option<&str>,
) -> Option<String> {
    let code = code_of(text);
    let open = macro_call(&code, list)?;
    let close = closing(&code, open)?;
    let elements = elements(&code, open + 1, close);
    if elements.iter().any(|(start, end)| is_same(&code[*start..*end], element)) {
        return Some(text.to_owned());
    }
    let Some((start, end)) = elements.last().copied() else {
        return Some(insert(text, open + 1, element));
    };
    if last.is_some_and(|last| is_same(&code[start..end], last)) {
        return Some(before(text, &code, open, start, element));
    }
    Some(behind(text, &code, (start, end), close, element))
}

/// The opening bracket of a macro's call.
fn macro_call(code: &str, name: &str) -> Option<usize> {
    code.match_indices(name).find_map(|(at, _)| {
        let is_whole = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = &code[at + name.len()..];
        let open = at + name.len() + rest.len() - rest.trim_start().len();
        (is_whole && rest.trim_start().starts_with(['[', '(', '{'])).then_some(open)
    })
}

/// What stands between the commas of a list, by its places without the space around.
fn elements(code: &str, start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut from, mut depth) = (start, 0_usize);
    for (at, byte) in code.bytes().enumerate().take(end + 1).skip(start) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if at < end => depth = depth.saturating_sub(1),
            _ => {}
        }
        if at == end || (byte == b',' && depth == 0) {
            let part = &code[from..at];
            let left = from + part.len() - part.trim_start().len();
            if !part.trim().is_empty() {
                found.push((left, left + part.trim().len()));
            }
            from = at + 1;
        }
    }
    found
}

/// Whether an element is of that type: `Blog` is in `crate::providers::Blog`, `Blog::new(1)` and `Blog { a: 5 }`.
fn is_same(element: &str, wanted: &str) -> bool {
    let path = type_of(element);
    // Two folders may each have a type of this name.
    path == wanted || path.ends_with(&format!("::{wanted}"))
}

/// The path of an element's type.
fn type_of(element: &str) -> &str {
    let path = element.split(['(', '{', '<', ' ']).next().unwrap_or(element);
    let is_function = |part: &str| !part.starts_with(char::is_uppercase);
    match path.rsplit_once("::") {
        Some((type_path, part)) if is_function(part) => type_path,
        _ => path,
    }
}

/// Before an element: on a line of its own if that element has one.
fn before(text: &str, code: &str, open: usize, start: usize, name: &str) -> String {
    let mut line = line_start(text, start);
    if line <= open || !code[line..start].trim().is_empty() {
        return insert(text, start, &format!("{name}, "));
    }
    let indent = indent(text, start).to_owned();
    // A comment right above belongs to the element.
    while line > open + 1 {
        let above = line_start(text, line - 1);
        let is_comment = above > open
            && code[above..line].trim().is_empty()
            && !text[above..line].trim().is_empty();
        if !is_comment {
            break;
        }
        line = above;
    }
    insert(text, line, &format!("{indent}{name},\n"))
}

/// Behind the last element, with or without a comma behind it.
fn behind(
    text: &str,
    code: &str,
    (start, end): (usize, usize),
    close: usize,
    name: &str,
) -> String {
    let comma = code[end..close].contains(',');
    let is_own_line = text[end..close].contains('\n');
    if !is_own_line {
        let place = if comma { end + code[end..close].find(',').unwrap_or(0) + 1 } else { end };
        return insert(text, place, &format!("{} {name}", if comma { "" } else { "," }));
    }
    let indent = indent(text, start).to_owned();
    // A comment may stand behind the element, on its line.
    let with_line = insert(text, line_end(text, end), &format!("{indent}{name},\n"));
    if comma { with_line } else { insert(&with_line, end, ",") }
}

/// Names a middleware at the end of the function that names them: `middleware.alias("auth", Auth);`.
///
/// Nothing when there is no function that takes the `MiddlewareRegistry`.
pub(in super::super) fn add_alias(text: &str, alias: &str, type_name: &str) -> Option<String> {
    let code = code_of(text);
    let (registry, open) = code.match_indices("fn ").find_map(|(at, _)| {
        let parenthesis = at + code[at..].find('(')?;
        let end = closing(&code, parenthesis)?;
        let (registry, of) = code[parenthesis + 1..end].split_once(':')?;
        let open = end + code[end..].find('{')?;
        of.contains("MiddlewareRegistry").then_some((registry.trim(), open))
    })?;
    let close = closing(&code, open)?;
    let named = format!("\"{alias}\"");
    let is_there = code[open..close].match_indices(".alias").any(|(at, call)| {
        let rest = text[open + at + call.len()..close].trim_start_matches("_with");
        rest.trim_start_matches(['(', ' ', '\n']).starts_with(&named)
    });
    if is_there {
        return Some(text.to_owned());
    }
    let line = format!("    {registry}.alias({named}, {type_name});\n");
    let body = code[open + 1..close].trim_end();
    if body.trim().is_empty() {
        // Comments alone, or nothing.
        let inner = text[open + 1..close].trim_end();
        let inner = if inner.is_empty() { String::new() } else { format!("{inner}\n") };
        let inner = inner.trim_start_matches('\n');
        return Some([&text[..=open], "\n", inner, &line, &text[close..]].concat());
    }
    let last = open + body.len();
    let above = line_start(text, last);
    let gap = if code[above..=last].contains(".alias") {
        ""
    } else {
        "\n    // Names for single routes: route.get(...).middleware(\"name\").\n"
    };
    // A comment may stand behind the last statement, or below it.
    let end = text[..close].trim_end().len();
    Some([&text[..end], "\n", gap, &line, &text[close..]].concat())
}

#[cfg(test)]
mod tests;
